"""Which cells of a sheet hold something, row by row, and which of them cannot be seen.

A row's cells are kept as one whole number with a bit for each column that holds something, so that a full sheet of
1,048,576 rows stays small.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from narrowgate.errors import DataError
from narrowgate.inspection.channels import spreadsheet as channels
from narrowgate.inspection.channels.channel import Channel
from narrowgate.inspection.sheets import Area, letters
from narrowgate.model.inspection import Finding

MOST_ROWS = 1 << 20
MOST_COLUMNS = 1 << 14
MOST_UNREADABLE = 1 << 20
"""Cells that are remembered one by one."""
MOST_COVERED = 1 << 24
"""Rows of merged cells that are looked into; merged cells that do not overlap have fewer."""
FAR_ROWS, FAR_COLUMNS = 20, 10
"""Empty rows and columns beyond which cells are far from the others."""
THIN_ROW, THIN_COLUMN = 0.75, 0.1
"""Points and characters below which nothing is seen: less than a pixel."""


class Look(NamedTuple):
    """How a row looks."""

    hidden: bool = False
    flat: bool = False
    """Of no height."""
    level: int = 0
    own: bool = False
    """Whether it says something of its height itself."""


PLAIN = Look()


class Span(NamedTuple):
    """Columns that look alike, first and last included."""

    first: int
    last: int
    hidden: bool
    narrow: bool
    """Of no width."""
    level: int


@dataclass
class Grid:
    """The cells that hold something."""

    flat_by_default: bool = False
    """Whether rows that say nothing of their height have none."""
    rows: array[int] = field(default_factory=lambda: array("l"))
    masks: list[int] = field(default_factory=list)
    hidden: set[int] = field(default_factory=set)
    flat: set[int] = field(default_factory=set)
    grouped: int = 0
    grouped_values: int = 0
    unreadable: set[tuple[int, int]] = field(default_factory=set)

    def add(self, row: int, mask: int, look: Look = PLAIN, unreadable: int = 0) -> None:
        """Take up a row.

        Args:
            mask: the columns that hold something.
            unreadable: those of them that do not show it.

        Raises:
            DataError: a sheet cannot have so many, or too many cells cannot be read.
        """
        if len(self.rows) >= MOST_ROWS or not 0 <= row < MOST_ROWS or mask >> MOST_COLUMNS:
            raise DataError("a sheet has rows or columns beyond those that a sheet can have", "save it anew")
        if mask:
            self.rows.append(row)
            self.masks.append(mask)
        if look is not PLAIN or self.flat_by_default:
            self._look(row, mask, look)
        if unreadable:
            self.unreadable.update((row, column) for column in _bits(unreadable))
            if len(self.unreadable) > MOST_UNREADABLE:
                raise DataError("a sheet has too many cells that do not show what they hold", "clear their format")

    def _look(self, row: int, mask: int, look: Look) -> None:
        if look.hidden:
            self.hidden.add(row)
        elif look.flat or (self.flat_by_default and not look.own):
            self.flat.add(row)
        if look.level:
            self.grouped += 1
            self.grouped_values += mask.bit_count()

    def values(self) -> int:
        """How many cells hold something."""
        return sum(mask.bit_count() for mask in self.masks)

    def sort(self) -> None:
        """Put the rows in order. Do so before asking where cells are."""
        if any(later < earlier for earlier, later in pairwise(self.rows)):
            order = sorted(range(len(self.rows)), key=self.rows.__getitem__)
            self.rows, self.masks = array("l", [self.rows[at] for at in order]), [self.masks[at] for at in order]

    def in_rows(self, rows: set[int]) -> int:
        """How many cells in these rows hold something."""
        return sum(mask.bit_count() for row, mask in zip(self.rows, self.masks, strict=True) if row in rows)

    def in_columns(self, columns: int) -> int:
        """How many cells in these columns, given as bits, hold something."""
        return sum((mask & columns).bit_count() for mask in self.masks)

    def covered(self, merged: Sequence[Area]) -> int:
        """How many cells lie under a merged cell and hold something.

        Raises:
            DataError: merged cells overlap absurdly.
        """
        found = looked = 0
        for area in merged:
            columns = column_bits(area.left, area.right)
            first, last = bisect_left(self.rows, area.top), bisect_right(self.rows, area.bottom)
            looked += last - first
            if looked > MOST_COVERED:
                raise DataError("a sheet has merged cells that overlap", "unmerge them")
            for at in range(first, last):
                corner = 1 << area.left if self.rows[at] == area.top else 0
                found += (self.masks[at] & columns & ~corner).bit_count()
        return found

    def used_columns(self) -> int:
        """The columns that hold something, as bits."""
        used = 0
        for mask in set(self.masks):
            used |= mask
        return used

    def extent(self) -> Area | None:
        """The smallest area that has every cell that holds something."""
        used = self.used_columns()
        if not used:
            return None
        return Area(self.rows[0], (used & -used).bit_length() - 1, self.rows[-1], used.bit_length() - 1)

    def far(self) -> int:
        """How many cells stand far from most others."""
        if not self.rows:
            return 0
        runs = _runs(list(_bits(self.used_columns())), FAR_COLUMNS)
        near_columns = self._fullest(runs)
        breaks = [at for at in range(1, len(self.rows)) if self.rows[at] - self.rows[at - 1] > FAR_ROWS]
        if len(runs) == 1 and not breaks:
            return 0
        edges = [0, *breaks, len(self.rows)]
        near = max(
            sum((mask & near_columns).bit_count() for mask in self.masks[first:last]) for first, last in pairwise(edges)
        )
        return self.values() - near

    def _fullest(self, runs: Sequence[tuple[int, int]]) -> int:
        """The run of columns that holds most, as bits."""
        if len(runs) == 1:
            return column_bits(*runs[0])
        starts, totals = [first for first, _ in runs], [0] * len(runs)
        for mask, rows in Counter(self.masks).items():
            for column in _bits(mask):
                totals[bisect_right(starts, column) - 1] += rows
        return column_bits(*runs[totals.index(max(totals))])

    def unseen(self, filtered: Sequence[Area], spans: Sequence[Span], where: str) -> Iterator[Finding]:
        """Findings of rows and columns that cannot be seen or fold away.

        Args:
            filtered: ranges of filters at work, the first row their heads.
        """
        by_filter = self._filtered(filtered)
        yield from self._rows(channels.FILTERED_ROWS, by_filter, where)
        yield from self._rows(channels.HIDDEN_ROWS, self.hidden - by_filter, where)
        yield from self._rows(channels.ZERO_HEIGHT_ROWS, self.flat, where)
        hidden, narrow = columns_of(spans, hidden=True), columns_of(spans, hidden=False)
        for channel, columns in ((channels.HIDDEN_COLUMNS, hidden), (channels.ZERO_WIDTH_COLUMNS, narrow)):
            if columns:
                first = f"column {letters((columns & -columns).bit_length() - 1)}"
                yield channel.found(where, columns.bit_count(), self.in_columns(columns), first)
        if self.grouped:
            yield channels.GROUPED_ROWS.found(where, self.grouped, self.grouped_values)
        grouped = 0
        for span in spans:
            grouped |= column_bits(span.first, span.last) if span.level else 0
        if grouped:
            yield channels.GROUPED_COLUMNS.found(where, grouped.bit_count(), self.in_columns(grouped))

    def _filtered(self, filtered: Sequence[Area]) -> set[int]:
        """Hidden rows below the head of a filter and within its range."""
        found: set[int] = set()
        hidden = sorted(self.hidden) if filtered else []
        at = 0
        for area in sorted(filtered):
            at = max(at, bisect_right(hidden, area.top))
            end = max(at, bisect_right(hidden, area.bottom))
            found.update(hidden[at:end])
            at = end
        return found

    def _rows(self, channel: Channel, rows: set[int], where: str) -> Iterator[Finding]:
        if rows:
            yield channel.found(where, len(rows), self.in_rows(rows), f"row {min(rows) + 1}")

    def unseen_rows(self) -> frozenset[int]:
        """Rows that hold something and cannot be seen."""
        return frozenset(row for row in self.rows if row in self.hidden or row in self.flat)


def columns_of(spans: Sequence[Span], *, hidden: bool) -> int:
    """The hidden columns, or else those that are not hidden and have no width, as bits."""
    found = 0
    for span in spans:
        if span.hidden if hidden else span.narrow and not span.hidden:
            found |= column_bits(span.first, span.last)
    return found


def numbers(mask: int) -> frozenset[int]:
    """The columns that are set in ``mask``."""
    return frozenset(_bits(mask))


def column_bits(first: int, last: int) -> int:
    """Columns from ``first`` to ``last``, as bits."""
    return ((1 << (last - first + 1)) - 1) << first if last >= first else 0


def _bits(mask: int) -> Iterator[int]:
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def _runs(numbers: Sequence[int], gap: int) -> list[tuple[int, int]]:
    """First and last of the runs in ``numbers``, ascending, between which at least ``gap`` are missing."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and number - runs[-1][1] <= gap:
            runs[-1] = runs[-1][0], number
        else:
            runs.append((number, number))
    return runs
