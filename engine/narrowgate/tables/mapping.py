"""From a file's columns to the catalogue's fields."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import polars as pl

from narrowgate.errors import DataError
from narrowgate.model.catalogue import Catalogue, plain
from narrowgate.model.source import Source
from narrowgate.tables.interface import COMPANIONS


@dataclass(frozen=True)
class Binding:
    """Which column holds which field."""

    fields: Mapping[str, str]
    """Field by column, in the file's order."""
    unknown: tuple[str, ...]
    """Columns that no field claims."""
    constants: Mapping[str, str] = field(default_factory=dict)
    """Fields that no column holds and the source declares."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Every field of the export."""
        return (*self.fields.values(), *self.constants)

    def wanted(self, fields: Iterable[str]) -> dict[str, str]:
        """The part of ``fields`` that stands in columns, field by column."""
        needed = set(fields)
        return {column: name for column, name in self.fields.items() if name in needed}


def bind(
    columns: tuple[str, ...], catalogue: Catalogue, source: Source | None, also: Mapping[str, str] | None = None
) -> Binding:
    """Find out which column holds which field.

    With a source, its headers decide, and columns that it does not list are unknown. Without one, a column is known
    by its field's name or an alias, whatever the case and punctuation.

    Args:
        also: further headers, field by header, for files that carry an agreement's names.

    Raises:
        DataError: two columns claim one field, or the source declares what the file holds.
    """
    if source is None:
        known = {**(also or {})}
        claims = {column: known.get(column) or catalogue.by_header.get(plain(column)) for column in columns}
    else:
        listed = {column: source.headers.get(column) for column in columns}
        # A header with an index, ``posts[0].rank``, reads from the column that a JSON file reports as ``posts[].rank``.
        indexed = {h: f for h, f in source.headers.items() if h not in listed and unindexed(h) in listed}
        claims = {**listed, **indexed}
        for column, claimed in claims.items():
            held = catalogue.by_header.get(plain(column)) if claimed is None else None
            if held in source.constants:
                message = (
                    f"column {column} holds {held}, which the source takes for {source.constants[held]} throughout"
                )
                raise DataError(message, f"map it to {held} in the source, and drop the constant")
    fields: dict[str, str] = {}
    for column, claimed in claims.items():
        if claimed is None or "[]" in column:
            # All items of a list at once are no cell.
            continue
        if claimed in fields.values():
            other = next(name for name, each in fields.items() if each == claimed)
            raise DataError(f"columns {other} and {column} both hold {claimed}", "remove one, or map them in a source")
        fields[column] = claimed
    used = {unindexed(column) for column in fields} | set(fields)
    unknown = tuple(column for column in columns if column not in used)
    return Binding(fields, unknown, dict(source.constants) if source else {})


def unindexed(header: str) -> str:
    """``posts[].rank`` of ``posts[0].rank``."""
    return re.sub(r"\[\d+\]", "[]", header)


def translate(frame: pl.DataFrame, binding: Binding, source: Source | None) -> pl.DataFrame:
    """Put the catalogue's words in place of the system's: value maps, dates, declared constants.

    A value that the source's map does not list, or a date in another format, breaks the catalogue: it becomes a text
    that no field allows, so that it is counted and withheld and never taken for an empty cell.
    """
    if source is None:
        return frame
    changes: list[pl.Expr] = []
    for name, values in source.values.items():
        if name in frame.columns:
            known = pl.col(name).replace_strict(values, default=_BROKEN, return_dtype=pl.String)
            changes.append(pl.when(pl.col(name).is_not_null()).then(known).alias(name))
    for name, pattern in source.dates.items():
        if name in frame.columns:
            iso = pl.col(name).str.to_date(pattern, strict=False).dt.strftime("%Y-%m-%d").fill_null(_BROKEN)
            changes.append(pl.when(pl.col(name).is_not_null()).then(iso).alias(name))
    changed = [name + companion for name in (*source.values, *source.dates) for companion in COMPANIONS]
    constants = [pl.lit(value).alias(name) for name, value in binding.constants.items()]
    return frame.drop(changed, strict=False).with_columns(changes).with_columns(constants)


_BROKEN = "\0"
"""A text that no pattern, enum or type of the catalogue allows."""
