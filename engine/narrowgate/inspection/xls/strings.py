"""The shared strings of a workbook ([MS-XLS] 2.4.265): which are blank, which a cell shows, which have readings."""

from __future__ import annotations

from narrowgate.errors import DataError
from narrowgate.inspection.xls.records import Pieces, Record

_WIDE, _EXTENDED, _RICH = 1, 4, 8
_BLANK, _USED = 1, 2


class Strings:
    """The shared strings; none until ``read``."""

    def __init__(self) -> None:
        self._states = bytearray()
        self.phonetics = 0
        """How many have readings ([MS-XLS] 2.5.86)."""

    def read(self, record: Record) -> None:
        """Take them up.

        Raises:
            DataError: they are cut short.
        """
        pieces = Pieces((record.data, *record.more))
        pieces.take(4)
        for _ in range(pieces.number(4)):
            if pieces.at_end():
                break  # some programs count more than there are
            self._states.append(_BLANK if self._one(pieces) else 0)

    def _one(self, pieces: Pieces) -> bool:
        """Read a string ([MS-XLS] 2.5.293). Returns whether it is blank."""
        count, flags = pieces.number(2), pieces.number(1)
        runs = pieces.number(2) if flags & _RICH else 0
        extension = pieces.number(4) if flags & _EXTENDED else 0
        blank = pieces.is_blank(count, bool(flags & _WIDE))
        for _ in range(runs):
            pieces.take(4)
        if extension:
            head = pieces.take(min(extension, 12))
            pieces.take(extension - len(head))
            self.phonetics += len(head) == 12 and head[10:12] != b"\0\0"
        return blank

    def use(self, number: int) -> bool:
        """Note that a cell shows a string. Returns whether it is one that is not blank.

        Raises:
            DataError: there is none of that number.
        """
        if number >= len(self._states):
            raise DataError("a cell shows a text that is not there", "save it anew as .xlsx")
        self._states[number] |= _USED
        return not self._states[number] & _BLANK

    def unused(self) -> int:
        """How many no cell shows and are not blank."""
        return self._states.count(0)
