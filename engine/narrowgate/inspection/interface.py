"""What an inspector provides.

An inspector is one module in ``inspection/formats`` with an ``INSPECTOR``; its name is the module's, and the kind that
reports name. Nothing else lists inspectors.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from narrowgate.inspection.sheets import Workbook
from narrowgate.model.inspection import Finding

HEAD = 512
"""Bytes by which a file's kind is told."""


@dataclass(frozen=True)
class Subject:
    """A file to look into.

    Args:
        file: seekable, and read by nobody else meanwhile.
        name: how it is called; only its ending counts, and only where the content does not tell.
        depth: how many containers it lies in.
        delimiter: what stands between the cells of a text table, where that is known.
    """

    file: BinaryIO
    name: str = ""
    depth: int = 0
    delimiter: str | None = None

    def head(self) -> bytes:
        """The first bytes."""
        self.file.seek(0)
        return self.file.read(HEAD)

    def size(self) -> int:
        """Bytes."""
        return self.file.seek(0, 2)


@dataclass(frozen=True)
class Inspection:
    """What was found."""

    kind: str
    findings: tuple[Finding, ...]
    workbook: Workbook | None = None
    """What a spreadsheet shows and hides."""


@dataclass(frozen=True)
class Found:
    """What one inspector makes of a file."""

    findings: tuple[Finding, ...]
    workbook: Workbook | None = None


@dataclass(frozen=True)
class Inspector:
    """Looks into files of one kind.

    ``inspect`` reports every channel, one finding a channel and place, however malformed the file, as long as it can
    be followed; where it cannot, it raises ``DataError``, and no other error. It says neither values nor names that
    somebody gave, reads parts as streams, and keeps memory bounded by what it counts.
    """

    recognises: Callable[[Subject], bool]
    """Whether a file is of this kind, by its content alone."""
    inspect: Callable[[Subject], Found]
    suffixes: tuple[str, ...] = ()
    """For kinds that content does not tell."""
    order: int = 0
    """Kinds are tried in ascending order: those that are also of a more general kind come first."""
    name: str = ""
    """Set from the module's name."""
