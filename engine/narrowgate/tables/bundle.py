"""A release in a ZIP: its pictures as they come, and its table at the end."""

from __future__ import annotations

import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

from narrowgate.tables._pack import Pack
from narrowgate.tables.packing import Packing

TABLE = "records"
"""What the table is called, before its ending. Pictures have numbers for names."""
PutPicture = Callable[[str, bytes], None]
"""Takes a picture's name and what it holds."""
_BLOCK = 1 << 20
_DEFLATED = 8


@contextmanager
def contents(stream: BinaryIO, packing: Packing, suffix: str) -> Iterator[tuple[BinaryIO, PutPicture]]:
    """Where a release's table is to be written, and how pictures are put beside it.

    In a ZIP the table comes last, when the block is left; in anything else there can be no pictures.

    Args:
        suffix: ending of the table's name.
    """
    if packing != "zip":
        yield stream, _no_pictures
        return
    pack = Pack(stream)
    with tempfile.TemporaryFile(prefix="narrowgate-out-") as spool:
        table = _Deflated(spool)
        yield cast("BinaryIO", table), lambda name, data: pack.add(name, data, compress=False)
        sizes = table.finish()
        spool.seek(0)
        pack.add_packed(TABLE + suffix, _DEFLATED, sizes, iter(lambda: spool.read(_BLOCK), b""))
    pack.close()


def _no_pictures(_name: str, _data: bytes) -> None:
    raise AssertionError("pictures leave only in a ZIP")


class _Deflated:
    """Compresses what is written, in blocks of one size, since what a compressor makes of them may depend on it."""

    def __init__(self, target: BinaryIO) -> None:
        self._target, self._pending = target, bytearray()
        self._deflate = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
        self._crc, self._packed, self._size = 0, 0, 0

    def write(self, data: bytes) -> int:
        self._crc, self._size = zlib.crc32(data, self._crc), self._size + len(data)
        self._pending += data
        whole = len(self._pending) // _BLOCK * _BLOCK
        for start in range(0, whole, _BLOCK):
            self._put(self._deflate.compress(self._pending[start : start + _BLOCK]))
        del self._pending[:whole]
        return len(data)

    def flush(self) -> None:
        """Nothing: a flush would change what the compressor writes."""

    def finish(self) -> tuple[int, int, int]:
        """CRC-32, bytes packed, bytes unpacked."""
        self._put(self._deflate.compress(self._pending) + self._deflate.flush())
        return self._crc, self._packed, self._size

    def _put(self, data: bytes) -> None:
        self._packed += len(data)
        self._target.write(data)
