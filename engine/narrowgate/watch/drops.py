"""Files that have been dropped, and whether they are all there."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from narrowgate.model.watching import State
from narrowgate.watch.names import is_plain, is_unfinished
from narrowgate.watch.writers import File, being_written


@dataclass(frozen=True)
class Drop:
    """Something that lies where files are dropped."""

    supplier: str
    purpose: str
    path: Path
    state: State
    file: File
    is_file: bool
    """Whether it is an ordinary file: links, pipes and devices are not, and are never opened."""


def state_of(status: os.stat_result) -> State:
    """What tells a change."""
    return State(size=status.st_size, mtime_ns=status.st_mtime_ns)


class Drops:
    """What is dropped below a folder, ``SUPPLIER/PURPOSE/FILE``.

    Args:
        folder: where.
        settle: seconds that a file has to stay as it is to be complete.
        strange: called with what lies elsewhere and is left there, and why, each time.
        clock: seconds.
    """

    def __init__(
        self,
        folder: Path,
        settle: float,
        strange: Callable[[Path, str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder, self._settle, self._strange, self._clock = folder, settle, strange, clock
        self._known: dict[Path, tuple[Drop, float]] = {}

    def complete(self) -> list[Drop]:
        """What is all there, the oldest first. What is being written or changes is left for another time.

        Raises:
            OSError: the folder is not to be had.
        """
        now = self._clock()
        found = {drop.path: drop for drop in self._look()}
        # Since when each has been as it is.
        self._known = {path: self._since(drop, now) for path, drop in found.items()}
        still = [drop for drop, since in self._known.values() if now - since >= self._settle]
        written = being_written({drop.file for drop in still if drop.is_file})
        return sorted(
            (drop for drop in still if drop.file not in written), key=lambda drop: (drop.state.mtime_ns, drop.path)
        )

    def _since(self, drop: Drop, now: float) -> tuple[Drop, float]:
        before, since = self._known.get(drop.path, (None, now))
        return drop, since if before == drop else now

    def _look(self) -> Iterator[Drop]:
        for supplier in self._folders(_entries(self._folder)):
            for purpose in self._folders(_entries_if_there(supplier)):
                yield from self._files(purpose, supplier.name)

    def _folders(self, entries: list[os.DirEntry[str]]) -> Iterator[Path]:
        for entry in entries:
            path = Path(entry.path)
            if entry.is_dir(follow_symlinks=False) and is_plain(entry.name):
                yield path
            elif not is_unfinished(entry.name):
                self._strange(path, "it lies in no folder of a supplier and purpose")

    def _files(self, folder: Path, supplier: str) -> Iterator[Drop]:
        for entry in _entries_if_there(folder):
            path = Path(entry.path)
            if is_unfinished(entry.name):
                continue
            if entry.is_dir(follow_symlinks=False):
                self._strange(path, "it is a folder")
                continue
            try:
                status = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue  # somebody has taken it
            file, is_file = (status.st_dev, status.st_ino), stat.S_ISREG(status.st_mode)
            yield Drop(supplier, folder.name, path, state_of(status), file, is_file)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return [entry for entry in entries if not entry.name.startswith(".")]


def _entries_if_there(folder: Path) -> list[os.DirEntry[str]]:
    try:
        return _entries(folder)
    except FileNotFoundError:
        return []  # it was removed just now
