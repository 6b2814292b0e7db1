"""The rows of a sheet by an XML parser (ECMA-376 part 1 §18.3.1.73), however they are written."""

from __future__ import annotations

from collections.abc import Sequence

from narrowgate.inspection.markup import Attributes, Markup
from narrowgate.inspection.ooxml.facts import (
    SheetFacts,
    StringUse,
    look_of,
    names_other_file,
    number,
    position,
)
from narrowgate.inspection.ooxml.grid import PLAIN
from narrowgate.inspection.ooxml.styles import Styles


class ParsedRows:
    """Takes up what lies within the sheet's data.

    Paths are the local names of elements from the row on. Methods raise ``Markup`` where a row is not sound.
    """

    def __init__(self, facts: SheetFacts, styles: Styles, strings: StringUse) -> None:
        self._facts, self._styles, self._strings = facts, styles, strings
        self._row, self._column, self._look = -1, -1, PLAIN
        self._mask = self._unreadable = 0
        self._style, self._kind = 0, "n"
        self._value, self._holds = "", False

    def start(self, path: Sequence[str], attributes: Attributes) -> bool:
        """An element begins. Returns whether its text is wanted."""
        if path == ["row"]:
            self._start_row(attributes)
        elif path == ["row", "c"]:
            self._start_cell(attributes)
        elif path == ["row", "c", "f"]:
            self._holds = True
        elif path[-1] == "rPh":
            self._facts.phonetics += 1
        return path in (["row", "c", "v"], ["row", "c", "f"]) or (path[-1] == "t" and path[:3] == ["row", "c", "is"])

    def end(self, path: Sequence[str], text: str) -> None:
        """An element ends. ``text`` is its own, where it was wanted."""
        if path == ["row"]:
            self._facts.grid.add(self._row, self._mask, self._look, self._unreadable)
        elif path == ["row", "c"]:
            self._end_cell()
        elif path == ["row", "c", "v"]:
            self._value += text
        elif path == ["row", "c", "f"]:
            self._facts.external_formulas += "[" in text and names_other_file(text)
        elif path[-1] == "t" and path[:3] == ["row", "c", "is"]:
            self._holds = self._holds or bool(text)

    def _start_row(self, attributes: Attributes) -> None:
        row = number(attributes, "r", self._row + 2)
        if row != int(row):
            raise Markup("a row has no whole number")
        self._row, self._column, self._mask, self._unreadable = int(row) - 1, -1, 0, 0
        try:
            self._look = look_of(attributes)
        except ValueError as error:
            raise Markup("a row's height or level is no number") from error

    def _start_cell(self, attributes: Attributes) -> None:
        reference = attributes.get("r")
        at = (self._row, self._column + 1) if reference is None else position(reference)
        if at is None or at[0] != self._row:
            raise Markup("a cell says another place than its row")
        style = attributes.get("s", "").strip() or "0"
        if not style.isdecimal():
            raise Markup("a cell's format is no number")
        self._column, self._style, self._kind = at[1], int(style), attributes.get("t", "n").strip()
        self._value, self._holds = "", False

    def _end_cell(self) -> None:
        if self._value and self._kind == "s":
            try:
                self._strings.use(self._value.encode())
            except ValueError as error:
                raise Markup("a cell's string is no number") from error
        if self._value or self._holds:
            self._mask |= 1 << self._column
            if self._style in self._styles.suspicious and self._styles.hides(self._style, self._kind, self._value):
                self._unreadable |= 1 << self._column
