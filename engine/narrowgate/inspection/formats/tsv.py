"""Tab-separated values (RFC 4180)."""

from narrowgate.inspection.interface import Inspector
from narrowgate.inspection.text import delimited

INSPECTOR = Inspector(
    recognises=lambda _: False,
    inspect=lambda subject: delimited.inspect(subject, b"\t"),
    suffixes=(".tsv",),
)
