"""Whose data of an export would leave otherwise."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from narrowgate.authoring.diff.compare import Both, changed, direction_of
from narrowgate.authoring.domain.outcomes import Outcomes
from narrowgate.model.actions import Action
from narrowgate.service import Gate
from narrowgate.tables.census import census
from narrowgate.tables.export import Export

Open = Callable[[], AbstractContextManager[Export]]


@dataclass(frozen=True)
class Affected:
    """People of an export."""

    by_cell: Mapping[tuple[str, str, Action | None, Action | None], frozenset[str]]
    """By supplier, field, action before and action after."""
    wider: frozenset[str]
    """Of whom more would leave."""
    lacking: tuple[str, ...]
    """Columns that the export lacks, so that nobody's records can be judged by the old or the new policies."""


def people_affected(both: Both, old: Gate, new: Gate, open_export: Open) -> Affected:
    """The people whose data would leave otherwise for the purpose, in any circumstances.

    Args:
        open_export: opens the export, once more for each purpose.
    """
    domain = both.domain
    with open_export() as file:
        people = census(file, old.catalogue, domain.record_fields)
        held = {*file.binding.columns}
    absent = frozenset(field for field in domain.fields if field not in held)
    theirs = replace(domain, records=tuple(people), absences=(absent,))
    here = Both(Outcomes(old, theirs), Outcomes(new, theirs))
    found: dict[tuple[str, str, Action | None, Action | None], set[str]] = defaultdict(set)
    wider = set[str]()
    for supplier, spots in here.spots.items():
        for spot, before, after in spots:
            for name, was, becomes in changed(before, after):
                concerned = people[theirs.records[spot.record]]
                found[supplier, name, was, becomes] |= concerned
                if direction_of(was, becomes) != "narrows":
                    wider |= concerned
    reads = {name for gate in (old, new) for name in gate.engine.policies.reads(domain.purpose)}
    return Affected(
        {cell: frozenset(each) for cell, each in found.items()}, frozenset(wider), tuple(sorted(reads & absent))
    )
