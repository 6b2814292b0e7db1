"""Files in and out: hashed as they are read, whole or not at all as they are written."""

from __future__ import annotations

import errno
import gzip
import hashlib
import io
import os
import secrets
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, cast

from narrowgate.errors import DataError, FileError
from narrowgate.model.receipt import FileDigest

_BLOCK = 1 << 20


class InputFile:
    """An export on disk.

    Args:
        path: a regular file.
        format: its format, without compression.
        compressed: whether it is gzip-compressed.
        progress: called with the number of bytes read since the last call.
    """

    def __init__(
        self, path: Path, format: str, compressed: bool, progress: Callable[[int], None] = lambda _: None
    ) -> None:
        self.path, self.format, self.compressed, self._progress = path, format, compressed, progress
        self.digest: FileDigest | None = None
        self._identity = self._stat()

    def _stat(self) -> tuple[int, int, int]:
        with reading(self.path):
            status = self.path.stat()
            if self.path.is_dir():
                raise FileError(f"{self.path} is a folder", "name a file")
        return status.st_ino, status.st_size, status.st_mtime_ns

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return self._identity[1]

    @contextmanager
    def stream(self) -> Iterator[BinaryIO]:
        """The content, uncompressed. When it has been read to the end, ``digest`` is known."""
        with reading(self.path), self.path.open("rb", buffering=0) as raw:
            hashing = _Hashing(raw, self._progress)
            if self.compressed:
                with gzip.GzipFile(fileobj=io.BufferedReader(hashing, _BLOCK), mode="rb") as plain:
                    yield cast("BinaryIO", plain)
            else:
                yield cast("BinaryIO", hashing)
            if hashing.ended:
                self._finish(hashing)

    def _finish(self, hashing: _Hashing) -> None:
        suffix = ".gz" if self.compressed else ""
        digest = FileDigest(format=self.format + suffix, bytes=hashing.count, sha256=hashing.hexdigest())
        self.require_unchanged()
        if self.digest not in {None, digest}:
            raise self._changed()
        self.digest = digest

    def require_unchanged(self) -> None:
        """Raise ``DataError`` where the file is no longer the one that was opened."""
        if self._stat() != self._identity:
            raise self._changed()

    def _changed(self) -> DataError:
        return DataError(f"{self.path} changed while it was being read", "let the export finish, and try again")


class _Hashing(io.RawIOBase):
    """Reads through to a file, hashing and counting what passes."""

    def __init__(self, raw: io.FileIO, progress: Callable[[int], None]) -> None:
        self._raw, self._progress, self._sha256 = raw, progress, hashlib.sha256()
        self.count, self.ended = 0, False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        count = self._raw.readinto(buffer) or 0
        self._sha256.update(memoryview(buffer)[:count])
        self.count += count
        self.ended = self.ended or (count == 0 and len(buffer) > 0)
        self._progress(count)
        return count

    def hexdigest(self) -> str:
        return self._sha256.hexdigest()


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Say what went wrong with ``path`` in our own words."""
    try:
        yield
    except (gzip.BadGzipFile, zlib.error) as error:
        raise DataError(
            f"{path} is not sound gzip", "export it again, or drop .gz from its name if it is none"
        ) from error
    except EOFError as error:
        raise DataError(
            f"{path} ends in the middle of its gzip stream", "transfer it again: it is cut short"
        ) from error
    except FileNotFoundError as error:
        raise FileError(f"there is no file {path}", "check the path") from error
    except OSError as error:
        raise FileError(
            f"{path} cannot be read: {error.strerror or error}", "check its permissions and its disk"
        ) from error


class OutputFile:
    """A file that appears whole, or not at all.

    It is written in its destination's folder without a name (``O_TMPFILE``), so that not even a kill leaves anything
    of it; where the file system cannot do that, under a hidden name. ``seal`` makes it durable and ``publish`` gives
    it its name. Leaving the ``with`` block before that discards it.
    """

    def __init__(self, path: Path, format: str = "", compressed: bool = False) -> None:
        self.path, self._format, self._compressed = path, format, compressed
        self._partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
        self._sha256, self._count = hashlib.sha256(), 0
        self._published = self._named = False

    def __enter__(self) -> OutputFile:
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
            if not self._compressed:
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
        suffix = ".gz" if self._compressed else ""
        return FileDigest(format=self._format + suffix, bytes=self._count, sha256=self._sha256.hexdigest())

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
