"""Where calls' files lie while they are worked on."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from narrowgate.errors import Busy, NarrowgateError

_LATER = 30
"""Seconds after which to ask again when there is no room."""


class Spool:
    """Gives folders among the process's temporary files, as long as there is room.

    Args:
        quota: most bytes that uploads may take at once.
        reserve: bytes of the disk that are left free.
    """

    def __init__(self, quota: int, reserve: int) -> None:
        self._quota, self.used, self._reserve = quota, 0, reserve
        self._closed = False
        self.threads = ThreadPoolExecutor(2, thread_name_prefix="narrowgate-spool")

    def folder(self) -> Folder:
        """A new folder for one call."""
        return Folder(Path(tempfile.mkdtemp(prefix="narrowgate-call-")), self)

    def claim(self, count: int) -> None:
        """Set room aside.

        Args:
            count: bytes.

        Raises:
            Busy: there is none left.
        """
        free = shutil.disk_usage(tempfile.gettempdir()).free
        if self.used + count > self._quota or free - count < self._reserve:
            raise Busy("there is no room for more files", "try again in a little while", _LATER)
        self.used += count

    def remove(self, path: Path, claimed: int) -> None:
        """Remove a call's folder, off the event loop, and give back the room that was set aside for it."""
        self.used -= claimed
        if self._closed:
            # A call that took until the very end.
            shutil.rmtree(path, ignore_errors=True)
        else:
            self.threads.submit(shutil.rmtree, path, ignore_errors=True)

    def close(self) -> None:
        """Have everything removed that is to be."""
        self._closed = True
        self.threads.shutdown()


class Folder:
    """The files of one call, removed when the block is left. What came in lies apart from what is to leave."""

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
        self._spool.remove(self.path, self._claimed)

    @contextmanager
    def unnamed(self) -> Iterator[None]:
        """Have errors tell of files in here by their names alone: where they lie is nobody's business."""
        try:
            yield
        except NarrowgateError as error:
            for path in self.inbox.iterdir():
                error.rename(path, path.name)
            error.rename(self.path, "spool")
            raise
