"""Excel workbooks: read by calamine, written afresh by XlsxWriter, without what it would tell besides the cells."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import polars as pl

from narrowgate.errors import Refused
from narrowgate.inspection.archive import Archive, Member
from narrowgate.tables._pack import Pack
from narrowgate.tables.formats._workbook import WorkbookReader
from narrowgate.tables.interface import JSON_CELL, Format, WriterOptions

MOST_ROWS = 1_048_576
LONGEST_CELL = 32_767
_WIDEST = 60
_PROPERTIES = re.compile(rb"<(?:Override|Relationship)[^>]*/?docProps/[^>]*/>")
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Rows:
    """Records on their way to a sheet."""

    columns: tuple[list[str | float | bool | None], ...]
    widths: tuple[int, ...]
    """Characters of the longest cell in each column."""


class XlsxWriter:
    """One sheet of texts, numbers and truth values, its header in bold and frozen. Nothing in it is a formula."""

    def __init__(self, options: WriterOptions) -> None:
        self._names = options.names

    def encode(self, frame: pl.DataFrame) -> Rows:
        """See ``TableWriter.encode``."""
        cells = frame.select(pl.col(self._names).cast(pl.String))
        longest = cells.select(pl.all().str.len_chars().max().fill_null(0)).row(0) if frame.height else ()
        if longest and max(longest) > LONGEST_CELL:
            field = self._names[longest.index(max(longest))]
            reason = f"a cell of {field} is longer than the {LONGEST_CELL:,} characters that a sheet's cell may have"
            raise Refused([reason], "release it in another format")
        return Rows(tuple(_column(frame, name) for name in self._names), longest)

    def write(self, parts: Iterable[Rows], target: BinaryIO) -> None:
        """See ``TableWriter.write``."""
        import xlsxwriter

        with tempfile.TemporaryDirectory(prefix="narrowgate-out-") as folder, tempfile.TemporaryFile() as spool:
            book = xlsxwriter.Workbook(spool, {"constant_memory": True, "tmpdir": folder})
            sheet = book.add_worksheet("Sheet1")
            try:
                self._fill(sheet, book.add_format({"bold": True, "bottom": 1}), parts)
                book.close()
            finally:
                sheet.row_data_fh.close()
            _without_properties(spool, target)

    def _fill(self, sheet: Any, bold: Any, parts: Iterable[Rows]) -> None:
        """Put the header and all records on ``sheet``."""
        sheet.freeze_panes(1, 0)
        for column, name in enumerate(self._names):
            sheet.write_string(0, column, name, bold)
        widths, number = [len(name) for name in self._names], 0
        for part in parts:
            widths = [max(pair) for pair in zip(widths, part.widths or widths, strict=True)]
            for cells in zip(*part.columns, strict=True):
                number += 1
                if number >= MOST_ROWS:
                    reason = f"there are more records than the {MOST_ROWS - 1:,} that a sheet holds"
                    raise Refused([reason], "release them in another format")
                for column, cell in enumerate(cells):
                    if cell.__class__ is str:
                        sheet.write_string(number, column, cell)
                    elif cell is not None:
                        sheet.write(number, column, cell)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, min(width, _WIDEST) + 2)


def _column(frame: pl.DataFrame, name: str) -> list[str | float | bool | None]:
    """A column's cells: numbers and truth values where they came as such, else texts."""
    texts: list[str | float | bool | None] = frame.get_column(name).to_list()
    if name + JSON_CELL not in frame.columns:
        return texts
    return [
        text if literal is None else literal == "true" if literal in {"true", "false"} else float(literal)
        for text, literal in zip(texts, frame.get_column(name + JSON_CELL), strict=True)
    ]


def _without_properties(book: BinaryIO, target: BinaryIO) -> None:
    """Copy a workbook, leaving out its properties: author, times and the sheets' titles."""
    archive, pack = Archive(book), Pack(target)
    for member in archive.members:
        if member.name.startswith("docProps/"):
            continue
        if member.name in {"[Content_Types].xml", "_rels/.rels"}:
            pack.add(member.name, _PROPERTIES.sub(b"", archive.read(member, _BLOCK)))
        else:
            sizes = member.crc, member.packed, member.size
            pack.add_packed(member.name, member.method, sizes, _packed(book, member))
    pack.close()


def _packed(book: BinaryIO, member: Member) -> Iterator[bytes]:
    """A member's bytes as they lie in the archive."""
    for start in range(0, member.packed, _BLOCK):
        book.seek(member.data + start)
        yield book.read(min(_BLOCK, member.packed - start))


FORMAT = Format(
    suffixes=(".xlsx", ".xlsm", ".xltx", ".xltm"),
    media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    open=WorkbookReader,
    create=XlsxWriter,
    is_container=True,
)
