"""Cells that a spreadsheet would run as a formula (OWASP, CSV injection)."""

from __future__ import annotations

import polars as pl

from narrowgate.model.catalogue import Field
from narrowgate.tables.checks import failing

_FIRST = "=+-@\t\r"
_FORMULA = r"^[=+\-@\t\r]"


def formulas(cells: pl.Series, field: Field) -> pl.Series | None:
    """Which of ``cells`` would be run, as a boolean mask; None where none would. A number with a sign is no formula."""
    if field.type != "string" or field.alphabet.isdisjoint(_FIRST):
        return None
    return failing(cells, lambda cell: ~cell.str.contains(_FORMULA))


def escaped(cells: pl.Series, which: pl.Series) -> pl.Series:
    """``cells`` with an apostrophe before those in the mask ``which``, so that a spreadsheet shows them as text."""
    pair = pl.DataFrame([cells.alias("cell"), which.alias("which")])
    apostrophe = pl.when("which").then("'" + pl.col("cell")).otherwise("cell")
    return pair.select(apostrophe).to_series().alias(cells.name)
