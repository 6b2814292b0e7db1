"""Channels of Parquet files."""

from narrowgate.inspection.channels.channel import Channel

_ANEW = "write the rows into a new file, with no metadata of the old one"

METADATA = Channel("parquet_metadata", "keys and values of one's own in the footer", "key", "medium", _ANEW)
SCHEMAS = Channel(
    "parquet_schema_copy",
    "copies of the schema in the footer, perhaps with columns that were dropped",
    "copy",
    "medium",
    _ANEW,
)
COLUMN_METADATA = Channel(
    "parquet_column_metadata", "keys and values of one's own beside columns", "key", "medium", _ANEW
)
CREATED_BY = Channel("parquet_created_by", "the program that wrote it", "name", "low", _ANEW)
STATISTICS = Channel(
    "parquet_statistics",
    "smallest and largest values of columns",
    "column chunk",
    "medium",
    "write it without statistics",
)
COLUMN_INDEX = Channel(
    "parquet_column_index",
    "smallest and largest values of pages",
    "column chunk",
    "medium",
    "write it without statistics",
)
PAGE_STATISTICS = Channel(
    "parquet_page_statistics",
    "smallest and largest values beside pages",
    "page",
    "medium",
    "write it without statistics",
)
BLOOM_FILTER = Channel(
    "parquet_bloom_filter",
    "filters by which one can test for values",
    "filter",
    "medium",
    "write it without Bloom filters",
)
UNUSED_DICTIONARY = Channel(
    "parquet_unused_dictionary", "values in dictionaries that no cell uses", "value", "high", _ANEW
)
UNVERIFIED_DICTIONARY = Channel(
    "parquet_unverified_dictionary",
    "dictionaries that could not be compared with the cells",
    "dictionary",
    "medium",
    _ANEW,
)
ENCRYPTED = Channel(
    "parquet_encrypted_columns",
    "encrypted columns",
    "column chunk",
    "high",
    "write it without encryption",
    unsound=True,
)
EXTERNAL = Channel(
    "parquet_external_columns", "columns kept in other files", "column chunk", "medium", _ANEW, unsound=True
)
SORTING = Channel("parquet_sorting", "columns by which rows are sorted", "column", "low", _ANEW)
GAP = Channel("parquet_gap", "bytes that no column, index or footer owns", "byte", "high", _ANEW, unsound=True)
TRAILING = Channel("parquet_trailing", "bytes behind the file's end", "byte", "high", _ANEW, unsound=True)
UNKNOWN_FIELDS = Channel(
    "parquet_unknown_fields", "fields in headers that the format does not know", "field", "high", _ANEW
)
MISMATCH = Channel(
    "parquet_mismatch", "places where headers, pages and footer disagree", "place", "high", _ANEW, unsound=True
)
