"""Channels that workbooks of every format have."""

from narrowgate.inspection.channels.channel import Channel

_DELETE = "delete it, or show it and look"

HIDDEN_SHEET = Channel("hidden_sheet", "hidden sheets", "sheet", "high", _DELETE, hides_cells=True)
VERY_HIDDEN_SHEET = Channel(
    "very_hidden_sheet",
    "sheets that the menu cannot show",
    "sheet",
    "high",
    "open the macro editor, make it visible, and delete it",
    hides_cells=True,
)
HIDDEN_ROWS = Channel("hidden_rows", "hidden rows", "row", "high", _DELETE, hides_cells=True)
FILTERED_ROWS = Channel(
    "filtered_rows",
    "rows that a filter hides",
    "row",
    "high",
    "delete them, then take the filter away",
    hides_cells=True,
)
ZERO_HEIGHT_ROWS = Channel("zero_height_rows", "rows of no height", "row", "high", _DELETE, hides_cells=True)
GROUPED_ROWS = Channel("grouped_rows", "rows in groups that fold away", "row", "low", "ungroup them")
HIDDEN_COLUMNS = Channel("hidden_columns", "hidden columns", "column", "high", _DELETE, hides_cells=True)
ZERO_WIDTH_COLUMNS = Channel("zero_width_columns", "columns of no width", "column", "high", _DELETE, hides_cells=True)
GROUPED_COLUMNS = Channel("grouped_columns", "columns in groups that fold away", "column", "low", "ungroup them")
UNREADABLE_CELLS = Channel(
    "unreadable_cells",
    "cells in the colour of their ground, or in a format that shows nothing",
    "cell",
    "high",
    "clear the cells' format and look",
    hides_cells=True,
)
COVERED_CELLS = Channel(
    "covered_cells", "cells under a merged cell", "cell", "high", "unmerge, and delete what appears", hides_cells=True
)
FAR_CELLS = Channel(
    "far_cells", "cells far from all others", "cell", "high", "press Ctrl+End and look", hides_cells=True
)
OFF_TABLE = Channel(
    "cells_off_the_table",
    "cells outside the table",
    "cell",
    "high",
    "delete them",
    hides_cells=True,
)
OTHER_SHEET = Channel(
    "other_sheet", "sheets besides the one that is read", "sheet", "low", "delete them if they are not meant to leave"
)
COMMENTS = Channel("comments", "comments on cells", "comment", "high", "delete all comments")
DEFINED_NAMES = Channel("defined_names", "defined names", "name", "medium", "delete them in the name manager")
HIDDEN_NAMES = Channel(
    "hidden_names", "defined names that the name manager does not show", "name", "medium", "delete them by macro"
)
VALIDATION = Channel(
    "validation", "validation lists, prompts and messages", "rule", "medium", "clear the data validation"
)
HEADERS_FOOTERS = Channel("headers_footers", "headers and footers of pages", "text", "medium", "clear them")
PIVOT_RECORDS = Channel(
    "pivot_records",
    "records behind a pivot table",
    "record",
    "high",
    "paste the pivot table as values into a new workbook",
)
PIVOT_VALUES = Channel(
    "pivot_values", "distinct values behind a pivot table", "value", "high", "paste the pivot table as values"
)
PIVOT_AUTHOR = Channel(
    "pivot_author", "who refreshed a pivot table", "name", "medium", "paste the pivot table as values"
)
EXTERNAL_CACHE = Channel(
    "external_cache", "cells kept of other files", "value", "high", "break the links to other workbooks"
)
EXTERNAL_LINKS = Channel(
    "external_links", "paths and addresses of other files", "link", "medium", "break the links; delete hyperlinks"
)
CONNECTIONS = Channel("connections", "connections and queries to data", "connection", "high", "delete them")
MACROS = Channel("macros", "macros", "module", "high", "save as a format without macros")
EMBEDDED = Channel("embedded_objects", "embedded files and controls", "object", "high", "delete the objects")
PICTURES = Channel("pictures", "pictures", "picture", "medium", "delete them, or look into each")
SHAPES = Channel("shapes", "text in boxes, hidden shapes and alternative texts", "shape", "medium", "delete the shapes")
CHART_CACHE = Channel(
    "chart_cache", "values kept behind charts", "value", "high", "paste the chart as a picture into a new workbook"
)
AUTHORS = Channel(
    "authors", "people, firms, titles and keywords in the properties", "property", "medium", "clear the properties"
)
PROPERTIES = Channel("properties", "times, versions and counts in the properties", "property", "low", "clear them")
SHEET_TITLES = Channel(
    "sheet_titles", "titles of sheets and names in the properties", "title", "low", "clear the properties"
)
CUSTOM_PROPERTIES = Channel("custom_properties", "properties of one's own", "property", "medium", "clear them")
THUMBNAIL = Channel("thumbnail", "a small picture of the content", "picture", "high", "save it without a preview")
PRINTER_SETTINGS = Channel("printer_settings", "names and settings of printers", "setting", "medium", "print to a file")
PATHS = Channel("paths", "the path at which it was saved", "path", "medium", "save it in a folder without names in it")
REVISIONS = Channel("revisions", "a history of changes", "change", "high", "stop tracking and accept all changes")
SCENARIOS = Channel("scenarios", "scenarios with values of their own", "scenario", "high", "delete them")
SIGNATURES = Channel("signatures", "signatures and certificates", "signature", "medium", "remove them")
PROTECTION = Channel("protection", "protection, perhaps with a password's hash", "lock", "low", "unprotect it")
FILTERS = Channel("filters", "filters and what they let through", "filter", "medium", "clear the filter")
ORPHAN_STRINGS = Channel(
    "orphan_strings", "texts that no cell shows", "text", "high", "copy the cells into a new workbook"
)
PHONETICS = Channel("phonetics", "readings of texts", "text", "medium", "clear the phonetic guides")
EXTERNAL_FORMULAS = Channel(
    "external_formulas", "formulas that name other files", "formula", "medium", "paste the cells as values"
)
SPARKLINES = Channel("sparklines", "small charts in cells", "sparkline", "low", "delete them")
UNKNOWN_PARTS = Channel("unknown_parts", "parts of a kind that is not known", "part", "high", "save it anew")
ORPHAN_PARTS = Channel("orphan_parts", "parts that nothing refers to", "part", "high", "save it anew")
