"""CSV for people, who open it in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_AT_ONCE = 1000


def csv_pieces(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """CSV, its lines ended by LF, a thousand of them at a time.

    A cell that a spreadsheet would run gets an apostrophe before it.
    """
    lines = chain([header], ([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in row] for row in rows))
    while some := list(islice(lines, _AT_ONCE)):
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(some)
        yield text.getvalue()


def csv_text(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The same in one text."""
    return "".join(csv_pieces(header, rows))
