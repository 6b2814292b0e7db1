"""What was counted on the way, and what the limits make of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from narrowgate.errors import Refused
from narrowgate.model.wording import counted
from narrowgate.pictures.album import PictureCounts
from narrowgate.plan.plan import Plan
from narrowgate.tables.subjects import Subjects


@dataclass
class Tally:
    """Counts of records and cells. Tallies of batches add up to that of the export."""

    read: int = 0
    """Records in the export."""
    released: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    """Records withheld, by reason; one record may have several."""
    judged_cells: Counter[str] = field(default_factory=Counter)
    """Cells that rules read and that hold something, by field."""
    judged_bad: Counter[str] = field(default_factory=Counter)
    """Those of them that break the catalogue."""
    cells: Counter[str] = field(default_factory=Counter)
    """Cells of released records that hold something, by field."""
    bad: Counter[str] = field(default_factory=Counter)
    """Those of them that break the catalogue, and were withheld."""
    leaks: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Cells withheld because a withheld value stood in them, by the column's field and the value's."""
    overridden: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Cells that left in a form of their record's own, by the column's field and the form."""
    formulas: Counter[str] = field(default_factory=Counter)
    """Released cells that a spreadsheet would run."""
    picture_paths: set[str] = field(default_factory=set)
    """What all records, withheld ones too, say of where their pictures lie."""
    pictures: PictureCounts | None = None
    """Of the whole export."""
    subjects: Subjects = field(default_factory=Subjects)
    """Whose data leaves."""

    def add(self, other: Tally) -> None:
        """Count ``other`` in."""
        self.read += other.read
        self.released += other.released
        for mine, theirs in (
            (self.reasons, other.reasons),
            (self.judged_cells, other.judged_cells),
            (self.judged_bad, other.judged_bad),
            (self.cells, other.cells),
            (self.bad, other.bad),
            (self.formulas, other.formulas),
        ):
            mine.update(theirs)
        self.leaks.update(other.leaks)
        self.overridden.update(other.overridden)
        self.picture_paths |= other.picture_paths
        self.subjects.add(other.subjects)


def objections(tally: Tally, plan: Plan) -> list[str]:
    """Why, by what was counted, the export may not be released; empty where it may."""
    reasons = []
    limit = plan.limits.max_bad_share
    for bad, cells in ((tally.judged_bad, tally.judged_cells), (tally.bad, tally.cells)):
        for name in sorted(bad):
            if bad[name] > limit * cells[name]:
                found = (
                    f"{bad[name]:,} of {cells[name]:,} cells under {name} do not hold what the catalogue allows there"
                )
                reasons.append(f"{found}, which is more than the {100 * limit:.4g} % that the agreement tolerates")
    if tally.pictures and (refused := tally.pictures.refused):
        found = f"{counted(refused, 'picture')} cannot be decoded or would be absurdly large"
        if refused > limit * (refused + tally.pictures.released):
            reasons.append(f"{found}, which is more than the {100 * limit:.4g} % that the agreement tolerates")
    if plan.limits.on_leak == "refuse":
        for (column, of), count in sorted(tally.leaks.items()):
            reasons.append(f"a withheld {of} stands in {counted(count, 'cell')} of {column}")
    return list(dict.fromkeys(reasons))


def require_sound(tally: Tally, plan: Plan) -> None:
    """Raise ``Refused`` where, by what was counted, the export may not be released."""
    if reasons := objections(tally, plan):
        raise Refused(reasons, "see whether the export's columns have slipped, and export it again")
