"""The pages of Parquet's column chunks (parquet-format 2.12), and other headers, found without decoding any."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple

from narrowgate.errors import DataError
from narrowgate.inspection.parquet import thrift
from narrowgate.inspection.parquet.fields import PAGE, unknown
from narrowgate.inspection.parquet.layout import malformed, span
from narrowgate.inspection.parquet.thrift import Struct

MOST_PAGES = 4_000_000
"""In the whole file."""
MOST_READ = 4
"""Times the file's size that headers may take: they may be said to stand upon one another."""
_HEADERS = (1 << 10, 1 << 16, 16 << 20)
"""Bytes that are read of a header, as it does not say its own length."""
_DATA, _DICTIONARY, _DATA_2 = 0, 2, 3
_DICTIONARY_ENCODINGS = {2, 8}
_DELTA_BYTE_ARRAY = 7


class Run(NamedTuple):
    """Values of consecutive pages."""

    values: int
    in_dictionary: bool


@dataclass
class Pages:
    """What the pages of a column chunk are."""

    end: int
    """Where they end; they stand without gaps."""
    values: int = 0
    rows: int | None = 0
    """As far as pages tell."""
    entries: int = 0
    """Of the dictionary."""
    runs: list[Run] = field(default_factory=list)
    with_statistics: int = 0
    odd: int = 0
    """Pages whose own numbers cannot be."""
    largest: int = 0
    """Bytes of one, unpacked."""
    is_prefixed: bool = False
    """Whether some values are written as what differs from the one before, which may unpack to anything."""
    unknown: int = 0
    """Fields of their headers that the format does not know."""


class Reader:
    """Reads headers and pages.

    Args:
        file: seekable.
        limit: where they end at the latest, the footer.
    """

    def __init__(self, file: BinaryIO, limit: int) -> None:
        self._file, self._limit = file, limit
        self._left = MOST_READ * limit + _HEADERS[-1]
        self._pages = 0

    def struct(self, at: int) -> tuple[Struct, int]:
        """The structure at ``at``, and where it ends.

        Raises:
            DataError: there is none.
        """
        if not 0 <= at < self._limit:
            raise DataError("the file points to places outside of itself", "write it anew")
        for size in _HEADERS:
            self._file.seek(at)
            data = self._file.read(min(size, self._limit - at))
            try:
                found, length = thrift.decode(data)
            except thrift.CutShort:
                self._spend(len(data))
                if size < self._limit - at and size != _HEADERS[-1]:
                    continue
                raise
            self._spend(length)
            return found, at + length
        raise AssertionError

    def _spend(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise DataError("the parts of the Parquet file lie upon one another", "write it anew")

    def pages(self, column: Struct) -> Pages:
        """The pages of a column chunk: as many as it needs for its values, and what else stands where it stands.

        Raises:
            DataError: pages that it needs cannot be followed.
        """
        values = column.integer(5) or 0
        start, end = span(column)
        pages = Pages(end=start)
        while pages.end < min(end, self._limit) or pages.values < values:
            try:
                header, data = self.struct(pages.end)
                size = header.integer(3)
                if size is None or size < 0 or data + size > self._limit:
                    raise malformed()
            except DataError:
                if pages.values < values:
                    raise
                break
            _take_in(pages, header)
            pages.end = data + size
            self._pages += 1
            if self._pages > MOST_PAGES:
                raise DataError(f"the file has more than {MOST_PAGES:,} pages", "write it anew")
        return pages


def _take_in(pages: Pages, header: Struct) -> None:
    kind, unpacked = header.integer(1), header.integer(2) or 0
    pages.largest = max(pages.largest, unpacked)
    pages.odd += unpacked < 0
    pages.unknown += unknown(header, PAGE)
    if kind == _DICTIONARY:
        inner = header.struct(7) or Struct()
        pages.odd += bool(pages.entries)
        pages.entries += max(0, inner.integer(1) or 0)
    elif kind in {_DATA, _DATA_2}:
        inner = header.struct(5 if kind == _DATA else 8) or Struct()
        values, encoding = inner.integer(1) or 0, inner.integer(4 if kind == _DATA_2 else 2)
        pages.odd += values < 0
        pages.values += max(0, values)
        rows = inner.integer(3) if kind == _DATA_2 else None
        pages.rows = None if rows is None or pages.rows is None else pages.rows + rows
        pages.is_prefixed |= encoding == _DELTA_BYTE_ARRAY
        pages.with_statistics += has_bounds(inner.struct(5 if kind == _DATA else 8))
        _join(pages.runs, Run(max(0, values), encoding in _DICTIONARY_ENCODINGS))
    else:
        pages.odd += 1


def _join(runs: list[Run], run: Run) -> None:
    if runs and runs[-1].in_dictionary == run.in_dictionary:
        runs[-1] = Run(runs[-1].values + run.values, run.in_dictionary)
    else:
        runs.append(run)


def has_bounds(statistics: Struct | None) -> bool:
    """Whether statistics tell a smallest or largest value."""
    return statistics is not None and any(statistics.binary(number) is not None for number in (1, 2, 5, 6))
