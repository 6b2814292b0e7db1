"""The records of binary parts (MS-XLSB 2.1.4): each with its type, its size, and its content."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from narrowgate.errors import DataError

LARGEST_RECORD = 64 << 20
_ABSENT = 0xFFFFFFFF
_HEAD = 6
"""Bytes that a record's type and size have at most."""


def records(blocks: Iterable[bytes], where: str) -> Iterator[tuple[int, bytes]]:
    """The type and content of each record.

    Raises:
        DataError: one is cut short, or absurdly large.
    """
    source = iter(blocks)
    data, at, ended = b"", 0, False
    while True:
        if len(data) - at < _HEAD and not ended:
            data, at, ended = _more(source, data[at:], _HEAD)
        if at == len(data):
            return
        kind, size, begin = _head(data, at, where)
        if begin + size > len(data):
            if size > LARGEST_RECORD:
                raise DataError(f"{where}: a record is absurdly large", "save it anew in the program that made it")
            data, at, ended = _more(source, data[begin:], size)
            begin = 0
            if size > len(data):
                raise cut_short(where)
        at = begin + size
        yield kind, data[begin:at]


def _more(source: Iterator[bytes], data: bytes, least: int) -> tuple[bytes, int, bool]:
    """``data`` with as many blocks as it takes, and whether there are no more."""
    pieces, size = [data], len(data)
    while size < least:
        block = next(source, None)
        if block is None:
            return b"".join(pieces), 0, True
        pieces.append(block)
        size += len(block)
    return b"".join(pieces), 0, False


def _head(data: bytes, at: int, where: str) -> tuple[int, int, int]:
    """Type and size of the record at ``at``, and where its content begins."""
    try:
        kind = data[at]
        at += 1
        if kind & 0x80:
            kind = (kind & 0x7F) | (data[at] & 0x7F) << 7
            at += 1
        size = data[at]
        at += 1
        if size & 0x80:
            size &= 0x7F
            for shift in (7, 14, 21):
                byte = data[at]
                at += 1
                size |= (byte & 0x7F) << shift
                if not byte & 0x80:
                    break
    except IndexError as error:
        raise cut_short(where) from error
    return kind, size, at


def cut_short(where: str) -> DataError:
    """The error that a record is shorter than what it must hold."""
    return DataError(f"{where}: a record is cut short", "save it anew in the program that made it")


@dataclass
class Fields:
    """The fields of a record, one behind the other.

    Every method raises ``DataError`` where the record is too short.
    """

    data: bytes
    where: str
    at: int = 0

    def skip(self, size: int) -> Fields:
        """Leave bytes out."""
        self.at += size
        return self

    def number(self, size: int) -> int:
        """A whole number without a sign."""
        return int.from_bytes(self.bytes(size), "little")

    def bytes(self, size: int) -> bytes:
        """Bytes as they stand."""
        found = self.data[self.at : self.at + size]
        if len(found) < size:
            raise cut_short(self.where)
        self.at += size
        return found

    def text(self) -> str:
        """A string with its length before it (2.5.168, 2.5.166); empty where there is none."""
        length = self.number(4)
        return "" if length == _ABSENT else self.bytes(length * 2).decode("utf-16-le", "replace")
