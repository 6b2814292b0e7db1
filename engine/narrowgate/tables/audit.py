"""Is a file already no more than is permitted? Looks, and changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import polars as pl

from narrowgate.model.actions import Action, Keep, Pseudonymise
from narrowgate.model.catalogue import Catalogue
from narrowgate.model.wording import counted
from narrowgate.plan.plan import Plan
from narrowgate.tables.actions import in_form
from narrowgate.tables.checks import bad_cells, failing
from narrowgate.tables.judging import Judge


@dataclass
class AuditTally:
    """Counts that add up over batches."""

    records: int = 0
    withheld: Counter[str] = field(default_factory=Counter)
    """Records that may not leave, by reason."""
    bad: Counter[str] = field(default_factory=Counter)
    """Cells that break the catalogue, by field."""
    raw: Counter[str] = field(default_factory=Counter)
    """Cells that are not in the form in which they may leave, by field."""
    pseudonyms: Counter[str] = field(default_factory=Counter)
    """Cells that look like pseudonyms, by field."""

    def add(self, other: AuditTally) -> None:
        """Count ``other`` in."""
        self.records += other.records
        for mine, theirs in (
            (self.withheld, other.withheld),
            (self.bad, other.bad),
            (self.raw, other.raw),
            (self.pseudonyms, other.pseudonyms),
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
        classes = pl.repeat(0, frame.height, dtype=pl.UInt32, eager=True)
        if self._judge is not None:
            classes, _ = self._judge.classify(frame)
            for number, count in classes.value_counts(name="count").rows():
                verdict = self._judge.verdicts[number]
                if not verdict.release:
                    tally.withheld.update(dict.fromkeys(verdict.reasons, count))
        for column in self._plan.columns:
            cells = frame.get_column(column.field)
            own = self._judge.overriding(column.field) if self._judge else {}
            elsewhere = [number for numbers in own.values() for number in numbers]
            self._look(tally, column.field, column.action, cells.filter(~classes.is_in(elsewhere)))
            for action, numbers in own.items():
                self._look(tally, column.field, action, cells.filter(classes.is_in(numbers)))
        return tally

    def _look(self, tally: AuditTally, name: str, action: Action, cells: pl.Series) -> None:
        """Count the cells that are not as ``action`` would leave them."""
        if isinstance(action, Keep):
            bad = bad_cells(cells, self._catalogue[name])
            tally.bad[name] += 0 if bad is None else int(bad.sum())
        else:
            raw = failing(cells, lambda cell: in_form(cell, action))
            tally.raw[name] += 0 if raw is None else int(raw.sum())
            tally.pseudonyms[name] += (len(cells) - cells.null_count()) * isinstance(action, Pseudonymise)


def audit_objections(tally: AuditTally, plan: Plan) -> Iterator[str]:
    """What is wrong with what was counted."""
    for reason, count in sorted(tally.withheld.items()):
        yield f"{counted(count, 'record')} may not leave: {reason}"
    for column in plan.columns:
        name = column.field
        if raw := tally.raw[name]:
            yield f"{counted(raw, 'cell')} of {name} not in the form in which it may leave ({column.action.describe()})"
        if bad := tally.bad[name]:
            yield f"{counted(bad, 'cell')} of {name} not what the catalogue allows there"
        if tally.pseudonyms[name]:
            yield f"whether {name} holds pseudonyms of ours cannot be told without the file's receipt"
