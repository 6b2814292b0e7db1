"""Channels that only packages of Office Open XML have."""

from narrowgate.inspection.channels.channel import Channel

_ANEW = "save it anew in the program that made it"
_VALUES = "copy the cells as values into a new workbook"

COMMENT_AUTHORS = Channel(
    "comment_authors", "people who wrote comments", "name", "medium", "delete all comments and inspect the document"
)
DATA_MODEL = Channel("data_model", "a data model with tables of its own", "byte", "high", _VALUES)
MASHUP = Channel("mashup", "queries that fetch data", "byte", "high", "delete the queries")
CUSTOM_XML = Channel("custom_xml", "XML data of one's own", "part", "high", "have the document inspector remove it")
XML_MAPS = Channel("xml_maps", "maps to XML data", "map", "medium", "delete the XML maps")
MACRO_SHEETS = Channel("macro_sheets", "macro sheets", "sheet", "high", "delete them")
DIALOG_SHEETS = Channel("dialog_sheets", "dialogue sheets", "sheet", "medium", "delete them")
RICH_DATA = Channel("rich_data", "data types behind cells", "part", "high", _VALUES)
VOLATILE = Channel("volatile_values", "values kept of data that servers feed", "value", "high", _VALUES)
CUSTOM_VIEWS = Channel("custom_views", "views of one's own", "view", "medium", "delete the custom views")
SLICERS = Channel("slicer_items", "items that slicers and timelines keep", "item", "high", "delete the slicers")
LABELS = Channel("sensitivity_labels", "sensitivity labels", "label", "medium", "remove the label")
SHEET_PROPERTIES = Channel(
    "sheet_properties", "properties that programs keep of sheets", "property", "medium", "delete them by macro"
)
TOOLTIPS = Channel("link_tooltips", "texts shown over hyperlinks", "text", "low", "delete the hyperlinks")
HYPERLINKS = Channel("hyperlinks", "hyperlinks to addresses outside", "link", "medium", "delete the hyperlinks")
NAME_COMMENTS = Channel(
    "name_comments", "comments on defined names", "comment", "medium", "delete them in the name manager"
)
NAME_CONSTANTS = Channel(
    "name_constants", "values kept in defined names", "name", "high", "delete them in the name manager"
)
HIDDEN_TOTALS = Channel("hidden_totals", "totals rows that tables do not show", "row", "low", "clear the totals row")
WEB_EXTENSIONS = Channel("web_extensions", "add-ins kept with the workbook", "add-in", "medium", "delete the add-ins")
MISSING_SHEETS = Channel(
    "sheet_part_missing", "sheets that are named and not there", "sheet", "medium", _ANEW, unsound=True
)
BROKEN_PARTS = Channel("broken_parts", "parts that cannot be followed", "part", "high", _ANEW, unsound=True)
UNKNOWN_EXTENSIONS = Channel("unknown_extensions", "extensions of a kind that is not known", "extension", "low", _ANEW)
REMARKS = Channel("xml_remarks", "comments and instructions in the XML", "remark", "medium", _ANEW)
