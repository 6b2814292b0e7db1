"""Channels that only OpenDocument spreadsheets have."""

from narrowgate.inspection.channels.channel import Channel

_ANEW = "copy the cells into a new workbook"

DATABASE_RANGES = Channel(
    "database_ranges", "areas declared as databases", "area", "low", "delete them under Data, Define Range"
)
EARLIER_VERSIONS = Channel("earlier_versions", "earlier versions of the document", "version", "high", _ANEW)
OBJECT_PICTURES = Channel(
    "object_pictures", "pictures of what embedded objects showed", "picture", "high", "delete the objects"
)
EVENT_MACROS = Channel("event_macros", "macros bound to events", "event", "high", "take the macros off the events")
HIDDEN_TEXT = Channel("hidden_text", "fields and paragraphs of hidden text", "text", "high", _ANEW)
LOOSE_TABLES = Channel(
    "tables_beside_sheets", "cells of tables that are no sheets", "value", "high", _ANEW, hides_cells=True
)
LABEL_RANGES = Channel("label_ranges", "areas declared as labels", "area", "low", "delete them under Define Labels")
CONFIGURATION = Channel(
    "configuration", "toolbars, menus and shortcuts kept with the document", "part", "medium", _ANEW
)
RDF = Channel("rdf_statements", "statements about the document or its parts", "statement", "medium", _ANEW)
FOREIGN_MARKUP = Channel(
    "foreign_markup", "elements that are not OpenDocument, and texts where none belong", "element", "medium", _ANEW
)
FOREIGN_TABLES = Channel(
    "foreign_tables",
    "elements that some readers take for rows or cells, and others do not",
    "element",
    "high",
    _ANEW,
    unsound=True,
)
