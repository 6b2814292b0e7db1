"""Tab-separated values, quoted like CSV."""

from narrowgate.tables.formats._delimited import DelimitedReader, DelimitedWriter
from narrowgate.tables.interface import Format

FORMAT = Format(
    suffixes=(".tsv", ".tab"),
    media_type="text/tab-separated-values",
    open=lambda file, dialect: DelimitedReader(file, dialect, "\t"),
    create=lambda options: DelimitedWriter(options, "\t"),
    formulas=True,
)
