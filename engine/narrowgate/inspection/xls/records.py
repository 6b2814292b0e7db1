"""Records of BIFF8 ([MS-XLS] 2.1.4, 2.3), and the strings in them (2.5)."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from narrowgate.errors import DataError

BOF, EOF, CONTINUE = 0x0809, 0x000A, 0x003C
_HEAD = struct.Struct("<2H")
_CONTINUED = {0x00FC, 0x00EB}
"""Records whose continuations belong to what they hold: the shared strings and the pictures."""


class Record(NamedTuple):
    """One record, together with the continuations of those that need them."""

    offset: int
    """In its stream."""
    kind: int
    data: bytes
    more: tuple[bytes, ...] = ()

    def number(self, at: int, size: int = 2) -> int:
        """The unsigned number at ``at``.

        Raises:
            DataError: the record is too short.
        """
        found = self.data[at : at + size]
        if len(found) < size:
            raise cut_short()
        return int.from_bytes(found, "little")


def records(blocks: Iterable[bytes]) -> Iterator[Record]:
    """The records of a stream.

    Raises:
        DataError: it ends within one.
    """
    first: Record | None = None
    more: list[bytes] = []
    for record in _plain(blocks):
        if first is not None and record.kind == CONTINUE:
            more.append(record.data)
            continue
        if first is not None:
            yield first._replace(more=tuple(more))
            first, more = None, []
        if record.kind in _CONTINUED:
            first = record
        else:
            yield record
    if first is not None:
        yield first._replace(more=tuple(more))


def _plain(blocks: Iterable[bytes]) -> Iterator[Record]:
    data, base = b"", 0
    for block in blocks:
        data = data + block
        at = 0
        while at + 4 <= len(data):
            kind, size = _HEAD.unpack_from(data, at)
            if at + 4 + size > len(data):
                break
            yield Record(base + at, kind, data[at + 4 : at + 4 + size])
            at += 4 + size
        data, base = data[at:], base + at
    if any(data):
        raise cut_short()


def cut_short() -> DataError:
    """The error of a record that ends too early."""
    return DataError("the workbook's records are cut short", "transfer it again, or save it anew as .xlsx")


def text_at(data: bytes, at: int, count: int) -> tuple[str, int]:
    """The text of ``count`` characters at ``at``, where its flags stand, and where it ends ([MS-XLS] 2.5.296)."""
    if at >= len(data) and count:
        raise cut_short()
    wide = bool(data[at] & 1) if at < len(data) else False
    end = at + 1 + count * (2 if wide else 1)
    if end > len(data):
        raise cut_short()
    return data[at + 1 : end].decode("utf-16-le" if wide else "latin-1", "replace"), end


class Pieces:
    """What a record and its continuations hold, read on across their borders.

    Args:
        pieces: of the record first.
    """

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._piece, self._at = next(self._pieces, b""), 0

    def take(self, count: int) -> bytes:
        """The next bytes, just as they stand.

        Raises:
            DataError: there are no more.
        """
        taken = self._piece[self._at : self._at + count]
        self._at += len(taken)
        while len(taken) < count:
            self._next()
            more = self._piece[: count - len(taken)]
            self._at = len(more)
            taken += more
        return taken

    def at_end(self) -> bool:
        """Whether there are no more bytes."""
        while self._at >= len(self._piece):
            piece = next(self._pieces, None)
            if piece is None:
                return True
            self._piece, self._at = piece, 0
        return False

    def number(self, size: int) -> int:
        """The next unsigned number."""
        return int.from_bytes(self.take(size), "little")

    def is_blank(self, count: int, wide: bool) -> bool:
        """Whether the next characters are all blank. Their width is told again where a continuation begins."""
        blank = True
        while count:
            if self._at >= len(self._piece):
                self._next()
                wide = bool(self.number(1) & 1)
            width = 2 if wide else 1
            here = min(count, (len(self._piece) - self._at) // width)
            if not here:
                raise cut_short()
            raw = self.take(here * width)
            count -= here
            blank = blank and not raw.decode("utf-16-le" if wide else "latin-1", "replace").strip("\0 \t\r\n")
        return blank

    def _next(self) -> None:
        piece = next(self._pieces, None)
        if piece is None:
            raise cut_short()
        self._piece, self._at = piece, 0
