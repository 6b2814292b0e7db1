"""The folders inside a watched one, and what is done to files in them so that it lasts."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from narrowgate.errors import FileError, UsageError
from narrowgate.tables.files import OutputFile


class Folders:
    """A watched folder: files come in by ``in``; they leave by ``out`` or ``refused``, or are kept in ``done``.

    Args:
        root: where it is.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.drops, self.work = root / "in", root / "work"

    def prepare(self, keep_done: bool) -> None:
        """Make what is not there yet.

        Args:
            keep_done: whether ``done`` is needed.

        Raises:
            UsageError: there is no such folder, or it is several file systems: files are moved in it, not copied.
            FileError: it cannot be written.
        """
        if not self.root.is_dir():
            raise UsageError(f"there is no folder {self.root}", "make it; in it, in/SUPPLIER/PURPOSE is where files go")
        names = ("out", "refused", "done") if keep_done else ("out", "refused")
        ours = [self.work, *(self.root / name for name in names)]
        with writing(self.root):
            self.drops.mkdir(exist_ok=True)
            for folder in ours:
                # Exports in full lie in the others.
                folder.mkdir(mode=0o755 if folder.name == "out" else 0o700, exist_ok=True)
            device = self.root.stat().st_dev
            elsewhere = [path.name for path in (self.drops, *ours) if path.stat().st_dev != device]
        if elsewhere:
            message = f"{self.root} is not one file system: {', '.join(elsewhere)} is another"
            raise UsageError(message, "watch a folder that is one with all folders in it")

    @contextmanager
    def turn(self) -> Iterator[None]:
        """A moment in which no other watcher takes a file or gives one its name."""
        with writing(self.work):
            descriptor = os.open(self.work / ".turn", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            with writing(self.work):
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def move(self, source: Path, target: Path) -> None:
        """Give a file another name for good. Nobody else may have a turn meanwhile."""
        with writing(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            source.rename(target)
            sync(target.parent)
            sync(source.parent)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Errors of the system become ones of ours."""
    try:
        yield
    except OSError as error:
        raise FileError(f"{path} cannot be written: {error.strerror or error}", "see what is wrong there") from error


def sync(folder: Path) -> None:
    """Have the names in a folder outlast a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def put(path: Path, text: str) -> None:
    """Have ``path`` hold ``text``, whole and lasting."""
    with OutputFile(path) as output:
        with output.stream() as stream:
            stream.write(text.encode())
        output.seal()
        output.publish()
