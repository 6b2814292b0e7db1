"""Who still writes to a file, as far as the kernel tells: on this machine, of processes that we may see (proc(5))."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

File = tuple[int, int]
"""Device and number."""


def being_written(files: set[File]) -> set[File]:
    """Those of ``files`` that some process has open for writing."""
    return {file for path in _descriptors() if (file := _identity(path)) in files and _writes(path)} if files else set()


def _descriptors() -> Iterator[Path]:
    for process in Path("/proc").glob("[0-9]*"):
        try:
            yield from (process / "fd").iterdir()
        except OSError:
            continue  # it is somebody else's, or has ended


def _identity(descriptor: Path) -> File | None:
    try:
        status = descriptor.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _writes(descriptor: Path) -> bool:
    try:
        lines = (descriptor.parent.parent / "fdinfo" / descriptor.name).read_text().splitlines()
        flags = next(line.split()[1] for line in lines if line.startswith("flags:"))
    except (OSError, StopIteration):
        return False  # it has been closed
    return int(flags, 8) & os.O_ACCMODE != os.O_RDONLY
