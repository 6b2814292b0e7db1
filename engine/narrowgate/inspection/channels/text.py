"""Channels of tables in text, CSV, TSV and JSON, and of the gzip streams that they come in."""

from narrowgate.inspection.channels.channel import Channel

_CLEAN = "take them out of the cells that hold them, and export again"

NUL = Channel("text_nul", "NUL characters, at which some readers stop", "character", "high", _CLEAN, unsound=True)
CONTROL = Channel("text_control_characters", "control characters", "character", "medium", _CLEAN)
ESCAPES = Channel(
    "text_escapes", "escape characters, by which terminals are told to hide text", "character", "high", _CLEAN
)
INVISIBLE = Channel("text_invisible_characters", "characters that nobody sees", "character", "medium", _CLEAN)
BIDIRECTIONAL = Channel(
    "text_bidirectional_controls", "characters that turn the order in which text shows", "character", "high", _CLEAN
)
TAGS = Channel("text_tag_characters", "letters that nobody sees", "character", "high", _CLEAN)
ENCODING = Channel(
    "text_not_utf8", "bytes that are no UTF-8, and were not looked into", "byte", "low", "export it as UTF-8"
)
BEYOND_HEADER = Channel(
    "cells_beyond_header",
    "cells in records that are wider than the header",
    "cell",
    "high",
    "see where the records break, or name every column",
    hides_cells=True,
)
QUOTES = Channel(
    "text_misplaced_quotes",
    "quotes that are not around whole cells, so that readers disagree about where cells end",
    "quote",
    "medium",
    "write them twice, inside a quoted cell",
    unsound=True,
)
DUPLICATE_KEYS = Channel(
    "json_duplicate_keys",
    "values under a key that the same object has again",
    "value",
    "high",
    "export it again with every key once",
    unsound=True,
)
JSON_TRAILING = Channel(
    "json_trailing",
    "text behind a JSON value",
    "character",
    "high",
    "delete it, or give each value a line",
    unsound=True,
)
GZIP_MEMBERS = Channel(
    "gzip_members",
    "gzip streams behind the first, which some readers leave out",
    "stream",
    "low",
    "compress it anew",
    unsound=True,
)
