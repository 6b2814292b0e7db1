"""Noticing that files changed, on any file system: network file systems tell nobody of changes, so they are asked."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

Seen = Mapping[str, tuple[int, int, int, int]]
"""Of each file: when it was written, when anything about it changed, its size and its number on its file system."""


def look(*places: Path | None) -> Seen:
    """The files at and below ``places``, as far as can be told without reading them. None is passed over."""
    return {str(path): state for place in places if place for path in _files(place) if (state := _state(path))}


def _files(place: Path) -> Iterator[Path]:
    yield place
    # A walk does not mind what is taken away under its feet.
    for folder, _, names in os.walk(place):
        yield from (Path(folder, name) for name in names)


def _state(path: Path) -> tuple[int, int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        # It was just moved or removed, which is a change as well.
        return None
    return status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino
