"""Excel workbooks: read by calamine; written afresh by XlsxWriter but for the rows, docs/adr/0011."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO

import polars as pl

from narrowgate.errors import Refused
from narrowgate.inspection.archive import Archive
from narrowgate.tables._pack import Deflated, Pack
from narrowgate.tables.formats._sheet_rows import rows_xml
from narrowgate.tables.formats._workbook import WorkbookReader
from narrowgate.tables.interface import Format, WriterOptions

MOST_ROWS = 1_048_576
LONGEST_CELL = 32_767
SAMPLE = 1000
"""Records by which columns get their widths."""
_WIDEST = 60
_PROPERTIES = re.compile(rb"<(?:Override|Relationship)[^>]*/?docProps/[^>]*/>")
_DIMENSION = re.compile(rb"<dimension [^>]*/>")
_LARGEST_PART = 1 << 20
_SHEET, _END_OF_ROWS = "xl/worksheets/sheet1.xml", b"</sheetData>"


@dataclass(frozen=True)
class Cells:
    """Records on their way to a sheet."""

    frame: pl.DataFrame
    lengths: pl.DataFrame
    """Of the cells of the first few, in characters."""


class XlsxWriter:
    """One sheet of texts, numbers and truth values, its header in bold and frozen. Nothing in it is a formula."""

    def __init__(self, options: WriterOptions) -> None:
        self._names = options.names

    def encode(self, frame: pl.DataFrame) -> Cells:
        """See ``TableWriter.encode``."""
        lengths = frame.select(pl.col(self._names).cast(pl.String).str.len_chars().fill_null(0))
        for name, longest in zip(self._names, lengths.max().row(0), strict=True):
            if longest is not None and longest > LONGEST_CELL:
                reason = f"a cell of {name} is longer than the {LONGEST_CELL:,} characters that a sheet's cell may have"
                raise Refused([reason], "release it in another format")
        return Cells(frame, lengths.head(SAMPLE))

    def write(self, parts: Iterable[Cells], target: BinaryIO) -> None:
        """See ``TableWriter.write``."""
        rest = iter(parts)
        first: list[Cells] = []
        for part in rest:
            first.append(part)
            if sum(each.lengths.height for each in first) >= SAMPLE:
                break
        archive, pack = Archive(self._skeleton(first)), Pack(target)
        for member in archive.members:
            content = archive.read(member, _LARGEST_PART)
            if member.name == _SHEET:
                before, end, after = _DIMENSION.sub(b"", content).partition(_END_OF_ROWS)
                with pack.streamed(_SHEET) as sheet:
                    sheet.write(before)
                    self._put(chain(first, rest), sheet)
                    sheet.write(end + after)
            elif not member.name.startswith("docProps/"):
                pack.add(member.name, _PROPERTIES.sub(b"", content))
        pack.close()

    def _skeleton(self, first: Sequence[Cells]) -> BinaryIO:
        """The workbook without its records. Columns are as wide as the longest of the first ``SAMPLE`` cells."""
        import xlsxwriter

        lengths = pl.concat([part.lengths for part in first]).head(SAMPLE) if first else None
        longest = lengths.max().row(0) if lengths is not None else [None] * len(self._names)
        target = io.BytesIO()
        with xlsxwriter.Workbook(target, {"constant_memory": True}) as book:
            sheet = book.add_worksheet("Sheet1")
            bold = book.add_format({"bold": True, "bottom": 1})
            sheet.freeze_panes(1, 0)
            for column, (name, width) in enumerate(zip(self._names, longest, strict=True)):
                sheet.write_string(0, column, name, bold)
                sheet.set_column(column, column, min(max(len(name), width or 0), _WIDEST) + 2)
        return target

    def _put(self, parts: Iterable[Cells], sheet: Deflated) -> None:
        number = 2
        for part in parts:
            if number + part.frame.height > MOST_ROWS + 1:
                reason = f"there are more records than the {MOST_ROWS - 1:,} that a sheet holds"
                raise Refused([reason], "release them in another format")
            sheet.write(rows_xml(part.frame, self._names, number))
            number += part.frame.height


FORMAT = Format(
    suffixes=(".xlsx", ".xlsm", ".xltx", ".xltm"),
    media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    open=WorkbookReader,
    create=XlsxWriter,
    is_container=True,
)
