"""The form in which a program writes the rows of a sheet, learned from the first of them.

Programs write the cells of a column in one or two ways that differ in numbers and texts only. From the ways seen so
far comes one regular expression, with the row's number as a back reference and every cell optional, which takes up a
whole row at once. It has one group for each way in which a cell may stand: whether that took part says which cells a
row has. A cell, once taken up, is not tried in another way (``(?>…)``), so that time grows with the row's length only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

MOST_WAYS = 600
"""Ways for all columns together: regular expressions with more are slow to make and to use."""
FIRST, AGAIN = 4, 4
"""Rows of another form after which the expression is made, and times as many until it is made anew."""
MOST_MASKS = 1 << 14


class Cell(NamedTuple):
    """A way in which a cell may stand."""

    column: int
    rest: bytes
    """Its attributes but its position."""
    body: str
    """``empty``, ``text``, ``shared`` or ``inline``, with an ``f`` before it for a formula; ``other`` for no form."""
    holds: bool
    hides: bool
    """Whether it holds something, and does not show it."""


Match = tuple[int, bytes, int, int, tuple[bytes | None, ...]]
"""A row that has the form: its number from 0, its other attributes, the columns that hold something and those that do
not show it, as bits, and the numbers of shared strings among what is no number."""


@dataclass
class RowForm:
    """What is known of the rows so far.

    Args:
        prefix: of the elements.
    """

    prefix: bytes
    _ways: dict[Cell, None] = field(default_factory=dict)
    _groups: list[Cell] = field(default_factory=list)
    """The ways in the expression, in its order."""
    _whole: re.Pattern[bytes] | None = None
    _full: tuple[int, int] = 0, 0
    """The masks of a row in which every group took part."""
    _masks: dict[tuple[bool, ...], tuple[int, int]] = field(default_factory=dict)
    _misses: int = 0
    _due: int = FIRST

    def match(self, row: bytes) -> Match | None:
        """Take up a row without its end tag; None where it has another form."""
        found = self._whole.fullmatch(row) if self._whole else None
        if found is None:
            return None
        groups = found.groups()
        mask, unreadable = self._full
        if None in groups:
            present = tuple([group is not None for group in groups[2:]])
            mask, unreadable = self._masks.get(present) or self._mask(present)
        return int(groups[0]) - 1, groups[1], mask, unreadable, groups[2:]

    def learn(self, cells: list[Cell]) -> None:
        """Take in a row that has another form."""
        self._misses += 1
        if len(self._ways) + len(cells) <= MOST_WAYS:
            self._ways.update(dict.fromkeys(cell for cell in cells if cell.body != "other"))
        if self._misses < self._due:
            return
        self._due *= AGAIN
        if len(self._ways) > len(self._groups):
            self._make()

    def _make(self) -> None:
        """Make the expression anew."""
        self._groups = sorted(self._ways)
        p = re.escape(self.prefix)
        pattern, column = rb'\s*<%brow r="(\d{1,7})"((?: [\w:]+="[^"<&]*")*)>' % p, -1
        for cell in self._groups:
            begins = b"|" if cell.column == column else b"|)(?>" if column >= 0 else b"(?>"
            pattern, column = pattern + begins + _pattern(cell, p), cell.column
        self._whole = re.compile(pattern + (b"|)" if self._groups else b""))
        self._masks.clear()
        self._full = self._mask((True,) * len(self._groups))

    def _mask(self, present: tuple[bool, ...]) -> tuple[int, int]:
        """The columns that hold something, and those that do not show it, as bits."""
        mask = unreadable = 0
        for cell, is_present in zip(self._groups, present, strict=True):
            mask |= (is_present and cell.holds) << cell.column
            unreadable |= (is_present and cell.hides) << cell.column
        if len(self._masks) >= MOST_MASKS:
            self._masks.clear()
        self._masks[present] = mask, unreadable
        return mask, unreadable


def _pattern(cell: Cell, p: bytes) -> bytes:
    """A regular expression for a cell, with one group."""
    letters, column = b"", cell.column + 1
    while column:
        column, digit = divmod(column - 1, 26)
        letters = bytes([65 + digit]) + letters
    pattern = rb'<%bc r="%b\1"%b' % (p, letters, re.escape(cell.rest))
    formula, body = cell.body.startswith("f"), cell.body.removeprefix("f")
    if body == "empty" and not formula:
        return pattern + rb" ?(?:/>|>(?:<%bv></%bv>|<%bv ?/>)?</%bc>)()" % (p, p, p, p)
    pattern += b">"
    if formula:
        pattern += rb"<%bf(?: [^<>]*)?(?:/>|>[^<]*</%bf>)" % (p, p)
    if body == "inline":
        return pattern + rb"<%bis><%bt(?: [^<>]*)?>[^<]+</%bt></%bis></%bc>()" % (p, p, p, p, p)
    if body == "empty":
        return pattern + rb"(?:<%bv></%bv>|<%bv ?/>)?</%bc>()" % (p, p, p, p)
    if body == "shared":
        return pattern + rb"<%bv>(\d{1,9})</%bv></%bc>" % (p, p, p)
    return pattern + rb"<%bv>[^<]+</%bv></%bc>()" % (p, p, p)
