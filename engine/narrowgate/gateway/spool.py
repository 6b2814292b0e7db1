"""Where requests' files lie while they are worked on.

One folder on disk for all processes; each has a folder of its own in it, which it holds locked. Whoever starts removes
the folders that nobody holds: a process that is killed leaves nothing beyond the next start.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from narrowgate.errors import Busy, NarrowgateError, Refused, SourceError

_OURS = re.compile(r"process-[0-9]+-[0-9a-f]{8}")
"""What the processes' folders are called; nothing else is ever removed."""
_LATER = 30
"""Seconds after which to ask again when there is no room."""


class Spool:
    """The folder of this process.

    Args:
        place: of the spool, made if it is not there. Nobody else may look into it.
        quota: most bytes that uploads may take at once.
        reserve: bytes of the disk that are left free.

    Raises:
        SourceError: that is no place for it.
    """

    def __init__(self, place: Path, quota: int, reserve: int) -> None:
        self.quota, self.used, self._reserve = quota, 0, reserve
        self.threads = ThreadPoolExecutor(2, thread_name_prefix="narrowgate-spool")
        with _opened(place) as descriptor:
            # Nobody else makes a folder, or looks for those that are left over, until ours is locked.
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            _sweep(place)
            self._path = place / f"process-{os.getpid()}-{secrets.token_hex(4)}"
            self._path.mkdir(mode=0o700)
            self._lock = os.open(self._path, os.O_RDONLY | os.O_DIRECTORY)
            fcntl.flock(self._lock, fcntl.LOCK_EX)

    def folder(self) -> Folder:
        """A new folder for one request."""
        path = self._path / secrets.token_hex(8)
        path.mkdir(mode=0o700)
        return Folder(path, self)

    def claim(self, count: int) -> None:
        """Set room aside.

        Args:
            count: bytes.

        Raises:
            Busy: there is none left.
        """
        if self.used + count > self.quota or shutil.disk_usage(self._path).free - count < self._reserve:
            raise Busy("there is no room for more files", "try again in a little while", _LATER)
        self.used += count

    def remove(self, path: Path, claimed: int) -> None:
        """Remove a request's folder, off the event loop, and give back the room that was set aside for it."""
        self.used -= claimed
        self.threads.submit(shutil.rmtree, path, ignore_errors=True)

    def close(self) -> None:
        """Remove everything."""
        self.threads.shutdown()
        shutil.rmtree(self._path, ignore_errors=True)
        os.close(self._lock)


class Folder:
    """The files of one request: what came in lies apart from what is to leave."""

    def __init__(self, path: Path, spool: Spool) -> None:
        self.path, self._spool, self._claimed = path, spool, 0
        self.inbox, self.outbox = path / "in", path / "out"
        self.inbox.mkdir()
        self.outbox.mkdir()

    def claim(self, count: int) -> None:
        """Set room aside. See ``Spool.claim``."""
        self._spool.claim(count)
        self._claimed += count

    def __enter__(self) -> Folder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove it, with all that is in it."""
        self._spool.remove(self.path, self._claimed)

    @contextmanager
    def unnamed(self) -> Iterator[None]:
        """Have errors tell of files in here by their names alone: where they lie is nobody's business."""
        try:
            yield
        except NarrowgateError as error:
            error.message = self._without(error.message)
            if isinstance(error, Refused):
                error.reasons = tuple(self._without(each) for each in error.reasons)
            raise

    def _without(self, text: str) -> str:
        return text.replace(f"{self.inbox}/", "").replace(f"{self.outbox}/", "")


@contextmanager
def _opened(place: Path) -> Iterator[int]:
    """The spool, made if it is not there, and open."""
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise SourceError(f"the spool {place} cannot be used: {error.strerror}", "name another folder") from error
    try:
        status = os.fstat(descriptor)
        if status.st_uid != os.getuid() or status.st_mode & 0o077:
            raise SourceError(f"others may look into the spool {place}", "name a folder of your own, chmod 700")
        yield descriptor
    finally:
        os.close(descriptor)


def _sweep(place: Path) -> None:
    """Remove what processes left that have ended."""
    for path in [each for each in place.iterdir() if _OURS.fullmatch(each.name)]:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue  # its process lives
        else:
            shutil.rmtree(path, ignore_errors=True)
        finally:
            os.close(descriptor)
