"""Comparing what becomes of every situation under two sets of policies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import combinations, product

from narrowgate.authoring.diff.parts import Space
from narrowgate.authoring.diff.where import Ground, Region, Spot, told
from narrowgate.authoring.domain.domain import Circumstances, Domain, Record
from narrowgate.authoring.domain.outcomes import Leaving, Outcomes
from narrowgate.authoring.domain.scope import Policies, domain_of
from narrowgate.model.actions import Action
from narrowgate.model.diff import Direction, FieldChange, Where
from narrowgate.model.fineness import no_finer
from narrowgate.model.rule import RuleAt
from narrowgate.plan.plan import Plan
from narrowgate.policy.bundle import Bundle
from narrowgate.service import Gate

Cell = tuple[str, Action | None, Action | None]
"""A field, and how it leaves before and after."""
_Regions = dict[tuple[str, str], Region]
"""By supplier and field."""


class Side:
    """One of two sets of policies."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.policies = Policies(gate.engine.policies)

    @property
    def bundle(self) -> Bundle:
        """Its policies."""
        return self.policies.bundle


@dataclass(frozen=True)
class Both:
    """What becomes of every situation of a purpose, before and after."""

    old: Outcomes
    new: Outcomes
    space: Space
    """How its situations are told."""

    @property
    def domain(self) -> Domain:
        """The situations, the same of both."""
        return self.old.domain

    @cached_property
    def spots(self) -> Mapping[str, Sequence[tuple[Spot, Leaving, Leaving]]]:
        """By supplier: the situations in which anything leaves, and what leaves in each."""
        found: dict[str, list[tuple[Spot, Leaving, Leaving]]] = defaultdict(list)
        for supplier, circumstances in self.alike:
            for absent in self.domain.absences:
                for record, cells in enumerate(self.domain.records):
                    before = self.old.leaving(circumstances[0], absent, record)
                    after = self.new.leaving(circumstances[0], absent, record)
                    if before or after:
                        spot = Spot(circumstances, self.space.of_rest(absent, cells), record)
                        found[supplier].append((spot, before, after))
        return found

    @cached_property
    def alike(self) -> Sequence[tuple[str, tuple[Circumstances, ...]]]:
        """Circumstances that neither can tell apart, with their supplier; those in which both refuse are left out."""
        released = {*self.old.released, *self.new.released}
        groups: dict[tuple[object, ...], list[Circumstances]] = defaultdict(list)
        for asked in self.old.circumstances:
            if asked in released:
                groups[asked.supplier, *(self._key(side, asked) for side in (self.old, self.new))].append(asked)
        return [(group[0].supplier, tuple(group)) for group in groups.values()]

    def _key(self, side: Outcomes, asked: Circumstances) -> object:
        """What ``side`` can tell of circumstances; None where it refuses."""
        open_to = side.admitted(asked)
        return (open_to, self.domain.columns.key(asked), self.domain.judgement.key(asked)) if open_to else None

    def plans(self) -> Iterator[tuple[str, Plan, Plan]]:
        """By supplier: the plans before and after, wherever there are both."""
        for supplier, circumstances in self.alike:
            for absent in self.domain.absences:
                before, after = self.old.plan(circumstances[0], absent), self.new.plan(circumstances[0], absent)
                if before is not None and after is not None:
                    yield supplier, before, after


def both_for(purpose: str, old: Side, new: Side) -> Both:
    """What becomes of every situation that either can tell apart.

    Raises:
        Unbounded: they cannot be listed.
    """
    domain = domain_of([old.policies, new.policies], purpose, old.gate.catalogue, {})
    domain = replace(domain, records=tuple(_with_gaps(domain, old.bundle, new.bundle)))
    return Both(Outcomes(old.gate, domain), Outcomes(new.gate, domain), Space(domain, old.gate.catalogue))


def _with_gaps(domain: Domain, old: Bundle, new: Bundle) -> Iterator[Record]:
    """The records, and those that lack what only one side reads: that side withholds them for it."""
    yield from domain.records
    read_by_one = {*old.reads(domain.purpose)} ^ {*new.reads(domain.purpose)}
    if domain.purpose in old.purposes and domain.purpose in new.purposes and read_by_one:
        gaps = [each for n in range(1, len(read_by_one) + 1) for each in combinations(sorted(read_by_one), n)]
        lacking = (tuple(c for c in record if c[0] not in gap) for record in domain.records for gap in gaps)
        yield from dict.fromkeys(lacking)


def direction_of(before: Action | None, after: Action | None) -> Direction:
    """Whether more would leave by ``after``."""
    if no_finer(after, before):
        return "narrows"
    return "widens" if no_finer(before, after) else "changes"


@dataclass(frozen=True)
class Line:
    """A line of the report, and for each supplier and field the situations that it is about."""

    change: FieldChange
    regions: Mapping[tuple[str, str], Region]


def field_changes(both: Both, old: Side, new: Side) -> Iterator[Line]:
    """Every field that would leave otherwise: those that change alike, in the same situations, as one."""
    lines: dict[tuple[Action | None, Action | None, tuple[Where, ...]], _Regions] = defaultdict(_Regions)
    for supplier, spots in both.spots.items():
        regions = cache(Ground(both.space, [spot for spot, _, _ in spots]).regions)
        for (name, before, after), here in cells_of(spots).items():
            for region in regions(tuple(here)):
                where = told(name, region, both.space.parts)
                lines[before, after, where][supplier, name] = region
    order = {name: number for number, name in enumerate(both.domain.fields)}
    for (before, after, where), found in lines.items():
        for fields, suppliers in _grouped(found, order):
            change = FieldChange(
                purpose=both.domain.purpose,
                suppliers=suppliers,
                fields=fields,
                before=None if before is None else before.model_dump(mode="json", exclude_none=True),
                after=None if after is None else after.model_dump(mode="json", exclude_none=True),
                direction=direction_of(before, after),
                where=where,
                rules=tuple(_rules(both.domain.purpose, fields, (old if after is None else new).bundle)),
            )
            yield Line(change, {key: found[key] for key in product(suppliers, fields)})


def cells_of(spots: Iterable[tuple[Spot, Leaving, Leaving]]) -> Mapping[Cell, list[int]]:
    """The numbers of the spots in which each field leaves otherwise."""
    found: dict[Cell, list[int]] = defaultdict(list)
    for number, (_, earlier, later) in enumerate(spots):
        for cell in changed(earlier, later):
            found[cell].append(number)
    return found


def changed(before: Leaving, after: Leaving) -> Iterator[Cell]:
    """The fields that leave otherwise."""
    if before is not after and before != after:
        for name in dict.fromkeys([*before, *after]):
            if before.get(name) != after.get(name):
                yield name, before.get(name), after.get(name)


def _grouped(
    regions: Mapping[tuple[str, str], Region], order: Mapping[str, int]
) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Fields, and the suppliers for whom they change: fields of the same suppliers together."""
    suppliers: dict[str, list[str]] = defaultdict(list)
    for supplier, name in regions:
        suppliers[name].append(supplier)
    fields: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name in sorted(suppliers, key=order.__getitem__):
        fields[tuple(suppliers[name])].append(name)
    return ((tuple(names), of) for of, names in fields.items())


def _rules(purpose: str, fields: Sequence[str], bundle: Bundle) -> Iterator[RuleAt]:
    for name in fields:
        rule = f"purposes.{purpose}.permit.{name}"
        for at in bundle.locate(rule):
            yield RuleAt(rule=rule, file=at.file, line=at.line)
