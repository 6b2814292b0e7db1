"""Comma-separated values (RFC 4180)."""

from narrowgate.inspection.interface import Inspector
from narrowgate.inspection.text import delimited

INSPECTOR = Inspector(
    recognises=lambda _: False,
    inspect=lambda subject: delimited.inspect(subject, subject.delimiter.encode() if subject.delimiter else None),
    suffixes=(".csv",),
)
