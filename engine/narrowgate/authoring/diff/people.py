"""Whose data of an export would leave otherwise."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import cache

from narrowgate.authoring.diff.compare import Both, Line, cells_of, direction_of
from narrowgate.authoring.diff.parts import Point
from narrowgate.authoring.diff.where import Region, Spot, holds
from narrowgate.authoring.domain.domain import Circumstances
from narrowgate.authoring.domain.outcomes import Outcomes
from narrowgate.model.actions import Action, parse_action
from narrowgate.model.catalogue import Catalogue
from narrowgate.policy.bundle import Bundle
from narrowgate.service import Gate
from narrowgate.tables.census import Census, census
from narrowgate.tables.export import Export

Open = Callable[[], AbstractContextManager[Export]]
_Cells = Mapping[tuple[str, str, Action | None, Action | None], list[tuple[Spot, frozenset[str]]]]


@dataclass(frozen=True)
class Affected:
    """People of an export."""

    both: Both
    cells: _Cells
    """By supplier, field, action before and action after: in which situations, and who is in them."""
    lacking: tuple[str, ...]
    """Columns that the export lacks, so that nothing of it leaves before or after."""

    @property
    def wider(self) -> frozenset[str]:
        """Of whom more would leave."""
        found = (people for cell, some in self.cells.items() for _, people in some if _is_wider(*cell[2:]))
        return frozenset[str]().union(*found)

    def of(self, line: Line) -> int:
        """How many ``line`` is about."""
        before, after = parse_action(line.change.before), parse_action(line.change.after)
        found = set[str]()
        for (supplier, name), region in line.regions.items():
            for people in self._within(region, self.cells.get((supplier, name, before, after), [])):
                found |= people
        return len(found)

    def _within(self, region: Region, some: list[tuple[Spot, frozenset[str]]]) -> Iterator[frozenset[str]]:
        asked_about = self.both.space.asked_about
        asked = cache(lambda circumstances: self._touches(region[:asked_about], circumstances))
        return (people for spot, people in some if holds(region[asked_about:], spot.rest) and asked(spot.circumstances))

    def _touches(self, region: Region, circumstances: tuple[Circumstances, ...]) -> bool:
        return any(holds(region, self._point(each)) for each in circumstances)

    def _point(self, asked: Circumstances) -> Point:
        return self.both.space.of(asked)


@dataclass(frozen=True)
class People:
    """Whose records an export holds, and of which fields."""

    counted: Census
    held: frozenset[str]


def people_of(open_export: Open, catalogue: Catalogue, all_of: Sequence[Both]) -> People:
    """The people of an export, by all that any of the purposes goes by; it is read once for all of them."""
    fields = tuple(dict.fromkeys(field for both in all_of for field in both.domain.record_fields))
    with open_export() as file:
        return People(census(file, catalogue, fields), frozenset(file.binding.columns))


def people_affected(both: Both, old: Gate, new: Gate, people: People) -> Affected:
    """The people whose data would leave otherwise for the purpose, whenever and in whatever format it is asked for."""
    domain = both.domain
    counted = people.counted.of(domain.record_fields)
    absent = frozenset(field for field in domain.fields if field not in people.held)
    counts = domain.row_counts if domain.row_counts == (None,) else (counted.records,)
    theirs = replace(domain, records=tuple(counted.people), absences=(absent,), row_counts=counts)
    here = Both(Outcomes(old, theirs), Outcomes(new, theirs), both.space)
    found: dict[tuple[str, str, Action | None, Action | None], list[tuple[Spot, frozenset[str]]]] = defaultdict(list)
    for supplier, spots in here.spots.items():
        for (name, was, becomes), numbers in cells_of(spots).items():
            some = [spots[number][0] for number in numbers]
            found[supplier, name, was, becomes] = [(s, counted.people[theirs.records[s.record]]) for s in some]
    bundles = [gate.engine.policies for gate in (old, new)]
    return Affected(both, found, _lacking(domain.purpose, bundles, absent))


def _lacking(purpose: str, bundles: list[Bundle], absent: frozenset[str]) -> tuple[str, ...]:
    """What ``absent`` takes from both: where only one is in want of it, all that leaves by the other is a change."""
    wants = [{*bundle.reads(purpose)} & absent for bundle in bundles if purpose in bundle.purposes]
    return tuple(sorted(set[str]().union(*wants))) if all(wants) else ()


def _is_wider(before: Action | None, after: Action | None) -> bool:
    return direction_of(before, after) != "narrows"
