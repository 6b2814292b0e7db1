"""Excel's binary workbooks. Read, not written."""

from narrowgate.tables.formats._workbook import WorkbookReader
from narrowgate.tables.interface import Format

FORMAT = Format(
    suffixes=(".xlsb",),
    media_type="application/vnd.ms-excel.sheet.binary.macroenabled.12",
    open=WorkbookReader,
    is_container=True,
)
