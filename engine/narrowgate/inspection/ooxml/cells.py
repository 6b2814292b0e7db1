"""The rows of a sheet in the plain form that programs write, read without an XML parser.

The cells of a row are read one by one by a strict grammar, or all at once where the row has a form that has come
before. Whatever is not of the strict grammar raises ``NotPlain``, and then the sheet is read again by an XML parser:
nothing is guessed here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from narrowgate.inspection.ooxml.facts import SheetFacts, StringUse, column_number, look_of, names_other_file
from narrowgate.inspection.ooxml.forms import Cell, RowForm
from narrowgate.inspection.ooxml.grid import Look
from narrowgate.inspection.ooxml.styles import Styles

MOST_SEEN = 4096
_TEXT = re.compile(rb"<(?:\w+:)?t(?: [^<>]*)?>[^<]")


class NotPlain(Exception):
    """The sheet is to be read by an XML parser."""


class Grammar(NamedTuple):
    """Regular expressions for elements under a prefix."""

    prefix: bytes
    row: re.Pattern[bytes]
    cell: re.Pattern[bytes]
    formula: re.Pattern[bytes]


@cache
def grammar(prefix: bytes) -> Grammar:
    """The regular expressions for elements written with ``prefix``, such as ``x:``."""
    p = re.escape(prefix)
    row = rb'\s*<%brow(?: r="(\d{1,7})")?((?: [\w:]+="[^"<&]*")*) ?(/?)>\s*' % p
    cell = (
        rb'<%bc(?: r="([A-Z]{1,3})(\d{1,7})")?((?: (?:s|t|cm|vm|ph)="\w*")*) ?(?:/>|>\s*'
        rb"(<%bf(?: [^<>]*)?(?:/>|>[^<]*</%bf>)\s*)?"
        rb'(?:<%bv(?: xml:space="preserve")?>([^<]*)</%bv>\s*|<%bv ?/>\s*)?'
        rb"(?:<%bis>(.*?)</%bis>\s*)?</%bc>)\s*"
    ).replace(b"%b", p)
    formula = rb"<%bf(?: [^<>]*)?>([^<]+)</%bf>".replace(b"%b", p)
    return Grammar(prefix, re.compile(row), re.compile(cell, re.DOTALL), re.compile(formula))


@dataclass
class PlainRows:
    """Takes up the rows of a sheet.

    Args:
        prefix: of the elements, ``x:`` or nothing.
    """

    prefix: bytes
    facts: SheetFacts
    styles: Styles
    strings: StringUse
    _looks: dict[bytes, Look] = field(default_factory=dict)
    _kinds: dict[bytes, tuple[int, str]] = field(default_factory=dict)
    _last: int = -1
    """The row before, from 0."""

    def __post_init__(self) -> None:
        self._form = RowForm(self.prefix)

    def feed(self, text: bytes) -> None:
        """Take up whole rows.

        Raises:
            NotPlain: they are not in plain form.
        """
        try:
            text.isascii() or text.decode()
        except UnicodeDecodeError as error:
            raise NotPlain from error
        add = self.facts.grid.add
        use = self.strings.pending.update
        pieces = text.split(b"</%brow>" % self.prefix)
        last = pieces.pop()
        for piece in pieces:
            match = self._form.match(piece)
            if match is None:
                self._row(piece)
                continue
            self._last, rest, mask, unreadable, used = match
            add(self._last, mask, self._looks.get(rest) or self._look(rest), unreadable)
            use(used)
        if self.empty_rows(last) != len(last):
            raise NotPlain
        self.strings.settle()
        self._formulas(text)

    def empty_rows(self, text: bytes) -> int:
        """Take up the rows without cells at the start of ``text``. Returns where they end."""
        position = 0
        while match := grammar(self.prefix).row.match(text, position):
            if not match[3]:
                break
            self._begin(match)
            position = match.end()
        return position if position else len(text) - len(text.lstrip())

    def _begin(self, match: re.Match[bytes]) -> Look:
        row = int(match[1]) - 1 if match[1] else self._last + 1
        look = self._look(match[2])
        self._last = row
        if match[3]:
            self.facts.grid.add(row, 0, look)
        return look

    def _look(self, rest: bytes) -> Look:
        """What a row's attributes, apart from its number, say."""
        attributes = dict(pair.split(b"=", 1) for pair in re.findall(rb'[\w:]+="[^"]*"', rest))
        if b"r" in attributes or any(name.startswith(b"xmlns") for name in attributes):
            raise NotPlain
        if len(attributes) != rest.count(b'"') // 2:
            raise NotPlain
        try:
            look = look_of({name.decode(): value[1:-1].decode() for name, value in attributes.items()})
        except ValueError as error:
            raise NotPlain from error
        if len(self._looks) > MOST_SEEN:
            self._looks.clear()
        self._looks[rest] = look
        return look

    def _row(self, piece: bytes) -> None:
        """A row that has no known form."""
        skip = self.empty_rows(piece)
        head = grammar(self.prefix).row.match(piece, skip)
        if head is None or head[3]:
            raise NotPlain
        look = self._begin(head)
        mask = unreadable = 0
        cells: list[Cell] = []
        for cell in self._cells(piece, head.end(), self._last):
            mask |= cell.holds << cell.column
            unreadable |= cell.hides << cell.column
            cells.append(cell)
        self.facts.grid.add(self._last, mask, look, unreadable)
        if not piece[:skip].strip() and head[1]:
            self._form.learn(cells)

    def _cells(self, piece: bytes, position: int, row: int) -> Iterator[Cell]:
        """The cells of a row, one by one."""
        match_cell, column, numbered = grammar(self.prefix).cell.match, -1, True
        while position < len(piece):
            match = match_cell(piece, position)
            if match is None:
                raise NotPlain
            letters, digits, rest, formula, value, inline = match.groups()
            if letters is None:
                column, numbered = column + 1, False
            elif int(digits) != row + 1:
                raise NotPlain  # which of the two a reader believes, it should say itself
            else:
                column = column_number(letters.decode())
            style, kind = self._kinds.get(rest) or self._kind(rest)
            if inline is not None and (b"<!" in inline or b"<?" in inline):
                raise NotPlain
            holds = bool(value) or formula is not None or (inline is not None and _TEXT.search(inline) is not None)
            body, simple = "text" if value else "empty", numbered and b"\n" not in match[0]
            if kind == "s" and value:
                if not value.isdigit():
                    raise NotPlain
                self.strings.use(value)
                body = "shared"
            if inline is not None:
                body, simple = "inline", simple and holds and value is None and inline.count(b"<") == 2
                self.facts.phonetics += inline.count(b"<%brPh " % self.prefix)
            suspicious = holds and style in self.styles.suspicious
            if suspicious and value and b"&" in value:
                raise NotPlain
            hides = suspicious and self.styles.hides(style, kind, (value or b"").decode())
            if not simple or (suspicious and style not in self.styles.same_colour):
                body = "other"
            elif formula:
                body = "f" + body
            yield Cell(column, rest, body, holds, hides)
            position = match.end()

    def _kind(self, rest: bytes) -> tuple[int, str]:
        attributes = dict(pair.split(b"=") for pair in rest.split())
        if len(attributes) != rest.count(b"="):
            raise NotPlain
        style = attributes.get(b"s", b'"0"').strip(b'"')
        if not style.isdigit():
            raise NotPlain
        found = int(style), attributes.get(b"t", b'"n"').strip(b'"').decode()
        if len(self._kinds) > MOST_SEEN:
            self._kinds.clear()
        self._kinds[rest] = found
        return found

    def _formulas(self, text: bytes) -> None:
        """Count formulas that name other files."""
        if b"[" in text and b"<%bf" % self.prefix in text:
            for match in grammar(self.prefix).formula.finditer(text):
                if b"[" in match[1] and names_other_file(match[1].decode()):
                    self.facts.external_formulas += 1
