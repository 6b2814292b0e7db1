"""Applying a plan to a batch of records: judge, filter, check, change, search."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from narrowgate.model.actions import Drop, Keep, Mask, Truncate
from narrowgate.model.catalogue import Catalogue
from narrowgate.plan.plan import Plan, PlannedColumn
from narrowgate.tables.actions import Context, expression
from narrowgate.tables.checks import bad_columns
from narrowgate.tables.counting import OWNER, Counting, OfOne
from narrowgate.tables.formulas import escaped, formulas
from narrowgate.tables.interface import COMPANIONS, JSON_CELL, NATIVE
from narrowgate.tables.judging import CLASS, Judge
from narrowgate.tables.leaks import find_leaks
from narrowgate.tables.subjects import SUBJECT, identifiers
from narrowgate.tables.tally import Tally

_CARRIES_TEXT = (Keep, Mask, Truncate)
"""Actions whose outcome may hold what stood in the cell. The others make a number, a date's part or a constant."""


@dataclass(frozen=True)
class Batch:
    """Released records under the release's names, each with its subject, and what was counted."""

    frame: pl.DataFrame
    tally: Tally


class Applier:
    """Applies one plan, batch by batch, from any thread.

    Args:
        judge: shared by all batches.
        runs_formulas: whether the release is opened by programs that run cells beginning with ``=``.
    """

    def __init__(self, plan: Plan, catalogue: Catalogue, judge: Judge, context: Context, runs_formulas: bool) -> None:
        self._plan, self._catalogue, self.judge, self._context = plan, catalogue, judge, context
        self._runs_formulas = runs_formulas

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that a frame has to hold, as far as the export has them."""
        return tuple(dict.fromkeys([*self._plan.fields_used(), self._catalogue.subject_key]))

    def __call__(self, frame: pl.DataFrame) -> Batch:
        """Apply the plan to ``frame``: one text column for each field used, and companions (see ``interface``)."""
        tally = Tally()
        return Batch(self.applied(frame, OfOne(tally)), tally)

    def applied(self, frame: pl.DataFrame, counting: Counting) -> pl.DataFrame:
        """The same, counted as ``counting`` does. Rows of the outcome are in the order of ``frame``'s."""
        self._count_read(frame, counting)
        records = self._released(frame, counting)
        self._count_overrides(records, counting)
        cleaned = self._without_bad_cells(records, counting)
        changed = cleaned.select(self._outcome(cleaned, column) for column in self._plan.columns).with_columns(
            self._companions(cleaned)
        )
        sound = self._without_leaks(changed, records, counting)
        kept = [records.get_column(OWNER)] if OWNER in records.columns else []
        return self._named(sound, records, counting).with_columns(self._subjects(records), *kept)

    def _count_read(self, frame: pl.DataFrame, counting: Counting) -> None:
        for tally, count in counting.rows(frame):
            tally.read += count
        for tally, cells in counting.cells(frame, self._plan.reads):
            tally.judged_cells.update(cells)
        if pictures := [column.field for column, _ in self._plan.pictures()]:
            for tally, rows in counting.apart(frame):
                for field in pictures:
                    tally.picture_paths.update(rows.get_column(field).drop_nulls().unique())

    def _subjects(self, records: pl.DataFrame) -> pl.Series:
        """Whose each record is."""
        key = self._catalogue[self._catalogue.subject_key]
        if key.name not in records.columns:
            return pl.Series(SUBJECT, [None], dtype=pl.String).new_from_index(0, records.height)
        return identifiers(records.get_column(key.name), key)

    def _released(self, frame: pl.DataFrame, counting: Counting) -> pl.DataFrame:
        """The records that leave, each with its class."""
        classes, bad = self.judge.classify(frame)
        for field, cells in bad.items():
            for tally, count in counting.rows(frame, cells):
                tally.judged_bad[field] += count
        leaving = [number for number, verdict in enumerate(self.judge.verdicts) if verdict.release]
        classed = frame.with_columns(classes)
        for tally, number, count in counting.alike(classed, CLASS):
            verdict = self.judge.verdicts[number]
            if verdict.release:
                tally.released += count
            else:
                tally.reasons.update(dict.fromkeys(verdict.reasons, count))
        return classed.filter(classes.is_in(leaving))

    def _count_overrides(self, records: pl.DataFrame, counting: Counting) -> None:
        """How many cells leave in a form of their own."""
        for field in self._plan.overridable:
            for action, numbers in self.judge.overriding(field).items():
                held = records.select(pl.col(CLASS).is_in(numbers) & pl.col(field).is_not_null()).to_series()
                for tally, count in counting.rows(records, held):
                    if count:
                        tally.overridden[field, action.describe()] += count

    def _without_bad_cells(self, records: pl.DataFrame, counting: Counting) -> pl.DataFrame:
        """Cells that the catalogue does not allow become null."""
        for tally, cells in counting.cells(records, [column.field for column in self._plan.columns]):
            tally.cells.update(cells)
        masks = bad_columns(records, {column.field: self._catalogue[column.field] for column in self._plan.columns})
        for field, bad in masks.items():
            for tally, count in counting.rows(records, bad):
                tally.bad[field] += count
        return _blanked(records, masks)

    def _outcome(self, records: pl.DataFrame, column: PlannedColumn) -> pl.Expr:
        """The column's action, or that of a record's own."""
        field = column.field
        outcome = expression(column.action, field, self._context)
        for action, numbers in self.judge.overriding(field).items():
            own = expression(action, field, self._context)
            outcome = pl.when(pl.col(CLASS).is_in(numbers)).then(own).otherwise(outcome)
        return outcome.alias(field)

    def _companions(self, records: pl.DataFrame) -> list[pl.Series]:
        """The cells as they came, for columns that leave as they are."""
        kept = [c.field for c in self._plan.columns if isinstance(c.action, Keep)]
        found = []
        for field in kept:
            if field + NATIVE in records.columns and field not in self._plan.overridable:
                found.append(records.get_column(field + NATIVE))
            if field + JSON_CELL in records.columns:
                changed = [number for numbers in self.judge.overriding(field).values() for number in numbers]
                own = pl.when(~pl.col(CLASS).is_in(changed)).then(pl.col(field + JSON_CELL))
                found.append(records.select(own.alias(field + JSON_CELL)).to_series())
        return found

    def _without_leaks(self, changed: pl.DataFrame, records: pl.DataFrame, counting: Counting) -> pl.DataFrame:
        """Released cells in which a withheld value of the same record stands become null."""
        searched = {
            column.field: changed.get_column(column.field)
            for column in self._plan.columns
            if isinstance(column.action, _CARRIES_TEXT) or column.field in self._plan.overridable
        }
        masks: dict[str, pl.Series] = {}
        for leak in find_leaks(searched, self._withheld_values(records), self._catalogue):
            for tally, count in counting.rows(records, leak.cells):
                tally.leaks[leak.column, leak.of] += count
            masks[leak.column] = masks[leak.column] | leak.cells if leak.column in masks else leak.cells
        return _blanked(changed, masks)

    def _withheld_values(self, records: pl.DataFrame) -> dict[str, pl.Series]:
        """By field, the values that do not leave as they are; null where they do."""
        values = {}
        for field in self._plan.searched:
            column = self._plan.column(field)
            shown = [
                number
                for number, verdict in enumerate(self.judge.verdicts)
                if isinstance(verdict.overrides.get(field, column.action if column else Drop()), Keep)
            ]
            cells = records.get_column(field)
            if shown:
                hidden = pl.when(~pl.col(CLASS).is_in(shown)).then(pl.col(field))
                cells = records.select(hidden).to_series()
            values[field] = cells
        return values

    def _named(self, frame: pl.DataFrame, records: pl.DataFrame, counting: Counting) -> pl.DataFrame:
        """Under the release's names, formulas counted and, if the agreement says so, escaped."""
        columns: list[pl.Series] = []
        for column in self._plan.columns:
            cells = frame.get_column(column.field)
            which = formulas(cells, self._catalogue[column.field]) if self._runs_formulas else None
            if which is not None:
                for tally, count in counting.rows(records, which):
                    tally.formulas[column.field] += count
                cells = escaped(cells, which) if self._plan.csv.escape_formulas else cells
            columns.append(cells.alias(column.name))
            columns += [
                frame.get_column(column.field + companion).alias(column.name + companion)
                for companion in COMPANIONS
                if column.field + companion in frame.columns
            ]
        return pl.DataFrame(columns)


def _blanked(frame: pl.DataFrame, masks: dict[str, pl.Series]) -> pl.DataFrame:
    """``frame`` with the masked cells null, companions included."""
    if not masks:
        return frame
    changes = []
    for field, mask in masks.items():
        for name in (field, *(field + companion for companion in COMPANIONS)):
            if name in frame.columns:
                pair = pl.DataFrame([frame.get_column(name).alias("cell"), mask.alias("mask")])
                changes.append(pair.select(pl.when(~pl.col("mask")).then("cell")).to_series().alias(name))
    return frame.with_columns(changes)
