"""A few records of an export, as they came and as they would leave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from narrowgate.plan.plan import Plan
from narrowgate.tables.apply import Applier
from narrowgate.tables.counting import OWNER, OfEach
from narrowgate.tables.export import Export
from narrowgate.tables.interface import Chunk
from narrowgate.tables.tally import Tally

A_PICTURE = "(picture)"

Cells = tuple[str | None, ...]


@dataclass(frozen=True)
class Sample:
    """One record."""

    came: Cells
    """In the order of the file's columns."""
    leaves: Cells | None
    """In the order of the release's columns; None where the record does not leave."""
    reasons: tuple[str, ...] = ()
    """Why it does not."""


def as_they_came(export: Export, chunk: Chunk, most: int) -> list[Sample]:
    """The first records of ``chunk``, none of which leaves."""
    return [Sample(cells, None) for cells in _came(export, chunk, most)]


def as_they_leave(export: Export, chunk: Chunk, most: int, plan: Plan, apply: Applier) -> list[Sample]:
    """The first records of ``chunk``, and what becomes of each."""
    frame = export.frame(chunk, plan.fields_used()).head(most).with_row_index(OWNER)
    tallies = [Tally() for _ in range(frame.height)]
    left = apply.applied(frame, OfEach(tallies))
    pictures = {column.name for column, _ in plan.pictures()}
    names = [column.name for column in plan.columns]
    columns = [_shown(left.get_column(name), name in pictures) for name in names]
    leaving = dict(zip(left.get_column(OWNER).to_list(), zip(*columns, strict=True), strict=True))
    return [
        Sample(cells, leaving.get(number), tuple(tallies[number].reasons))
        for number, cells in enumerate(_came(export, chunk, most))
    ]


def _came(export: Export, chunk: Chunk, most: int) -> list[Any]:
    columns = export.reader.columns
    frame = export.reader.frame(chunk, {column: f"{number}" for number, column in enumerate(columns)}).head(most)
    return frame.select(pl.col(f"{number}") for number in range(len(columns))).rows()


def _shown(cells: pl.Series, is_picture: bool) -> list[str | None]:
    if is_picture:
        return [None if cell is None else A_PICTURE for cell in cells]
    return cells.to_list()
