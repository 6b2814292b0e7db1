"""The workbook stream of a BIFF8 file ([MS-XLS] 2.1.7.20): its globals and then its sheets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from narrowgate.errors import DataError
from narrowgate.inspection.channels import ooxml, spreadsheet, xls
from narrowgate.inspection.ooxml.styles import Styles
from narrowgate.inspection.sheets import Area, Sheet, Visibility
from narrowgate.inspection.xls.around import Around
from narrowgate.inspection.xls.pictures import Pictures
from narrowgate.inspection.xls.records import BOF, EOF, Record, records, text_at
from narrowgate.inspection.xls.sheet import Cells, filters_of
from narrowgate.inspection.xls.strings import Strings
from narrowgate.inspection.xls.styles import StyleReader
from narrowgate.model.inspection import Finding

_BIFF8 = 0x0600
_TABLE, _MACROS, _CHART, _MODULE = 0, 1, 2, 6
_CHART_VALUES = {0x0203, 0x0204, 0x0205}
_VISIBILITY: tuple[Visibility, ...] = ("visible", "hidden", "very hidden", "very hidden")
_FILTERED_RANGE = ("\x0d", "_FilterDatabase")
_AREAS = {0x3B, 0x5B, 0x7B}
_REMEDY = "save it anew as .xlsx"


@dataclass(frozen=True)
class _Listed:
    """A sheet as the globals list it ([MS-XLS] 2.4.28)."""

    number: int
    offset: int
    visibility: Visibility
    kind: int
    name: str

    @property
    def where(self) -> str:
        return f"sheet {self.number}"


@dataclass
class _Open:
    """The sheet that is being read."""

    listed: _Listed | None
    cells: Cells
    around: Around
    is_dialog: bool = False
    filtering: bool = False
    charted: int = 0
    """Values that its charts keep."""


class WorkbookReader:
    """Gathers the sheets and the channels of a workbook stream.

    Args:
        pictures: takes up what is drawn.
    """

    def __init__(self, pictures: Pictures) -> None:
        self._pictures = pictures
        self._styles, self._strings = StyleReader(), Strings()
        self._found: Styles | None = None
        self._globals = Around()
        self._listed: list[_Listed] = []
        self._ranges: dict[int, list[Area]] = {}
        self._open: _Open | None = None
        self._sheets: dict[int, Sheet] = {}
        self._findings: list[Finding] = []
        self._between = self._loose = 0
        self._global_takes = {
            0x0085: self._list,
            0x0018: self._name,
            0x00FC: self._strings.read,
            0x00E0: self._styles.format,
            0x0031: self._styles.font,
            0x041E: self._styles.code,
            0x0092: self._styles.palette,
            0x087D: self._styles.extension,
            0x00EB: self._pictures.group,
        }

    def read(self, blocks: Iterable[bytes]) -> None:
        """Read the stream.

        Raises:
            DataError: it is encrypted, not BIFF8, or cannot be followed.
        """
        depth, substreams = 0, 0
        for record in records(blocks):
            if record.kind == BOF:
                depth += 1
                substreams += depth == 1
                if depth == 1:
                    self._begin(record, substreams)
            elif depth == 0:
                self._between += len(record.data) - record.data.count(0) + (record.kind != 0)
            elif record.kind == EOF:
                depth -= 1
                if depth == 0:
                    self._end()
            elif self._open is None:
                self._global(record)
            else:
                self._of_sheet(self._open, record, depth)
        if depth:
            raise DataError("the workbook's records are cut short", "transfer it again, or save it anew as .xlsx")
        if len(self._sheets) != len(self._listed):
            raise DataError("a sheet is not where the workbook says", _REMEDY)
        if len({sheet.name for sheet in self._sheets.values()}) < len(self._sheets):
            raise DataError("two sheets have the same name", "give each a name of its own")

    def sheets(self) -> tuple[Sheet, ...]:
        """In the workbook's order."""
        return tuple(self._sheets[each.number] for each in self._listed)

    def findings(self) -> Iterator[Finding]:
        """What was found."""
        yield from self._findings
        where = "the workbook"
        tally = self._globals.tally
        tally.add(spreadsheet.ORPHAN_STRINGS, self._strings.unused())
        tally.add(spreadsheet.PHONETICS, self._strings.phonetics)
        tally.add(xls.BETWEEN_SHEETS, self._between)
        tally.add(xls.LOOSE_SHEETS, self._loose)
        yield from tally.findings(where)

    def _begin(self, record: Record, substreams: int) -> None:
        if record.number(0) != _BIFF8:
            raise DataError("the workbook is of a version before Excel 97", _REMEDY)
        if substreams == 1:
            return
        if self._found is None:
            self._found = self._styles.styles()
        listed = next((each for each in self._listed if each.offset == record.offset), None)
        self._open = _Open(listed, Cells(self._found, self._strings), Around())

    def _end(self) -> None:
        sheet, self._open = self._open, None
        if sheet is None:
            return
        if sheet.listed is None:
            self._loose += sheet.cells.values() > 0  # Excel writes empty ones behind the sheets
            return
        where, kind = sheet.listed.where, sheet.listed.kind
        if sheet.filtering:
            sheet.cells.filtered = filters_of(self._ranges.get(sheet.listed.number, ()))
        visibility = sheet.listed.visibility
        is_table = kind == _TABLE and not sheet.is_dialog
        self._sheets[sheet.listed.number] = sheet.cells.sheet(sheet.listed.name, visibility, is_table)
        if visibility != "visible":
            channel = spreadsheet.HIDDEN_SHEET if visibility == "hidden" else spreadsheet.VERY_HIDDEN_SHEET
            self._findings.append(channel.found(where, 1, sheet.cells.values() + sheet.charted))
        tally = sheet.around.tally
        tally.add(ooxml.MACRO_SHEETS, kind == _MACROS)
        tally.add(ooxml.DIALOG_SHEETS, sheet.is_dialog)
        tally.add(spreadsheet.MACROS, kind == _MODULE)
        tally.add(spreadsheet.CHART_CACHE, sheet.charted)
        tally.add(spreadsheet.SHAPES, self._pictures.described())
        self._findings += [*sheet.cells.findings(where), *tally.findings(where)]

    def _global(self, record: Record) -> None:
        if record.kind == 0x002F:
            raise DataError("the workbook is encrypted", "open it, and save it without a password")
        if take := self._global_takes.get(record.kind):
            take(record)
        else:
            self._globals.take(record)

    def _of_sheet(self, sheet: _Open, record: Record, depth: int) -> None:
        is_chart = depth > 1 or (sheet.listed is not None and sheet.listed.kind == _CHART)
        if record.kind == 0x002F:
            raise DataError("the workbook is encrypted", "open it, and save it without a password")
        if is_chart:
            sheet.charted += record.kind in _CHART_VALUES
            sheet.around.take(record)
        elif record.kind == 0x0081:
            sheet.is_dialog = bool(record.number(0) & 0x10)
        elif record.kind == 0x009B:
            sheet.filtering = True
        elif record.kind == 0x00EC:
            self._pictures.drawing(record)
        elif not sheet.cells.take(record):
            sheet.around.take(record)
            if record.kind == 0x005D:
                self._pictures.owned_by(sheet.around.at_comment)

    def _list(self, record: Record) -> None:
        name, _ = text_at(record.data, 7, record.number(6, 1))
        state, kind = record.number(4, 1) & 3, record.number(5, 1)
        number = len(self._listed) + 1
        self._listed.append(_Listed(number, record.number(0, 4), _VISIBILITY[state], kind, name.replace("\0", "")))

    def _name(self, record: Record) -> None:
        """A defined name ([MS-XLS] 2.4.150)."""
        flags, formula = record.number(0), record.number(4)
        name, at = text_at(record.data, 14, record.number(3, 1))
        if name in _FILTERED_RANGE and formula >= 11 and record.number(at, 1) in _AREAS:
            top, bottom, left, right = (record.number(at + step) for step in (3, 5, 7, 9))
            area = Area(top, left & 0xFF, bottom, right & 0xFF)
            self._ranges.setdefault(record.number(8), []).append(area)
        elif not flags & 0x20:
            self._globals.tally.add(spreadsheet.HIDDEN_NAMES if flags & 1 else spreadsheet.DEFINED_NAMES)
