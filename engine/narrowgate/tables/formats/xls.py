"""Excel's workbooks before 2007. Read, not written."""

from narrowgate.tables.formats._workbook import WorkbookReader
from narrowgate.tables.interface import Format

FORMAT = Format(
    suffixes=(".xls", ".xlt"), media_type="application/vnd.ms-excel", open=WorkbookReader, is_container=True
)
