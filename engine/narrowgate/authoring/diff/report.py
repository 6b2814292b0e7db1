"""The whole comparison."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from narrowgate.authoring.diff.compare import Both, Line, Side, both_for, field_changes
from narrowgate.authoring.diff.people import Open, people_affected, people_of
from narrowgate.authoring.diff.terms import term_changes
from narrowgate.authoring.domain.scope import Unbounded
from narrowgate.model.diff import DiffReport, FieldChange
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
    compared: list[tuple[Both, list[Line]]] = []
    not_compared: list[Unproven] = []
    for purpose in sorted({*old.bundle.purposes, *new.bundle.purposes}):
        try:
            both = both_for(purpose, old, new)
        except Unbounded as error:
            not_compared.append(Unproven(purpose=purpose, obstacles=tuple(map(str, error.obstacles))))
            continue
        compared.append((both, list(field_changes(both, old, new))))
        progress(purpose)
    fields = [line.change for _, lines in compared for line in lines]
    counted = None
    if open_export is not None:
        counted = _counted([each for each in compared if each[1]], old, new, open_export)
        fields = counted.changes
    terms = [change for both, _ in compared for change in term_changes(both)]
    return DiffReport(
        old=names[0],
        new=names[1],
        widens=any(change.direction != "narrows" for change in fields) or any(t.direction == "widens" for t in terms),
        situations=sum(both.domain.situations for both, _ in compared),
        fields=tuple(sorted(fields, key=lambda change: (_ORDER.index(change.direction), change.purpose))),
        terms=tuple(sorted(terms, key=lambda change: (_ORDER.index(change.direction), change.purpose))),
        people_affected=None if counted is None else len(counted.wider),
        not_counted=() if counted is None else tuple(counted.lacking),
        not_compared=tuple(not_compared),
        conflicts=tuple(dict.fromkeys(each for both, _ in compared for each in _conflicts(both))),
    )


@dataclass
class _Counted:
    """Changes with the people that they are about."""

    changes: list[FieldChange] = field(default_factory=list)
    wider: set[str] = field(default_factory=set)
    """Of whom more would leave."""
    lacking: list[str] = field(default_factory=list)
    """Purposes for which nobody is counted, and why."""


def _counted(changed: list[tuple[Both, list[Line]]], old: Side, new: Side, open_export: Open) -> _Counted:
    found = _Counted()
    if not changed:
        return found
    people = people_of(open_export, old.gate.catalogue, [both for both, _ in changed])
    for both, lines in changed:
        affected = people_affected(both, old.gate, new.gate, people)
        found.changes += [line.change.model_copy(update={"people": affected.of(line)}) for line in lines]
        found.wider |= affected.wider
        if affected.lacking:
            found.lacking.append(f"{both.domain.purpose}: the export has no {' and no '.join(affected.lacking)}")
    return found


def _conflicts(both: Both) -> list[str]:
    return [f"{when}: {each}" for when, side in (("before", both.old), ("after", both.new)) for each in side.conflicts]
