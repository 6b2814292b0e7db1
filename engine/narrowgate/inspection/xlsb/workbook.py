"""What a workbook's own part and its tables say in binary records (MS-XLSB 2.1.7)."""

from __future__ import annotations

from collections.abc import Iterable

from narrowgate.errors import DataError
from narrowgate.inspection.channels import ooxml, spreadsheet
from narrowgate.inspection.ooxml.tables import Table
from narrowgate.inspection.ooxml.workbook import BUILT_IN, MOST_SHEETS, Book, Entry
from narrowgate.inspection.sheets import Area, Visibility
from narrowgate.inspection.xlsb.records import Fields, records

_STATES: dict[int, Visibility] = {1: "hidden", 2: "very hidden"}
_SHEET, _NAME, _PATH = 156, 39, 2071
_SHARING, _SHARING_ISO = 548, 676
_VIEW = 397
_LOCKS = {534: 4, 677: 8}
"""BrtBookProtection and BrtBookProtectionIso: where each says what is locked."""


def read_workbook(blocks: Iterable[bytes], where: str) -> Book:
    """What the workbook part says.

    Raises:
        DataError: it is not sound.
    """
    book = Book()
    for kind, data in records(blocks, where):
        fields = Fields(data, where)
        if kind == _SHEET:
            if len(book.sheets) >= MOST_SHEETS:
                raise DataError(f"{where}: it has more than {MOST_SHEETS:,} sheets", "split it")
            state = _STATES.get(fields.number(4), "visible")
            relationship = fields.skip(4).text()
            book.sheets.append(Entry(fields.text(), relationship, state))
        elif kind == _NAME:
            _name(book, fields)
        elif kind == _PATH:
            book.counts[spreadsheet.PATHS] += 1
        elif kind in {_SHARING, _SHARING_ISO}:
            book.counts[spreadsheet.PROTECTION] += 1
        elif kind in _LOCKS:
            book.counts[spreadsheet.PROTECTION] += fields.skip(_LOCKS[kind]).number(2) > 0
        elif kind == _VIEW:
            book.counts[ooxml.CUSTOM_VIEWS] += 1
    return book


def _name(book: Book, fields: Fields) -> None:
    """BrtName (2.4.711)."""
    flags = fields.number(4)
    hidden, built_in = bool(flags & 1), "_xlnm." if flags & 0x20 else ""
    name = fields.skip(5).text()
    formula = fields.bytes(fields.number(4))
    fields.skip(fields.number(4))
    comment = fields.text()
    if f"{built_in}{name.lower().removeprefix('_xlnm.')}" in BUILT_IN:
        return
    book.counts[spreadsheet.HIDDEN_NAMES if hidden else spreadsheet.DEFINED_NAMES] += 1
    if comment:
        book.counts[ooxml.NAME_COMMENTS] += 1
    if _is_constant(formula):
        book.counts[ooxml.NAME_CONSTANTS] += 1


def _is_constant(formula: bytes) -> bool:
    """Whether a formula is one text, number, truth value or array (2.5.97.x: PtgStr to PtgArray)."""
    if not formula:
        return False
    if formula[0] == 0x17:
        return len(formula) == 3 + 2 * int.from_bytes(formula[1:3], "little")
    sizes = {0x1D: 2, 0x1E: 3, 0x1F: 9, 0x20: 15, 0x40: 15, 0x60: 15}
    return sizes.get(formula[0]) == len(formula)


_TABLE, _LOOK, _BEGIN_FILTER, _CRITERIA = 343, 513, 161, frozenset({165, 168, 169, 170, 171, 172})


def read_table(blocks: Iterable[bytes], where: str) -> Table:
    """What a table's part says (BrtBeginList, 2.4.107).

    Raises:
        DataError: it is not sound.
    """
    table = Table()
    for kind, data in records(blocks, where):
        fields = Fields(data, where)
        if kind == _TABLE:
            table.area = _area(fields)
            table.heads, table.totals = fields.skip(8).number(4), fields.number(4)
            names = [fields.skip(32).text(), fields.text()]
            table.name = names[1] or names[0]
            table.comment = bool(fields.text())
        elif kind == _BEGIN_FILTER:
            table.filtered = _area(fields)
        elif kind in _CRITERIA:
            table.criteria += 1
        elif kind == _LOOK:
            table.styled = bool(fields.skip(2).text())
    return table


def _area(fields: Fields) -> Area:
    top, bottom, left, right = (fields.number(4) for _ in range(4))
    return Area(top, left, bottom, right)
