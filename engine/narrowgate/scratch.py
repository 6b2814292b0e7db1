"""Where a process that serves for long keeps its temporary files.

One folder on disk for all processes; each has a folder of its own in it, which it holds locked. Whoever starts removes
the folders that nobody holds: a process that is killed leaves nothing beyond the next start.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from narrowgate.errors import SourceError

_OURS = re.compile(r"process-[0-9]+-[0-9a-f]{8}")
"""What the processes' folders are called; nothing else is ever removed."""


@contextmanager
def scratch(place: Path) -> Iterator[Path]:
    """A folder of this process's own, where all its temporary files go until the block is left.

    Args:
        place: where the folders of processes are; made if it is not there. Nobody else may look into it.

    Raises:
        SourceError: that is no place for them.
    """
    before = tempfile.tempdir
    path, lock = _made(place)
    try:
        tempfile.tempdir = str(path)
        yield path
    finally:
        tempfile.tempdir = before
        shutil.rmtree(path, ignore_errors=True)
        os.close(lock)


def _made(place: Path) -> tuple[Path, int]:
    """The folder, and the descriptor by which it is locked."""
    with _opened(place) as descriptor:
        # Nobody else makes a folder, or looks for those that are left over, until ours is locked.
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        _sweep(place)
        path = place / f"process-{os.getpid()}-{secrets.token_hex(4)}"
        path.mkdir(mode=0o700)
        lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(lock, fcntl.LOCK_EX)
        return path, lock


@contextmanager
def _opened(place: Path) -> Iterator[int]:
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
