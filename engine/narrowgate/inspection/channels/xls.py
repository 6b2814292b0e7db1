"""Channels that only legacy Excel workbooks have, and the compound files that hold them."""

from narrowgate.inspection.channels.channel import Channel

_ANEW = "copy the cells into a new workbook"

OLE_SLACK = Channel("ole_slack", "bytes in the file that no stream owns", "byte", "high", "save it anew as .xlsx")
OLE_LOOSE = Channel("ole_loose_streams", "deleted streams that are still there", "stream", "high", _ANEW, unsound=True)
SECOND_WORKBOOK = Channel(
    "second_workbook", "the workbook once more, for older programs", "stream", "high", _ANEW, unsound=True
)
LOOSE_SHEETS = Channel(
    "loose_sheets", "sheets that the workbook does not list", "sheet", "high", _ANEW, hides_cells=True, unsound=True
)
BETWEEN_SHEETS = Channel("bytes_between_sheets", "bytes before, between and behind sheets", "byte", "high", _ANEW)
EXTERNAL_NAMES = Channel("external_names", "names kept of other files", "name", "medium", "break the links")
