"""The whole comparison."""

from __future__ import annotations

from collections.abc import Callable

from narrowgate.authoring.diff.compare import Both, Side, both_for, field_changes
from narrowgate.authoring.diff.people import Open, people_affected
from narrowgate.authoring.diff.terms import term_changes
from narrowgate.authoring.domain.scope import Unbounded
from narrowgate.model.diff import DiffReport, FieldChange, TermChange
from narrowgate.model.proof import Unproven

_ORDER = ("widens", "changes", "narrows")


def compare(
    old: Side, new: Side, names: tuple[str, str], open_export: Open | None, progress: Callable[[str], None]
) -> DiffReport:
    """What would leave under ``new`` that does not leave under ``old``, and the other way round.

    Args:
        names: what the two are called.
        open_export: opens the export whose people are counted; None: nobody is counted.
        progress: called with each purpose once it has been compared.

    Raises:
        EngineError: an engine does not answer.
        InputError: the export cannot be read.
    """
    fields: list[FieldChange] = []
    terms: list[TermChange] = []
    not_counted: list[str] = []
    not_compared, situations, conflicts, wider = [], 0, dict[str, None](), set[str]()
    for purpose in sorted({*old.bundle.purposes, *new.bundle.purposes}):
        try:
            both = both_for(purpose, old, new)
        except Unbounded as error:
            not_compared.append(Unproven(purpose=purpose, obstacles=tuple(map(str, error.obstacles))))
            continue
        lines = list(field_changes(both, old, new))
        changes = [line.change for line in lines]
        if open_export is not None and lines:
            affected = people_affected(both, old.gate, new.gate, open_export)
            changes = [line.change.model_copy(update={"people": affected.of(line)}) for line in lines]
            wider |= affected.wider
            if affected.lacking:
                not_counted.append(f"{purpose}: the export has no {' and no '.join(affected.lacking)}")
        fields += changes
        terms += term_changes(both)
        situations += both.domain.situations
        conflicts |= dict.fromkeys(_conflicts(both))
        progress(purpose)
    return DiffReport(
        old=names[0],
        new=names[1],
        widens=any(change.direction != "narrows" for change in fields) or any(t.direction == "widens" for t in terms),
        situations=situations,
        fields=tuple(sorted(fields, key=lambda change: (_ORDER.index(change.direction), change.purpose))),
        terms=tuple(sorted(terms, key=lambda change: (_ORDER.index(change.direction), change.purpose))),
        people_affected=None if open_export is None else len(wider),
        not_counted=tuple(not_counted),
        not_compared=tuple(not_compared),
        conflicts=tuple(conflicts),
    )


def _conflicts(both: Both) -> list[str]:
    return [f"{when}: {each}" for when, side in (("before", both.old), ("after", both.new)) for each in side.conflicts]
