"""Tab-separated values (RFC 4180)."""

from narrowgate.inspection.formats import _delimited_text
from narrowgate.inspection.interface import Inspector

INSPECTOR = Inspector(
    recognises=lambda _: False,
    inspect=lambda subject: _delimited_text.inspect(subject, b"\t"),
    suffixes=(".tsv",),
)
