"""Whose records an export holds, by the fields that rules read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from narrowgate.model.catalogue import Catalogue, Value
from narrowgate.tables.checks import bad_cells
from narrowgate.tables.export import Export

Record = tuple[tuple[str, Value], ...]
"""The fields that have a value which the catalogue allows, with their values."""


@dataclass(frozen=True)
class Census:
    """Whose records there are."""

    people: Mapping[Record, frozenset[str]]
    """By what their records hold."""
    records: int

    def of(self, fields: tuple[str, ...]) -> Census:
        """The same people, by some of the fields, in their order."""
        found: dict[Record, set[str]] = defaultdict(set)
        for record, people in self.people.items():
            values = dict(record)
            found[tuple((field, values[field]) for field in fields if field in values)] |= people
        return Census({record: frozenset(people) for record, people in found.items()}, self.records)


def census(export: Export, catalogue: Catalogue, fields: tuple[str, ...]) -> Census:
    """The people of an export, by the values of ``fields`` that their records have.

    A record that does not say whose it is counts as a person of its own.
    """
    key = catalogue.subject_key
    found: dict[Record, set[str]] = defaultdict(set)
    wanted = tuple(dict.fromkeys([key, *fields]))
    number = 0
    for chunk in export.reader.chunks():
        frame = export.frame(chunk, wanted)
        nameless = pl.concat_str(pl.lit("\0"), pl.int_range(number, number + frame.height, dtype=pl.Int64))
        number += frame.height
        present = [field for field in fields if field in frame.columns]
        who = pl.coalesce(key, nameless) if key in frame.columns else nameless
        groups = frame.select(*present, who.alias("\0who")).group_by(present or pl.lit(0)).agg("\0who")
        for values, people in zip(_records(groups, present, catalogue), groups.get_column("\0who"), strict=True):
            found[values].update(people)
    return Census({record: frozenset(people) for record, people in found.items()}, number)


def _records(groups: pl.DataFrame, present: list[str], catalogue: Catalogue) -> list[Record]:
    columns = []
    for name in present:
        cells = groups.get_column(name)
        bad = bad_cells(cells, catalogue[name])
        flags = bad if bad is not None else pl.repeat(False, len(cells), eager=True)
        columns.append(
            [
                None if cell is None or is_bad else (name, catalogue[name].value(cell))
                for cell, is_bad in zip(cells, flags, strict=True)
            ]
        )
    if not columns:
        return [()] * groups.height
    return [tuple(pair for pair in row if pair is not None) for row in zip(*columns, strict=True)]
