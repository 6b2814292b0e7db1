"""Whose tally a row is counted in: one for a whole batch, or each row's own, where several exports share a batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import polars as pl

from narrowgate.tables.tally import Tally

OWNER = "\0owner"
"""The column that says which export a row is of, by number, where a batch holds rows of several."""

Cells = dict[str, int]


class Counting(Protocol):
    """Counts rows of a batch into tallies. Frames of rows of several exports have the column ``OWNER``."""

    def rows(self, frame: pl.DataFrame, mask: pl.Series | None = None) -> Iterator[tuple[Tally, int]]:
        """How many rows of ``frame``, or of those that ``mask`` marks, are each tally's. Noughts may be left out."""

    def cells(self, frame: pl.DataFrame, fields: Sequence[str]) -> Iterator[tuple[Tally, Cells]]:
        """How many cells of each of ``fields`` hold something."""

    def alike(self, frame: pl.DataFrame, column: str) -> Iterator[tuple[Tally, int, int]]:
        """Each value of a column of numbers, and how many rows have it."""

    def apart(self, frame: pl.DataFrame) -> Iterator[tuple[Tally, pl.DataFrame]]:
        """The rows of each tally."""

    def dealt(self, frame: pl.DataFrame, values: bytes, length: int) -> Iterator[tuple[Tally, bytes]]:
        """What each tally gets of ``values``, of which there is one of ``length`` bytes for each row."""


class OfOne:
    """All rows are of one export."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    def rows(self, frame: pl.DataFrame, mask: pl.Series | None = None) -> Iterator[tuple[Tally, int]]:
        """See ``Counting.rows``."""
        yield self._tally, frame.height if mask is None else int(mask.sum())

    def cells(self, frame: pl.DataFrame, fields: Sequence[str]) -> Iterator[tuple[Tally, Cells]]:
        """See ``Counting.cells``."""
        yield self._tally, {field: frame.height - frame[field].null_count() for field in fields}

    def alike(self, frame: pl.DataFrame, column: str) -> Iterator[tuple[Tally, int, int]]:
        """See ``Counting.alike``."""
        for value, count in frame.get_column(column).value_counts(name="count").rows():
            yield self._tally, value, count

    def apart(self, frame: pl.DataFrame) -> Iterator[tuple[Tally, pl.DataFrame]]:
        """See ``Counting.apart``."""
        yield self._tally, frame

    def dealt(self, frame: pl.DataFrame, values: bytes, length: int) -> Iterator[tuple[Tally, bytes]]:
        """See ``Counting.dealt``."""
        yield self._tally, values


class OfEach:
    """Rows are of several exports.

    Args:
        tallies: of the exports, in the order of their numbers.
    """

    def __init__(self, tallies: Sequence[Tally]) -> None:
        self._tallies = tallies

    def rows(self, frame: pl.DataFrame, mask: pl.Series | None = None) -> Iterator[tuple[Tally, int]]:
        """See ``Counting.rows``."""
        if mask is not None and not mask.any():
            return
        owners = frame.get_column(OWNER)
        marked = owners if mask is None else owners.filter(mask)
        for owner, count in marked.value_counts(name="count").rows():
            yield self._tallies[owner], count

    def cells(self, frame: pl.DataFrame, fields: Sequence[str]) -> Iterator[tuple[Tally, Cells]]:
        """See ``Counting.cells``."""
        for owner, *counts in frame.group_by(OWNER).agg(pl.col(fields).count()).rows():
            yield self._tallies[owner], dict(zip(fields, counts, strict=True))

    def alike(self, frame: pl.DataFrame, column: str) -> Iterator[tuple[Tally, int, int]]:
        """See ``Counting.alike``."""
        for owner, value, count in frame.group_by(OWNER, column).len().rows():
            yield self._tallies[owner], value, count

    def apart(self, frame: pl.DataFrame) -> Iterator[tuple[Tally, pl.DataFrame]]:
        """See ``Counting.apart``."""
        for (owner,), rows in frame.partition_by(OWNER, as_dict=True).items():
            yield self._tallies[int(owner)], rows

    def dealt(self, frame: pl.DataFrame, values: bytes, length: int) -> Iterator[tuple[Tally, bytes]]:
        """See ``Counting.dealt``."""
        for place, owner in enumerate(frame.get_column(OWNER).to_list()):
            yield self._tallies[owner], values[length * place : length * (place + 1)]
