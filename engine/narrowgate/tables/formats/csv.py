"""Comma-separated values."""

from narrowgate.tables.formats._delimited import DelimitedReader, DelimitedWriter
from narrowgate.tables.interface import Format

FORMAT = Format(
    suffixes=(".csv",),
    media_type="text/csv",
    open=lambda file, dialect: DelimitedReader(file, dialect, ","),
    create=lambda options: DelimitedWriter(options, options.csv.delimiter),
    formulas=True,
)
