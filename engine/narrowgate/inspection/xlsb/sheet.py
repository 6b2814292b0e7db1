"""A sheet in binary records (MS-XLSB 2.1.7.61, .62, .21, .11)."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Callable, Iterable

from narrowgate.errors import DataError
from narrowgate.inspection.channels import ooxml, spreadsheet
from narrowgate.inspection.channels.channel import Channel
from narrowgate.inspection.ooxml.facts import SheetFacts, StringUse
from narrowgate.inspection.ooxml.grid import MOST_COLUMNS, MOST_ROWS, PLAIN, THIN_COLUMN, THIN_ROW, Look, Span
from narrowgate.inspection.ooxml.styles import Styles
from narrowgate.inspection.sheets import Area
from narrowgate.inspection.xlsb.records import Fields, cut_short, records

_ROW, _LAST_CELL, _SHORT_FIRST, _SHORT_LAST, _RICH = 0, 11, 12, 18, 62
_BLANK, _RK, _REAL, _ISST, _FORMULA_NUMBER = 1, 2, 5, 7, 9
_KINDS = {1: "n", 2: "n", 3: "e", 4: "b", 5: "n", 6: "str", 7: "s", 8: "str", 9: "n", 10: "b", 11: "e", _RICH: "str"}
"""Types of cells as XML names them, by the records that hold them."""
_COUNTED: dict[int, Channel] = {
    502: spreadsheet.SCENARIOS,
    423: ooxml.CUSTOM_VIEWS,
    655: ooxml.CUSTOM_VIEWS,
    536: spreadsheet.PROTECTION,
    680: spreadsheet.PROTECTION,
    1043: spreadsheet.SPARKLINES,
    1053: spreadsheet.VALIDATION,
    625: ooxml.SHEET_PROPERTIES,
}
"""BrtBeginSct, BrtBeginUserShView, BrtBeginUserCsView, BrtRangeProtection…, BrtSparkline, BrtDVal14, BrtBigName."""
_LOCKS = {535: 2, 669: 2, 678: 4, 679: 4}
"""BrtSheetProtection, BrtCsProtection, and the Iso forms of both: where each says whether it is locked."""
_CRITERIA = frozenset({165, 168, 169, 170, 171, 172, 1178, 1181})
_MERGED, _BEGIN_FILTER, _END_FILTER, _COLUMNS, _DEFAULTS, _RULE, _LINK, _PAGES = 176, 161, 162, 60, 485, 64, 494, 479
_LIST = 3
_CELL = struct.Struct("<II")


def read_sheet(blocks: Callable[[], Iterable[bytes]], styles: Styles, strings: StringUse, where: str) -> SheetFacts:
    """What a sheet holds.

    Args:
        blocks: begins to read the part.
        strings: takes up those that the sheet uses.

    Raises:
        DataError: it is not sound.
    """
    reader = _SheetReader(styles, strings, where)
    for kind, data in records(blocks(), where):
        if kind <= _SHORT_LAST or kind == _RICH:
            if kind == _ROW:
                reader.row(data)
            else:
                reader.cell(kind, data)
        else:
            reader.other(kind, data)
    return reader.finished()


class _SheetReader:
    def __init__(self, styles: Styles, strings: StringUse, where: str) -> None:
        self.facts = SheetFacts()
        self._styles, self._strings, self._where = styles, strings, where
        self._suspicious = styles.suspicious
        self._row, self._column, self._look = -1, -1, PLAIN
        self._mask = self._unreadable = 0
        self._filter: Area | None = None
        self._criteria = 0

    def row(self, data: bytes) -> None:
        """BrtRowHdr (2.4.741)."""
        self._end_row()
        fields = Fields(data, self._where)
        self._row, self._column = fields.number(4), -1
        height, flags = fields.skip(4).number(2), fields.skip(1).number(1)
        self._look = Look(bool(flags & 0x10), height < THIN_ROW * 20, flags & 7, own=True)

    def cell(self, kind: int, data: bytes) -> None:
        """A cell: BrtCellBlank to BrtFmlaError, the short forms of some, and BrtCellRString."""
        head = 8
        try:
            if _SHORT_FIRST <= kind <= _SHORT_LAST:
                kind, head = kind - _SHORT_FIRST + _BLANK, 4
                self._column += 1
                style = int.from_bytes(data[:3], "little")
            else:
                self._column, style = _CELL.unpack_from(data)
                style &= 0xFFFFFF
        except struct.error as error:
            raise cut_short(self._where) from error
        if self._column >= MOST_COLUMNS:
            raise DataError(f"{self._where}: a cell stands beyond the last column", "save it anew")
        if kind == _ISST:
            self._strings.mark(int.from_bytes(data[head : head + 4], "little"))
        if kind != _BLANK:
            self._mask |= 1 << self._column
            if style in self._suspicious and self._styles.hides(style, _KINDS[kind], _value(kind, data[head:])):
                self._unreadable |= 1 << self._column

    def other(self, kind: int, data: bytes) -> None:
        """What surrounds the cells."""
        fields, facts = Fields(data, self._where), self.facts
        if kind in _COUNTED:
            facts.counts[_COUNTED[kind]] += 1
        elif kind in _LOCKS:
            facts.counts[spreadsheet.PROTECTION] += fields.skip(_LOCKS[kind]).number(4) > 0
        elif kind == _DEFAULTS:
            width = fields.number(4)
            facts.grid.flat_by_default = bool(fields.skip(4).number(2) & 2)
            facts.narrow_by_default = width < THIN_COLUMN * 256
        elif kind == _COLUMNS:
            self._span(fields)
        elif kind == _RULE:
            facts.counts[spreadsheet.VALIDATION] += _says_something(fields)
        elif kind == _LINK:
            fields.skip(16).text()
            fields.text()
            facts.counts[ooxml.TOOLTIPS] += bool(fields.text())
        elif kind == _PAGES:
            fields.skip(2)
            facts.counts[spreadsheet.HEADERS_FOOTERS] += sum(bool(fields.text().strip()) for _ in range(6))
        else:
            self._areas(kind, fields)

    def _areas(self, kind: int, fields: Fields) -> None:
        """Merged cells and filters."""
        facts = self.facts
        if kind == _MERGED:
            facts.merged.append(_area(fields))
            if len(facts.merged) > MOST_ROWS:
                raise DataError(f"{self._where}: it has too many merged cells", "unmerge them")
        elif kind == _BEGIN_FILTER:
            self._filter, self._criteria = _area(fields), 0
        elif kind in _CRITERIA:
            self._criteria += 1
        elif kind == _END_FILTER and self._filter and self._criteria:
            facts.filtered.append(self._filter)
            facts.counts[spreadsheet.FILTERS] += self._criteria

    def _span(self, fields: Fields) -> None:
        """BrtColInfo (2.4.326)."""
        first, last, width = fields.number(4), fields.number(4), fields.number(4)
        flags = fields.skip(4).number(2)
        if first > last or len(self.facts.spans) > MOST_COLUMNS:
            raise DataError(f"{self._where}: its columns are out of order", "save it anew")
        last = min(last, MOST_COLUMNS - 1)
        narrow = width < THIN_COLUMN * 256
        self.facts.spans.append(Span(first, last, bool(flags & 1), narrow, flags >> 8 & 7))

    def _end_row(self) -> None:
        if self._row < 0:
            return
        try:
            self.facts.grid.add(self._row, self._mask, self._look, self._unreadable)
        except DataError as error:
            raise DataError(f"{self._where}: {error.message}", error.remedy) from error
        self._mask = self._unreadable = 0

    def finished(self) -> SheetFacts:
        """What was found."""
        self._end_row()
        self.facts.fill_spans()
        self.facts.grid.sort()
        self.facts.counts += Counter()
        return self.facts


def _area(fields: Fields) -> Area:
    """UncheckedRfX (2.5.153)."""
    top, bottom, left, right = (fields.number(4) for _ in range(4))
    return Area(top, min(left, MOST_COLUMNS - 1), bottom, min(right, MOST_COLUMNS - 1))


def _says_something(fields: Fields) -> bool:
    """Whether a rule for input (BrtDVal, 2.4.354) is a list, or has a text."""
    kind = fields.number(4) & 0xF
    fields.skip(fields.number(4) * 16)
    texts = [fields.text() for _ in range(4)]
    return kind == _LIST or any(texts)


def _value(kind: int, data: bytes) -> str:
    """The number in a cell; nothing for others."""
    if kind == _RK and len(data) >= 4:
        whole = int.from_bytes(data[:4], "little", signed=True)
        if whole & 2:
            number = float(whole >> 2)
        else:
            (number,) = struct.unpack("<d", bytes(4) + (whole & 0xFFFFFFFC).to_bytes(4, "little"))
        return str(number / 100 if whole & 1 else number)
    if kind in {_REAL, _FORMULA_NUMBER} and len(data) >= 8:
        return str(struct.unpack_from("<d", data)[0])
    return ""
