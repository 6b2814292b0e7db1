"""One sheet of a BIFF8 workbook as its records come in ([MS-XLS] 2.1.7.20.5)."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

from narrowgate.errors import DataError
from narrowgate.inspection.channels import spreadsheet as channels
from narrowgate.inspection.ooxml.grid import Grid, Look, Span, columns_of, numbers
from narrowgate.inspection.ooxml.styles import Styles
from narrowgate.inspection.sheets import Area, Sheet, Visibility
from narrowgate.inspection.xls.records import Record
from narrowgate.inspection.xls.strings import Strings
from narrowgate.model.inspection import Finding

_NUMBER, _LABEL, _RICH_LABEL, _BOOLEAN, _RK, _SHARED = 0x0203, 0x0204, 0x00D6, 0x0205, 0x027E, 0x00FD
_ROW, _COLUMNS, _DEFAULT_HEIGHT = 0x0208, 0x007D, 0x0225
_NUMBER_CELL, _SHORT_CELL, _RK_OF_MANY = struct.Struct("<3Hd"), struct.Struct("<3HI"), struct.Struct("<HI")
_MOST_COLUMNS = 256
_MOST_MERGED = 1 << 20
_FLAT = 15
"""Twentieths of a point below which a row shows nothing: less than a pixel."""
_NARROW = 26
"""256ths of a character below which a column shows nothing."""


class Cells:
    """The cells, rows and columns of a sheet.

    Args:
        styles: formats in which something may not be seen.
        strings: the workbook's, which learn which of them are shown.
    """

    def __init__(self, styles: Styles, strings: Strings) -> None:
        self._styles, self._strings = styles, strings
        self._suspicious = styles.suspicious
        self._masks: dict[int, int] = {}
        self._unreadable: dict[int, int] = {}
        self._looks: dict[int, Look] = {}
        self._spans: list[Span] = []
        self._merged: list[Area] = []
        self._flat_by_default = False
        self.filtered: tuple[Area, ...] = ()
        """Ranges of filters at work."""
        self._takes = {
            _NUMBER: self._number,
            _RK: self._compact,
            0x00BD: self._many,
            _SHARED: self._shared,
            _LABEL: lambda record: self._text(record, record.number(6)),
            _RICH_LABEL: lambda record: self._text(record, record.number(6)),
            _BOOLEAN: lambda record: self._put(record.number(0), record.number(2), record.number(4), "b", ""),
            0x0006: self._formula,
            _ROW: self._row,
            _COLUMNS: self._column,
            _DEFAULT_HEIGHT: self._default,
            0x00E5: self._merge,
        }
        self._grid: Grid | None = None

    def take(self, record: Record) -> bool:
        """Take up a record. Returns whether it is of the cells, rows and columns."""
        take = self._takes.get(record.kind)
        if take is None:
            return False
        try:
            take(record)
        except struct.error as error:
            raise DataError("a cell's record is cut short", "save it anew as .xlsx") from error
        return True

    def values(self) -> int:
        """How many cells hold something."""
        return self._whole().values()

    def findings(self, where: str) -> Iterator[Finding]:
        """What of them cannot be seen."""
        grid = self._whole()
        yield from grid.unseen(self.filtered, self._spans, where)
        for channel, count in (
            (channels.UNREADABLE_CELLS, len(grid.unreadable)),
            (channels.COVERED_CELLS, grid.covered(self._merged)),
            (channels.FAR_CELLS, grid.far()),
        ):
            if count:
                yield channel.found(where, count)

    def sheet(self, name: str, visibility: Visibility, is_table: bool) -> Sheet:
        """What the sheet shows and hides."""
        grid, hidden = self._whole(), 0
        used = 0
        for mask in grid.masks:
            used |= mask
        for narrow in (True, False):
            hidden |= columns_of(self._spans, hidden=narrow)
        area = None
        if used:
            left = (used & -used).bit_length() - 1
            area = Area(grid.rows[0], left, grid.rows[-1], used.bit_length() - 1)
        return Sheet(
            name=name,
            part="",
            is_table=is_table,
            visibility=visibility,
            extent=area,
            hidden_rows=grid.unseen_rows(),
            hidden_columns=numbers(hidden),
            unreadable=frozenset(grid.unreadable),
            merged=tuple(self._merged),
        )

    def _whole(self) -> Grid:
        """All rows, once the last record has come."""
        if self._grid is None:
            self._grid = Grid(flat_by_default=self._flat_by_default)
            for row in sorted(self._masks.keys() | self._looks.keys()):
                look = self._looks.get(row, Look())
                self._grid.add(row, self._masks.get(row, 0), look, self._unreadable.get(row, 0))
            self._masks.clear()
            self._unreadable.clear()
        return self._grid

    def _put(self, row: int, column: int, style: int, kind: str, value: str) -> None:
        if column >= _MOST_COLUMNS:
            raise DataError(f"a sheet has cells beyond {_MOST_COLUMNS} columns", "save it anew as .xlsx")
        self._masks[row] = self._masks.get(row, 0) | 1 << column
        if style in self._suspicious and self._styles.hides(style, kind, value):
            self._unreadable[row] = self._unreadable.get(row, 0) | 1 << column

    def _number(self, record: Record) -> None:
        row, column, style, value = _NUMBER_CELL.unpack_from(record.data)
        self._put(row, column, style, "n", str(value) if style in self._suspicious else "")

    def _compact(self, record: Record) -> None:
        row, column, style, raw = _SHORT_CELL.unpack_from(record.data)
        self._put(row, column, style, "n", str(_rk(raw)) if style in self._suspicious else "")

    def _many(self, record: Record) -> None:
        row, column = record.number(0), record.number(2)
        for style, raw in _RK_OF_MANY.iter_unpack(record.data[4 : 4 + (len(record.data) - 6) // 6 * 6]):
            self._put(row, column, style, "n", str(_rk(raw)) if style in self._suspicious else "")
            column += 1

    def _shared(self, record: Record) -> None:
        row, column, style, at = _SHORT_CELL.unpack_from(record.data)
        if self._strings.use(at):
            self._put(row, column, style, "s", "")

    def _text(self, record: Record, characters: int) -> None:
        if characters:
            self._put(record.number(0), record.number(2), record.number(4), "s", "")

    def _formula(self, record: Record) -> None:
        kind, value = "n", ""
        if record.number(12) == 0xFFFF:
            kind = {0: "str", 1: "b", 2: "e"}.get(record.number(6, 1), "str")
        else:
            value = str(struct.unpack("<d", record.data[6:14])[0])
        self._put(record.number(0), record.number(2), record.number(4), kind, value)

    def _row(self, record: Record) -> None:
        height, flags = record.number(6), record.number(12, 1)
        flat = not height & 0x8000 and height < _FLAT
        self._looks[record.number(0)] = Look(bool(flags & 0x20), flat, flags & 7, own=True)

    def _column(self, record: Record) -> None:
        first, last, width, flags = record.number(0), record.number(2), record.number(4), record.number(8)
        if first <= last:
            self._spans.append(
                Span(first, min(last, _MOST_COLUMNS - 1), bool(flags & 1), width < _NARROW, flags >> 8 & 7)
            )

    def _default(self, record: Record) -> None:
        self._flat_by_default = bool(record.number(0) & 2)

    def _merge(self, record: Record) -> None:
        for at in range(record.number(0)):
            top, bottom, left, right = (record.number(2 + at * 8 + step) for step in (0, 2, 4, 6))
            self._merged.append(Area(top, left, bottom, right))
        if len(self._merged) > _MOST_MERGED:
            raise DataError("a sheet has too many merged cells", "unmerge them")


def _rk(raw: int) -> float:
    """The number that four bytes say ([MS-XLS] 2.5.217)."""
    if raw & 2:
        whole = raw >> 2
        value = float(whole - (1 << 30) if whole >> 29 else whole)
    else:
        value = float(struct.unpack("<d", struct.pack("<Q", (raw & 0xFFFFFFFC) << 32))[0])
    return value / 100 if raw & 1 else value


def filters_of(areas: Sequence[Area]) -> tuple[Area, ...]:
    """The ranges in which a filter hides rows: the whole sheet where the workbook does not say."""
    return tuple(areas) or (Area(-1, 0, 0xFFFF, _MOST_COLUMNS - 1),)
