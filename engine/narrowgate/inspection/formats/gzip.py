"""gzip (RFC 1952): what its headers tell, what stands behind it, and what its content holds."""

from __future__ import annotations

import tempfile
import zlib
from typing import BinaryIO

from narrowgate.errors import DataError
from narrowgate.inspection.channels import archive, text
from narrowgate.inspection.interface import Found, Inspector, Subject
from narrowgate.inspection.tally import Tally

MAGIC = b"\x1f\x8b"
LARGEST = 8 << 30
"""Bytes that are unpacked."""
LARGEST_RATIO = 1100
"""Times its size that a file may unpack to, beyond a size that does no harm. Deflate reaches 1,032."""
HARMLESS = 1 << 30
MOST_MEMBERS = 100_000
LONGEST_HEADER = 1 << 20
_BLOCK = 1 << 16
_DEFLATE = 8
_CHECKED, _EXTRA, _NAME, _COMMENT, _RESERVED = 0x02, 0x04, 0x08, 0x10, 0xE0


def _inspect(subject: Subject) -> Found:
    from narrowgate.inspection.inspect import inspect_subject

    tally = Tally()
    with tempfile.TemporaryFile(prefix="narrowgate-") as spool:
        _Streams(subject.file, spool, tally).unpack()
        name = subject.name
        inner = name[:-3] if name.lower().endswith(".gz") else name
        inside = inspect_subject(Subject(spool, inner, subject.depth + 1, subject.delimiter))
    return Found((*tally.findings("the gzip file"), *inside.findings), inside.workbook)


class _Streams:
    """Unpacks the gzip streams in a file, one behind the other, into ``spool``."""

    def __init__(self, file: BinaryIO, spool: BinaryIO, tally: Tally) -> None:
        self._file, self._spool, self._tally = file, spool, tally
        self._size = file.seek(0, 2)
        self._written = 0
        file.seek(0)
        self._pending = b""

    def unpack(self) -> None:
        """Unpack all, and count what their headers hold.

        Raises:
            DataError: a stream is not sound, or unpacks to absurdly much.
        """
        for number in range(MOST_MEMBERS):
            self._fill(len(MAGIC) + 1)
            if number and not self._pending.startswith(MAGIC + bytes([_DEFLATE])):
                self._count_trailing()
                return
            self._tally.add(text.GZIP_MEMBERS, int(number > 0))
            self._tally.add(archive.GZIP_HEADER, self._header())
            self._stream()
        raise DataError(f"there are more than {MOST_MEMBERS:,} gzip streams one behind the other", "compress it anew")

    def _fill(self, size: int) -> None:
        """Read on until ``size`` bytes are pending, or there are no more."""
        while len(self._pending) < size and (piece := self._file.read(max(_BLOCK, size - len(self._pending)))):
            self._pending += piece

    def _take(self, size: int) -> bytes:
        self._fill(size)
        if len(self._pending) < size:
            raise _cut_short()
        taken, self._pending = self._pending[:size], self._pending[size:]
        return taken

    def _take_text(self) -> bytes:
        """Up to the next zero byte, without it."""
        while (end := self._pending.find(0)) < 0:
            before = len(self._pending)
            self._fill(before + 1)
            if len(self._pending) == before or before > LONGEST_HEADER:
                raise _cut_short()
        return self._take(end + 1)[:-1]

    def _header(self) -> int:
        """Take the header. Returns how many things it tells."""
        fixed = self._take(10)
        flags = fixed[3]
        if not fixed.startswith(MAGIC) or fixed[2] != _DEFLATE or flags & _RESERVED:
            raise DataError("the gzip header makes no sense", "compress it anew")
        told = int(any(fixed[4:8]))
        if flags & _EXTRA:
            told += bool(self._take(int.from_bytes(self._take(2), "little")))
        if flags & _NAME:
            told += bool(self._take_text())
        if flags & _COMMENT:
            told += bool(self._take_text())
        if flags & _CHECKED:
            self._take(2)
        return told

    def _stream(self) -> None:
        """Unpack one stream and check it against what stands behind it."""
        inflate, crc, size = zlib.decompressobj(-zlib.MAX_WBITS), 0, 0
        while not inflate.eof:
            pending = inflate.unconsumed_tail or self._pending or self._file.read(_BLOCK)
            self._pending = b""
            if not pending:
                raise _cut_short()
            try:
                block = inflate.decompress(pending, 1 << 20)
            except zlib.error as error:
                raise DataError("the gzip stream cannot be unpacked", "transfer it again") from error
            crc, size = zlib.crc32(block, crc), size + len(block)
            self._write(block)
        self._pending = inflate.unused_data
        if self._take(8) != crc.to_bytes(4, "little") + (size & 0xFFFFFFFF).to_bytes(4, "little"):
            raise DataError("the gzip stream does not hold what it says", "transfer it again")

    def _write(self, block: bytes) -> None:
        self._written += len(block)
        if self._written > LARGEST or self._written > max(HARMLESS, self._size * LARGEST_RATIO):
            raise DataError("the gzip file unpacks to an absurd size", "find out who made it, and why")
        self._spool.write(block)

    def _count_trailing(self) -> None:
        count, blank = 0, True
        while self._pending:
            count += len(self._pending)
            blank = blank and not self._pending.strip(b"\0")
            self._pending = self._file.read(_BLOCK)
        self._tally.add(archive.GZIP_TRAILING, count, 0 if blank else None)


def _cut_short() -> DataError:
    return DataError("the gzip file is cut short", "transfer it again")


INSPECTOR = Inspector(recognises=lambda subject: subject.head().startswith(MAGIC), inspect=_inspect)
