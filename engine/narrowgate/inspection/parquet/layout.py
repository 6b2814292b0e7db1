"""The footer of a Parquet file (parquet-format 2.12): its columns, row groups and column chunks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

from narrowgate.errors import DataError
from narrowgate.inspection.parquet import thrift
from narrowgate.inspection.parquet.thrift import Struct
from narrowgate.inspection.spans import Span

MAGIC, ENCRYPTED = b"PAR1", b"PARE"
LARGEST_FOOTER = 64 << 20
_TRAILING = 1 << 20
"""Bytes behind the file's end among which the end is looked for."""
_REPEATED = 2
_TYPE_INT96, _TYPE_FIXED = 3, 7


@dataclass(frozen=True)
class Footer:
    """What the end of a file says."""

    metadata: Struct
    start: int
    end: int
    """Where the structure ends; behind it stand at most a signature, its length and the magic."""
    file_end: int
    """Behind the magic."""


class Leaf(NamedTuple):
    """A column of the schema that holds values."""

    top: int
    """Which of the columns at the top it lies in."""
    repeated: bool
    """Whether a row may hold several values, or none at all."""
    width: int
    """The fewest bytes that a value takes in a dictionary."""
    wraps: bool
    """Whether readers may take different values for the same: INT96, whose times reach beyond theirs."""


def read_footer(file: BinaryIO) -> Footer:
    """The footer of ``file``, which other bytes may follow.

    Raises:
        DataError: there is none, or it cannot be followed.
    """
    size = file.seek(0, 2)
    tail_at = max(0, size - _TRAILING)
    file.seek(tail_at)
    tail = file.read(_TRAILING)
    if tail.endswith(ENCRYPTED):
        raise DataError("the file's footer is encrypted", "write it without encryption")
    found = tail.rfind(MAGIC)
    while found >= 8:
        end = tail_at + found
        length = int.from_bytes(tail[found - 4 : found], "little")
        if length <= end - 8:
            return _footer_at(file, end - 4 - length, length)
        found = tail.rfind(MAGIC, 0, found)
    raise DataError("this is no Parquet file, or it is cut short", "transfer it again")


def _footer_at(file: BinaryIO, start: int, length: int) -> Footer:
    if length > LARGEST_FOOTER:
        raise DataError(f"the file's footer is larger than {LARGEST_FOOTER >> 20} MiB", "write it anew")
    file.seek(start)
    metadata, end = thrift.decode(file.read(length))
    return Footer(metadata, start, start + end, start + length + 8)


def leaves(footer: Footer) -> list[Leaf]:
    """The columns that hold values, in the order of the schema, which stands depth first.

    Raises:
        DataError: it is no tree.
    """
    elements = footer.metadata.structs(2)
    found: list[Leaf] = []
    open_groups: list[list[int]] = []
    """For each group that is not complete: how many elements it still lacks, and how many repeat around them."""
    top = -1
    for position, element in enumerate(elements):
        children = element.integer(5) or 0
        around = open_groups[-1][1] if open_groups else 0
        if position and not open_groups:
            raise malformed()
        top += len(open_groups) == 1
        repeats = around + (element.integer(3) == _REPEATED and position > 0)
        if open_groups:
            open_groups[-1][0] -= 1
        if children > 0:
            open_groups.append([children, repeats])
        elif position:
            kind = element.integer(1)
            width = (element.integer(2) or 0) if kind == _TYPE_FIXED else 4
            found.append(Leaf(top, bool(repeats), max(1, width), kind == _TYPE_INT96))
        while open_groups and not open_groups[-1][0]:
            open_groups.pop()
    if open_groups:
        raise malformed()
    return found


def span(column: Struct) -> Span:
    """Where a column chunk says that it stands."""
    offsets = [column.integer(number) or 0 for number in (9, 10, 11)]
    start = min((offset for offset in offsets if offset > 0), default=0)
    return start, start + max(0, column.integer(7) or 0)


def blocks(metadata: Struct) -> Iterator[tuple[Struct, list[Struct]]]:
    """The row groups, each with its column chunks."""
    for group in metadata.structs(4):
        yield group, group.structs(1)


def malformed() -> DataError:
    """What to raise where parts of the file gainsay one another."""
    return DataError("the Parquet file contradicts itself", "write it anew")
