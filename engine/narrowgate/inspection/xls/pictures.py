"""What is drawn on the sheets of a BIFF8 workbook ([MS-ODRAW] 2.2): pictures, and shapes with descriptions."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator

from narrowgate.errors import DataError
from narrowgate.inspection.channels import spreadsheet
from narrowgate.inspection.interface import Subject
from narrowgate.inspection.xls.records import Record
from narrowgate.model.inspection import Finding

_HEAD = struct.Struct("<2HI")
_CONTAINER = 0xF
_BLIPS = range(0xF018, 0xF118)
_BITMAPS = {0xF01D: (0x46A, 0x6E2), 0xF02A: (0x46A, 0x6E2), 0xF01E: (0x6E0,)}
"""JPEG and PNG: the instances in which one checksum stands before the bytes; in others there are two."""
_ENTRY, _OPTIONS = 0xF007, {0xF00B, 0xF122}
_ENTRY_HEAD = 36
_DESCRIPTION = 0x0381
_GROUP_FLAGS = 0x03BF
_HIDDEN = 0x0002_0002
_COMPLEX = 0x8000


class Pictures:
    """Gathers what is drawn.

    Args:
        subject: the workbook, for looking into its pictures.
    """

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._count = 0
        self._inside: list[Finding] = []
        self._told = 0
        self._pending = False

    def group(self, record: Record) -> None:
        """The pictures of all sheets ([MS-XLS] 2.4.171)."""
        data = b"".join((record.data, *record.more))
        for kind, instance, at, end in _atoms(data):
            if kind in _BLIPS:
                self._count += 1
                self._look_into(kind, instance, data[at:end])

    def drawing(self, record: Record) -> None:
        """Shapes of one sheet ([MS-XLS] 2.4.170)."""
        options = (record.data[at:end] for kind, _, at, end in _atoms(record.data) if kind in _OPTIONS)
        self._pending = any(map(_tells, options))

    def owned_by(self, is_comment: bool) -> None:
        """What the shape that came last is for. Comments are counted elsewhere, and hidden as long as nobody points."""
        self._told += self._pending and not is_comment
        self._pending = False

    def described(self) -> int:
        """How many shapes since the last call are hidden or have an alternative text."""
        told, self._told = self._told, 0
        return told

    def findings(self) -> Iterator[Finding]:
        """The pictures, and what stands in them."""
        if self._count:
            yield spreadsheet.PICTURES.found("the workbook", self._count)
        yield from self._inside

    def _look_into(self, kind: int, instance: int, data: bytes) -> None:
        from narrowgate.inspection.inspect import inspect_subject

        if kind not in _BITMAPS:
            return
        start = 17 if instance in _BITMAPS[kind] else 33
        if len(data) <= start:
            return
        try:
            found = inspect_subject(Subject(io.BytesIO(data[start:]), "", self._subject.depth + 1))
        except DataError:
            return  # no picture that can be looked into: it is counted as one all the same
        where = f"picture {self._count}"
        self._inside += [each.model_copy(update={"where": f"{where}: {each.where}"}) for each in found.findings]


def _atoms(data: bytes) -> Iterator[tuple[int, int, int, int]]:
    """The records that hold no others: kind, instance, and where they begin and end."""
    at = 0
    while at + _HEAD.size <= len(data):
        flags, kind, size = _HEAD.unpack_from(data, at)
        at += _HEAD.size
        if flags & _CONTAINER == _CONTAINER:
            continue
        yield kind, flags >> 4, at, min(at + size, len(data))
        at += _ENTRY_HEAD + data[at + 33] if kind == _ENTRY and at + 33 < len(data) else size


def _tells(data: bytes) -> bool:
    """Whether the options of a shape hide it or give it an alternative text ([MS-ODRAW] 2.3.4)."""
    for at in range(0, len(data) - 5, 6):
        number, value = struct.unpack_from("<HI", data, at)
        if number & 0x3FFF == _DESCRIPTION and number & _COMPLEX and value > 2:
            return True
        if number & 0x3FFF == _GROUP_FLAGS and value & _HIDDEN == _HIDDEN:
            return True
    return False
