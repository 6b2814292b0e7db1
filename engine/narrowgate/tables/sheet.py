"""A report as a workbook. Nothing in it is a formula, and the same report gives the same bytes."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from narrowgate.tables.files import OutputFile

_WIDEST = 60
_LONGEST_CELL = 32_767
_MADE = datetime(2000, 1, 1)


def write_sheet(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str | int | None]]) -> None:
    """Write a workbook with one sheet, its header in bold and frozen. It appears whole, or not at all.

    Args:
        rows: a cell for each of ``columns``; None is an empty one. What is too long for a cell is cut.

    Raises:
        FileError: it cannot be written.
    """
    with OutputFile(path, "xlsx") as output:
        with output.stream() as stream:
            stream.write(_workbook(columns, [list(row) for row in rows]))
        output.seal()
        output.publish()


def _workbook(columns: Sequence[str], rows: Sequence[Sequence[str | int | None]]) -> bytes:
    import xlsxwriter

    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        book.set_properties({"created": _MADE})
        bold = book.add_format({"bold": True, "bottom": 1, "valign": "top"})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        sheet = book.add_worksheet("Sheet1")
        sheet.freeze_panes(1, 0)
        for column, name in enumerate(columns):
            longest = max((len(str(row[column])) for row in rows if row[column] is not None), default=0)
            sheet.set_column(column, column, min(max(len(name), longest), _WIDEST) + 2)
            sheet.write_string(0, column, name, bold)
        for number, row in enumerate(rows, 1):
            for column, cell in enumerate(row):
                if isinstance(cell, int):
                    sheet.write_number(number, column, cell, wrapped)
                elif cell is not None:
                    sheet.write_string(number, column, cell[:_LONGEST_CELL], wrapped)
    return target.getvalue()
