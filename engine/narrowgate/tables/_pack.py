"""Writing ZIP archives (APPNOTE 6.3.10) that tell nothing but their members: no times, owners, extras or comments."""

from __future__ import annotations

import struct
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

from narrowgate.errors import FileError

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_VERSION, _UTF8, _STORED, _DEFLATED = 20, 0x800, 0, 8
_DAY = 0x21
"""1980-01-01."""
_LARGEST = 0xFFFFFFFE
_BLOCK = 1 << 20


class Pack:
    """A ZIP archive on its way out. The same members give the same bytes."""

    def __init__(self, target: BinaryIO) -> None:
        self._target, self._position = target, 0
        self._directory: list[bytes] = []

    def add(self, name: str, data: bytes, compress: bool = True) -> None:
        """A member that holds ``data``."""
        packed = data
        if compress:
            deflate = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
            packed = deflate.compress(data) + deflate.flush()
        self.add_packed(name, _DEFLATED if compress else _STORED, (zlib.crc32(data), len(packed), len(data)), [packed])

    def add_packed(self, name: str, method: int, sizes: tuple[int, int, int], blocks: Iterable[bytes]) -> None:
        """A member that is packed already.

        Args:
            method: 0 for stored, 8 for deflated.
            sizes: CRC-32, bytes packed, bytes unpacked.
            blocks: what is packed, piece by piece.

        Raises:
            FileError: the archive becomes larger than it can be.
        """
        crc, packed, size = sizes
        if max(self._position + packed, size) > _LARGEST or len(self._directory) >= 0xFFFF:
            raise FileError("the release is larger than a ZIP can be", "send fewer records, or another format")
        encoded = name.encode()
        flags = 0 if encoded.isascii() else _UTF8
        told = (flags, method, 0, _DAY, crc, packed, size, len(encoded), 0)
        self._directory.append(
            _CENTRAL.pack(b"PK\x01\x02", _VERSION, _VERSION, *told, 0, 0, 0, 0, self._position) + encoded
        )
        self._write(_LOCAL.pack(b"PK\x03\x04", _VERSION, *told) + encoded)
        for block in blocks:
            self._write(block)

    @contextmanager
    def streamed(self, name: str) -> Iterator[Deflated]:
        """A member to write to, piece by piece; it is added when the block is left."""
        with tempfile.TemporaryFile(prefix="narrowgate-out-") as spool:
            member = Deflated(spool)
            yield member
            sizes = member.finish()
            spool.seek(0)
            self.add_packed(name, _DEFLATED, sizes, iter(lambda: spool.read(_BLOCK), b""))

    def close(self) -> None:
        """Write the directory."""
        start, count = self._position, len(self._directory)
        for entry in self._directory:
            self._write(entry)
        self._write(_END.pack(b"PK\x05\x06", 0, 0, count, count, self._position - start, start, 0))

    def _write(self, data: bytes) -> None:
        self._target.write(data)
        self._position += len(data)


class Deflated:
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
