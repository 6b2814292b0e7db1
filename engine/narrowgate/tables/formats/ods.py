"""OpenDocument spreadsheets. Read, not written: docs/adr/0010."""

from narrowgate.tables.formats._workbook import WorkbookReader
from narrowgate.tables.interface import Format

FORMAT = Format(
    suffixes=(".ods", ".ots"),
    media_type="application/vnd.oasis.opendocument.spreadsheet",
    open=WorkbookReader,
    is_container=True,
)
