"""Workbooks: one table on one sheet, read by calamine; what the sheet hides is left out."""

from __future__ import annotations

import datetime
import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from narrowgate.errors import DataError, UsageError
from narrowgate.inspection.channels import spreadsheet as channels
from narrowgate.inspection.sheets import Area, Sheet, letters
from narrowgate.model.entry import FileDigest
from narrowgate.model.inspection import Finding
from narrowgate.model.source import Dialect
from narrowgate.native import Panic, quietly
from narrowgate.tables.input import InputFile
from narrowgate.tables.interface import JSON_CELL

CHUNK = 4_000
"""Records handed on at a time."""
MOST_COLUMNS = 1000
LARGEST = 64 << 20
"""Cells of the area that a sheet may span: calamine keeps all of it in memory, empty cells included."""
MOST_COVERED = 4 << 20
EXACT = 10**15
"""Numbers below it stand in a spreadsheet digit by digit."""

Cell = Any
"""What calamine makes of a cell: a text, number, truth value or time; an empty text for nothing and for errors."""
Row = list[Cell]

_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6}):([A-Z]{1,3})([1-9][0-9]{0,6})")
_BROKEN = "\0"
"""Stands for a cell that no field allows."""


class WorkbookReader:
    """Reads the table on one sheet of a workbook.

    The table begins with its header, in the first row that holds something unless the dialect says where, and ends
    before the first row that holds nothing. Hidden rows and columns, and cells that do not show what they hold, are
    passed over. What stands outside the table is counted.
    """

    typed: Mapping[str, pl.DataType] = {}

    def __init__(self, file: InputFile, dialect: Dialect) -> None:
        self._file = file
        self._number, self._sheet = _chosen(file, dialect.sheet)
        if self._sheet.extent is not None and _size(self._sheet.extent) > LARGEST:
            raise DataError(f"{file.path}: the sheet's cells lie too far apart", "delete all but the table")
        self._declared = _declared(self._sheet, dialect.table, file) if dialect.table else None
        self._off_table = 0
        self._rows = self._shown_rows()
        self._columns, self.columns = self._header(dialect.header_rows)
        self._outside = [c for c in range(self._width) if c not in set(self._columns)]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """See ``TableReader.findings``."""
        if not self._off_table:
            return ()
        return (channels.OFF_TABLE.found(f"sheet {self._number}", self._off_table),)

    def chunks(self) -> Generator[list[Row], None, None]:
        """See ``TableReader.chunks``."""
        self._file.read_through()
        run: list[Row] = []
        empty, ended = True, False
        for number, row in self._rows:
            outside = [row[column] for column in self._outside]
            self._off_table += len(outside) - outside.count("")
            cells = [row[column] for column in self._columns]
            filled = len(cells) - cells.count("")
            if ended or (self._declared and number > self._declared.bottom):
                self._off_table += filled
            elif not filled:
                ended = self._declared is None
            else:
                empty = False
                run.append(cells)
                if len(run) >= CHUNK:
                    yield run
                    run = []
        if empty:
            raise DataError(f"{self._file.path} holds a header and no records", "export it again")
        if run:
            yield run
        self._file.require_unchanged()

    def frame(self, chunk: list[Row], wanted: Mapping[str, str]) -> pl.DataFrame:
        """See ``TableReader.frame``."""
        places = {field: self.columns.index(column) for column, field in wanted.items()}
        return pl.DataFrame(
            [made for field, place in places.items() for made in _series(field, [row[place] for row in chunk])]
        )

    def digest(self) -> FileDigest:
        """See ``TableReader.digest``."""
        assert self._file.digest is not None
        return self._file.digest

    def close(self) -> None:
        """See ``TableReader.close``."""
        self._file.close()

    def _shown_rows(self) -> Iterator[tuple[int, Row]]:
        """The rows that can be seen, by number, each from the sheet's first column; what does not show is empty."""
        rows, first = _loaded(self._file, self._sheet.name)
        hidden, unreadable = self._sheet.hidden_columns, _not_shown(self._sheet)
        padding = [""] * first
        self._width = 0
        for number, cells in enumerate(rows):
            if number in self._sheet.hidden_rows:
                continue
            row = padding + cells if padding else cells
            self._width = max(self._width, len(row))
            for column in (*hidden, *unreadable.get(number, ())):
                if column < len(row):
                    row[column] = ""
            yield number, row

    def _header(self, depth: int) -> tuple[list[int], tuple[str, ...]]:
        """The table's columns, and their names."""
        path, declared = self._file.path, self._declared
        rows: dict[int, Row] = {}
        for number, row in self._rows:
            if len(rows) == depth:
                break
            if (declared and number < declared.top) or not (rows or len(row) > row.count("")):
                self._off_table += len(row) - row.count("")
                continue
            rows[number] = row
            if len(rows) == depth:
                break
        if not rows:
            raise DataError(
                f"{path}: nothing can be seen on the sheet", "see: narrowgate inspect, or name another by --sheet"
            )
        names = [self._name(rows, column) for column in range(self._width)]
        columns = self._span(names, declared)
        outside = [row[c] for row in rows.values() for c in range(self._width) if c not in columns]
        self._off_table += len(outside) - outside.count("")
        self._check([names[column] for column in columns], columns)
        return columns, tuple(names[column] for column in columns)

    def _name(self, rows: Mapping[int, Row], column: int) -> str:
        """A column's name: what stands over it, a merged cell's text in all that it covers."""
        parts: list[str] = []
        for number, row in rows.items():
            area = next((area for area in self._sheet.merged if area.holds(number, column)), None)
            cell = rows[area.top][area.left] if area and area.top in rows else row[column]
            text = (_text(cell) or "").strip()
            if text and text not in parts[-1:]:
                parts.append(text)
        return " ".join(parts)

    def _span(self, names: Sequence[str], declared: Area | None) -> list[int]:
        """The columns from the first that has a name to the last before one that has none, hidden ones aside."""
        shown = [column for column in range(len(names)) if column not in self._sheet.hidden_columns]
        if declared:
            return [column for column in shown if declared.left <= column <= declared.right]
        first = next((place for place, column in enumerate(shown) if names[column]), len(shown))
        last = next((place for place in range(first, len(shown)) if not names[shown[place]]), len(shown))
        return shown[first:last]

    def _check(self, names: Sequence[str], columns: Sequence[int]) -> None:
        path = self._file.path
        if not names:
            raise DataError(
                f"{path}: nothing can be seen on the sheet", "see: narrowgate inspect, or name another by --sheet"
            )
        if "" in names:
            where = letters(columns[names.index("")])
            raise DataError(f"{path}: column {where} has no name", "name every column, or say --header-rows 2")
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            first, second = [letters(columns[n]) for n, name in enumerate(names) if name == twice][:2]
            remedy = "name each column differently, or say --header-rows 2 where a second row tells them apart"
            raise DataError(f"{path}: columns {first} and {second} have the same name", remedy)
        if len(names) > MOST_COLUMNS:
            raise DataError(f"{path}: {len(names)} columns are more than {MOST_COLUMNS}", "export fewer of them")


def _chosen(file: InputFile, name: str | None) -> tuple[int, Sheet]:
    """The sheet to read, and its number from 1."""
    inspection = file.table_inspection
    if inspection.kind != file.format or inspection.workbook is None:
        raise DataError(f"{file.path} is {inspection.kind} and not {file.format}", f"say --from {inspection.kind}")
    names = [sheet.name.casefold() for sheet in inspection.workbook.sheets]
    if len(set(names)) < len(names):
        # Which of them calamine gives for the name is not for us to say.
        raise DataError(f"{file.path}: two sheets have the same name", "rename one, or delete it")
    sheets = [(number, sheet) for number, sheet in enumerate(inspection.workbook.sheets, 1) if sheet.is_table]
    if name is not None:
        named = next((each for each in sheets if each[1].name == name or str(each[0]) == name), None)
        if named is None:
            shown = ", ".join(str(number) for number, sheet in sheets if sheet.visibility == "visible")
            raise UsageError(f"{file.path} has no sheet of that name", f"say its name, or --sheet {shown}")
        if named[1].visibility != "visible":
            raise DataError(f"{file.path}: sheet {named[0]} is hidden", "show it and look, before it is sent")
        return named
    filled = [each for each in sheets if each[1].visibility == "visible" and each[1].extent is not None]
    if len(filled) != 1:
        found = f"{len(filled)} sheets that can be seen and hold something" if filled else "no sheet that can be read"
        numbers = " or ".join(str(number) for number, _ in filled)
        raise UsageError(f"{file.path} has {found}", f"say --sheet {numbers}" if filled else "see: narrowgate inspect")
    return filled[0]


def _not_shown(sheet: Sheet) -> Mapping[int, Sequence[int]]:
    """By row, the columns of cells that do not show what they hold: unreadable ones, and those under a merged cell."""
    columns: dict[int, list[int]] = {}
    for row, column in sheet.unreadable:
        columns.setdefault(row, []).append(column)
    covered, extent = 0, sheet.extent or Area(0, 0, -1, -1)
    for area in sheet.merged:
        shown = area._replace(bottom=min(area.bottom, extent.bottom), right=min(area.right, extent.right))
        covered += max(0, shown.bottom - shown.top + 1) * max(0, shown.right - shown.left + 1)
        if covered > MOST_COVERED:
            raise DataError("a sheet has too many merged cells", "unmerge them")
        for row in range(shown.top, shown.bottom + 1):
            begins = shown.left + (row == shown.top)
            columns.setdefault(row, []).extend(range(begins, shown.right + 1))
    return columns


def _declared(sheet: Sheet, table: str, file: InputFile) -> Area:
    if table in sheet.tables:
        return sheet.tables[table]
    found = _REFERENCE.fullmatch(table.replace("$", "").upper())
    if not found:
        raise UsageError(
            f"{file.path} has no table {table} on that sheet", "say two corners, A3:F900, or a table's name"
        )
    left, top, right, bottom = found.groups()
    return Area(int(top) - 1, _number(left), int(bottom) - 1, _number(right))


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _size(area: Area) -> int:
    return (area.bottom + 1) * (area.right - area.left + 1)


def _loaded(file: InputFile, sheet: str) -> tuple[Iterator[Row], int]:
    """The sheet's rows from its first, and the column at which each begins."""
    import python_calamine as calamine

    try:
        with quietly(), file.plain.open("rb") as content:
            loaded = calamine.CalamineWorkbook.from_filelike(content).get_sheet_by_name(sheet)
            return loaded.iter_rows(), loaded.start[1] if loaded.start else 0
    except (calamine.CalamineError, Panic) as error:
        raise DataError(f"{file.path} is not a sound {file.format}", "save it anew and export again") from error


def _series(field: str, cells: list[Cell]) -> Iterator[pl.Series]:
    if set(map(type, cells)) <= {str}:
        yield pl.Series(field, cells, dtype=pl.String).replace("", None)
        return
    yield pl.Series(field, [_text(cell) for cell in cells], dtype=pl.String)
    yield pl.Series(field + JSON_CELL, [_literal(cell) for cell in cells], dtype=pl.String)


def _text(cell: Cell) -> str | None:
    match cell:
        case str():
            return cell or None
        case bool() | float() | int():
            return _literal(cell) or _BROKEN
        case datetime.datetime():
            midnight = cell.time() == datetime.time()
            return cell.date().isoformat() if midnight else cell.isoformat(timespec="seconds")
        case datetime.date():
            return cell.isoformat()
        case datetime.time():
            return cell.isoformat(timespec="seconds")
        case _:
            return _BROKEN


def _literal(cell: Cell) -> str | None:
    """A number or truth value as JSON; None for all else, and for numbers that a spreadsheet rounds."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if not isinstance(cell, (int, float)) or not abs(cell) < EXACT:
        return None
    return str(int(cell)) if cell == int(cell) else f"{cell:.15g}"
