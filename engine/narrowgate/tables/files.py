"""Files that appear whole or not at all, hashed as they are written."""

from __future__ import annotations

import errno
import gzip
import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, cast

from narrowgate.errors import FileError
from narrowgate.model.entry import FileDigest
from narrowgate.tables.packing import Packing, packed

_BLOCK = 1 << 20


class OutputFile:
    """A file that appears whole, or not at all.

    It is written in its destination's folder without a name (``O_TMPFILE``), so that not even a kill leaves anything
    of it; where the file system cannot do that, under a hidden name. ``seal`` makes it durable and ``publish`` gives
    it its name, by way of a hidden one. Leaving the ``with`` block before that discards it.
    """

    def __init__(self, path: Path, format: str = "", packing: Packing = "") -> None:
        self.path, self._format, self._packing = path, format, packing
        self._partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
        self._sha256, self._count = hashlib.sha256(), 0
        self._published = self._named = False

    def __enter__(self) -> OutputFile:
        if self.path.exists() and not self.path.is_file():
            raise FileError(f"{self.path} is no ordinary file", "name another; - is standard output")
        with _writing(self.path):
            self._raw = os.fdopen(self._open(), "wb")
        return self

    def _open(self) -> int:
        if hasattr(os, "O_TMPFILE"):
            try:
                return os.open(self.path.parent, os.O_TMPFILE | os.O_WRONLY, 0o666)
            except OSError as error:
                if error.errno not in {errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL}:
                    raise
        self._named = True
        return os.open(self._partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)

    @contextmanager
    def stream(self) -> Iterator[BinaryIO]:
        """Where to write. Compressed output is the same bytes for the same content, however it arrives."""
        with _writing(self.path):
            if self._packing != "gz":
                yield cast("BinaryIO", self)
                return
            with gzip.GzipFile(filename="", mode="wb", fileobj=cast("BinaryIO", self), mtime=0) as packed:
                blocks = _Blocks(packed)
                yield cast("BinaryIO", blocks)
                blocks.finish()

    def write(self, data: bytes) -> int:
        """Write, hashing and counting."""
        self._sha256.update(data)
        self._count += len(data)
        return self._raw.write(data)

    def flush(self) -> None:
        """Pass on what is buffered."""
        self._raw.flush()

    def seal(self) -> FileDigest:
        """Everything is written: make it durable."""
        with _writing(self.path):
            self._raw.flush()
            os.fsync(self._raw.fileno())
        return FileDigest(
            format=packed(self._format, self._packing), bytes=self._count, sha256=self._sha256.hexdigest()
        )

    @property
    def readable(self) -> Path:
        """Where it can be read before it has its name."""
        return self._partial if self._named else Path(f"/proc/self/fd/{self._raw.fileno()}")

    def publish(self) -> None:
        """Give the sealed file its name."""
        with _writing(self.path), _folder(self.path.parent) as folder:
            if not self._named:
                # With a folder given, Python's link follows /proc's symbolic link to the nameless file.
                os.link(f"/proc/self/fd/{self._raw.fileno()}", self._partial, src_dir_fd=folder)
                self._named = True
            self._partial.replace(self.path)
            self._published = True
            os.fsync(folder)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._raw.close()
        if self._named and not self._published:
            self._partial.unlink(missing_ok=True)


class _Blocks:
    """Passes bytes on in blocks of one size, since what a compressor makes of them may depend on it."""

    def __init__(self, target: gzip.GzipFile) -> None:
        self._target, self._pending = target, bytearray()

    def write(self, data: bytes) -> int:
        self._pending += data
        whole = len(self._pending) // _BLOCK * _BLOCK
        for start in range(0, whole, _BLOCK):
            self._target.write(self._pending[start : start + _BLOCK])
        del self._pending[:whole]
        return len(data)

    def flush(self) -> None:
        """Nothing: a flush would change what the compressor writes."""

    def finish(self) -> None:
        self._target.write(self._pending)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise FileError(f"there is no folder {path.parent}", "make it, or write elsewhere") from error
    except OSError as error:
        raise FileError(
            f"{path} cannot be written: {error.strerror or error}", "make room, or write elsewhere"
        ) from error


@contextmanager
def _folder(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
