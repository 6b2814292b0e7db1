"""An export on disk: hashed as it is read, unpacked where it is packed, and looked into."""

from __future__ import annotations

import gzip
import hashlib
import io
import shutil
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, cast

from narrowgate.errors import DataError, FileError, UsageError
from narrowgate.inspection.archive import Archive, Member
from narrowgate.inspection.inspect import inspect_file
from narrowgate.inspection.interface import Inspection
from narrowgate.model.entry import FileDigest
from narrowgate.tables.packing import Packing, packed

_BLOCK = 1 << 20


class InputFile:
    """An export on disk.

    Args:
        path: a regular file.
        format: of the table, without packing.
        packing: ``gz``, ``zip`` with the table as the one member that is none of the pictures, or none.
        suffixes: by which the table in a ZIP is known.
        delimiter: of CSV, where it is told.
        progress: called with the number of bytes read since the last call.
    """

    def __init__(
        self,
        path: Path,
        format: str,
        packing: Packing = "",
        suffixes: tuple[str, ...] = (),
        delimiter: str | None = None,
        progress: Callable[[int], None] = lambda _: None,
    ) -> None:
        self.path, self.format, self.packing, self._progress = path, format, packing, progress
        self._suffixes, self._delimiter = suffixes, delimiter
        self.digest: FileDigest | None = None
        self._identity = self._stat()
        self._open = ExitStack()

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
        """The table, unpacked. When it has been read to the end, ``digest`` is known."""
        if self.packing == "zip":
            with self.plain.open("rb") as table:
                yield cast("BinaryIO", table)
            self.require_unchanged()
            return
        with reading(self.path), self.path.open("rb", buffering=0) as raw:
            hashing = _Hashing(raw, self._progress)
            if self.packing:
                with gzip.GzipFile(fileobj=io.BufferedReader(hashing, _BLOCK), mode="rb") as plain:
                    yield cast("BinaryIO", plain)
            else:
                yield cast("BinaryIO", hashing)
            if hashing.ended:
                self._finish(hashing)

    def read_through(self) -> None:
        """Read the file to its end for its digest, where nobody else has."""
        with reading(self.path), self.path.open("rb", buffering=0) as raw:
            hashing = _Hashing(raw, self._progress)
            while hashing.read(_BLOCK):
                pass
            self._finish(hashing)

    def hashed(self) -> FileDigest:
        """Its digest, whether or not it was read to its end."""
        if self.digest is None:
            self.read_through()
        assert self.digest is not None
        return self.digest

    @cached_property
    def plain(self) -> Path:
        """The table as a file of its own: this one, or what it unpacks to."""
        if not self.packing:
            return self.path
        spool = tempfile.NamedTemporaryFile(prefix="narrowgate-in-", suffix=f".{self.format}")  # noqa: SIM115 - close()
        self._open.enter_context(spool)
        if self.packing == "zip":
            with reading(self.path):
                for block in self.archive.blocks(self.table):
                    spool.write(block)
            self.read_through()
        else:
            with self.stream() as stream:
                shutil.copyfileobj(stream, spool, _BLOCK)
        spool.flush()
        return Path(spool.name)

    @cached_property
    def archive(self) -> Archive:
        """The ZIP.

        Raises:
            DataError: it is none, or one that readers may disagree about.
        """
        with reading(self.path):
            file = self._open.enter_context(self.path.open("rb"))
        archive = opened_archive(self.path, file)
        archive.require_sound(str(self.path))
        return archive

    @cached_property
    def table(self) -> Member:
        """The table in a ZIP.

        Raises:
            UsageError: there is none, or more than one.
        """
        found = [member for member in self.archive.members if member.name.lower().endswith(self._suffixes)]
        if len(found) != 1:
            message = f"{self.path} holds {len(found) or 'no'} files that are {self.format} by their names"
            raise UsageError(message, "pack one table with its pictures, or say --from csv.zip for another format")
        return found[0]

    @cached_property
    def inspection(self) -> Inspection:
        """What the file hides."""
        return inspect_file(self.path, f"export.{packed(self.format, self.packing)}", self._delimiter)

    @cached_property
    def table_inspection(self) -> Inspection:
        """What the table itself hides."""
        return inspect_file(self.plain, f"export.{self.format}", self._delimiter) if self.packing else self.inspection

    def close(self) -> None:
        """Remove what was unpacked."""
        self._open.close()

    def _finish(self, hashing: _Hashing) -> None:
        name = packed(self.format, self.packing)
        digest = FileDigest(format=name, bytes=hashing.count, sha256=hashing.hexdigest())
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


def opened_archive(path: Path, file: BinaryIO) -> Archive:
    """The ZIP at ``path``, opened as ``file``."""
    try:
        return Archive(file)
    except DataError as error:
        raise DataError(f"{path}: {error.message}", error.remedy) from error


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
