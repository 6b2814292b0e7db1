"""Where an export's pictures lie."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Protocol

from narrowgate.inspection.archive import Archive, Member

LARGEST_FILE = 64 << 20
ENDINGS = (".jpg", ".jpeg", ".png")


class PictureSource(Protocol):
    """Gives the pictures that cells name."""

    def read(self, path: str) -> bytes | None:
        """The picture at ``path``, as a cell gives it; None where there is none. Safe in any thread."""

    def unreferenced(self, paths: Iterable[str]) -> int:
        """How many pictures none of ``paths`` leads to, where that can be told."""


class FolderPictures:
    """Pictures beside the export, in its folder or below. What lies elsewhere does not exist."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    def read(self, path: str) -> bytes | None:
        """See ``PictureSource.read``."""
        place = (self._folder / path).resolve()
        if not place.is_relative_to(self._folder) or not place.is_file() or place.stat().st_size > LARGEST_FILE:
            return None
        return place.read_bytes()

    def unreferenced(self, paths: Iterable[str]) -> int:
        """See ``PictureSource.unreferenced``: what else lies in a folder need not be the export's."""
        return 0


class ArchivePictures:
    """Pictures in the ZIP that holds the table, by paths from where the table lies, or from the top."""

    def __init__(self, archive: Archive, table: Member) -> None:
        self._archive, self._lock = archive, threading.Lock()
        self._folder = PurePosixPath(table.name).parent
        self._members = {member.name: member for member in archive.members if member.name.lower().endswith(ENDINGS)}

    def read(self, path: str) -> bytes | None:
        """See ``PictureSource.read``."""
        member = self._members.get(self._place(path))
        if member is None or member.size > LARGEST_FILE:
            return None
        with self._lock:
            return self._archive.read(member, LARGEST_FILE)

    def unreferenced(self, paths: Iterable[str]) -> int:
        """See ``PictureSource.unreferenced``."""
        return len(self._members.keys() - {self._place(path) for path in paths})

    def _place(self, path: str) -> str:
        below = str(self._folder / path)
        return below if below in self._members else path
