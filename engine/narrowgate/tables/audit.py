"""Is a file already no more than is permitted? Looks, and changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import polars as pl

from narrowgate.model.actions import Action, Keep
from narrowgate.model.catalogue import Catalogue
from narrowgate.model.wording import counted
from narrowgate.plan.plan import Plan
from narrowgate.tables.checks import bad_cells, failing
from narrowgate.tables.judging import Judge


@dataclass
class AuditTally:
    """Counts that add up over batches."""

    records: int = 0
    withheld: Counter[str] = field(default_factory=Counter)
    """Records that may not leave, by reason."""
    cells: Counter[str] = field(default_factory=Counter)
    bad: Counter[str] = field(default_factory=Counter)
    """Cells that break the catalogue, by field."""
    raw: Counter[str] = field(default_factory=Counter)
    """Cells that are not in the form in which they may leave, by field."""

    def add(self, other: AuditTally) -> None:
        """Count ``other`` in."""
        self.records += other.records
        for mine, theirs in (
            (self.withheld, other.withheld),
            (self.cells, other.cells),
            (self.bad, other.bad),
            (self.raw, other.raw),
        ):
            mine.update(theirs)


class Auditor:
    """Looks over batches.

    Args:
        judge: None where the file lacks what records are judged by.
    """

    def __init__(self, plan: Plan, catalogue: Catalogue, judge: Judge | None) -> None:
        self._plan, self._catalogue, self._judge = plan, catalogue, judge

    def __call__(self, frame: pl.DataFrame) -> AuditTally:
        """Look over ``frame``: one text column for each field used."""
        tally = AuditTally(records=frame.height)
        if self._judge is not None:
            classes, _ = self._judge.classify(frame)
            for number, count in classes.value_counts(name="count").rows():
                verdict = self._judge.verdicts[number]
                if not verdict.release:
                    tally.withheld.update(dict.fromkeys(verdict.reasons, count))
        for column in self._plan.columns:
            cells = frame.get_column(column.field)
            tally.cells[column.field] = len(cells) - cells.null_count()
            if isinstance(column.action, Keep):
                found, counts = bad_cells(cells, self._catalogue[column.field]), tally.bad
            else:
                found, counts = _not_in_form(cells, column.action), tally.raw
            if found is not None:
                counts[column.field] = int(found.sum())
        return tally


def _not_in_form(cells: pl.Series, action: Action) -> pl.Series | None:
    return failing(cells, lambda cell: cell.str.contains(action.form()))


def audit_objections(tally: AuditTally, plan: Plan) -> Iterator[str]:
    """What is wrong with what was counted."""
    for reason, count in sorted(tally.withheld.items()):
        yield f"{counted(count, 'record')} may not leave: {reason}"
    for column in plan.columns:
        name = column.field
        if raw := tally.raw[name]:
            yield f"{counted(raw, 'cell')} of {name} not in the form in which it may leave ({column.action.describe()})"
        if tally.bad[name] > plan.limits.max_bad_share * tally.cells[name]:
            found = f"{tally.bad[name]:,} of {tally.cells[name]:,}"
            yield f"{found} cells under {name} do not hold what the catalogue allows there"
