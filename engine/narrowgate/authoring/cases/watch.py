"""Noticing that files changed."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from pathlib import Path

INTERVAL = 0.3
"""Seconds between two looks."""

Seen = Mapping[str, tuple[int, int]]
"""When each file was written, and its size."""


def look(folders: Iterable[Path]) -> Seen:
    """All files below ``folders``, but for hidden ones."""
    seen = {}
    for folder in folders:
        for path in folder.rglob("*"):
            if any(part.startswith(".") and part != ".manifest" for part in path.relative_to(folder).parts):
                continue
            try:
                status = path.stat()
            except OSError:
                # It was just moved or removed.
                continue
            seen[str(path)] = (status.st_mtime_ns, status.st_size)
    return seen


def wait_for_change(folders: Iterable[Path], seen: Seen) -> None:
    """Return once the files below ``folders`` are not those that were ``seen``."""
    folders = list(folders)
    while look(folders) == seen:
        time.sleep(INTERVAL)
