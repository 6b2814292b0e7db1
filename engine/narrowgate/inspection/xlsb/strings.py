"""Shared strings in binary records (BrtSSTItem, MS-XLSB 2.4.748)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from narrowgate.inspection.ooxml.facts import StringUse
from narrowgate.inspection.ooxml.strings import StringTable
from narrowgate.inspection.xlsb.records import Fields, records

_STRING = 19
_RICH, _PHONETIC = 1, 2


def read_strings(blocks: Callable[[], Iterable[bytes]], where: str) -> StringTable:
    """The shared strings, counted.

    Args:
        blocks: begins to read the part anew each time.

    Raises:
        DataError: the part is not sound.
    """
    count = phonetics = 0
    for kind, data in records(blocks(), where):
        if kind == _STRING:
            count += 1
            phonetics += data[:1] > b"\1" and _readings(Fields(data, where))
    return StringTable(count, phonetics)


def _readings(fields: Fields) -> int:
    """How many readings a RichStr (2.5.121) has."""
    flags = fields.number(1)
    if not flags & _PHONETIC:
        return 0
    fields.text()
    if flags & _RICH:
        fields.skip(4 * fields.number(4))
    return max(1, fields.number(4)) if fields.text() else 0


def unused_texts(blocks: Iterable[bytes], use: StringUse, where: str) -> int:
    """How many shared strings hold a text and are shown by no cell.

    Raises:
        DataError: the part is not sound.
    """
    found, at = 0, -1
    for kind, data in records(blocks, where):
        if kind == _STRING:
            at += 1
            found += not use.is_used(at) and data[1:5] != bytes(4)
    return found
