"""Comparing what becomes of every situation under two sets of policies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from narrowgate.authoring.diff.where import Spot, told
from narrowgate.authoring.domain.domain import Circumstances, Domain
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
                for record in range(len(self.domain.records)):
                    before = self.old.leaving(circumstances[0], absent, record)
                    after = self.new.leaving(circumstances[0], absent, record)
                    if before or after:
                        found[supplier].append((Spot(circumstances, absent, record), before, after))
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
    return Both(Outcomes(old.gate, domain), Outcomes(new.gate, domain))


def direction_of(before: Action | None, after: Action | None) -> Direction:
    """Whether more would leave by ``after``."""
    if no_finer(after, before):
        return "narrows"
    return "widens" if no_finer(before, after) else "changes"


def field_changes(both: Both, old: Side, new: Side) -> Iterator[FieldChange]:
    """Every field that would leave otherwise: those that change alike, in the same situations, as one."""
    lines: dict[tuple[Action | None, Action | None, tuple[Where, ...]], _Line] = {}
    for supplier, spots in both.spots.items():
        cells: dict[Cell, list[Spot]] = defaultdict(list)
        for spot, earlier, later in spots:
            for cell in changed(earlier, later):
                cells[cell].append(spot)
        among = [spot for spot, _, _ in spots]
        for (name, before, after), here in cells.items():
            line = lines.setdefault((before, after, told(name, here, among, both.domain)), _Line())
            line.fields.setdefault(name, []).append(supplier)
    order = {name: number for number, name in enumerate(both.domain.fields)}
    for (before, after, where), line in lines.items():
        for fields, suppliers in line.grouped(order):
            yield FieldChange(
                purpose=both.domain.purpose,
                suppliers=suppliers,
                fields=fields,
                before=None if before is None else before.model_dump(mode="json", exclude_none=True),
                after=None if after is None else after.model_dump(mode="json", exclude_none=True),
                direction=direction_of(before, after),
                where=where,
                rules=tuple(_rules(both.domain.purpose, fields, (old if after is None else new).bundle)),
            )


def changed(before: Leaving, after: Leaving) -> Iterator[Cell]:
    """The fields that leave otherwise."""
    if before is not after and before != after:
        for name in dict.fromkeys([*before, *after]):
            if before.get(name) != after.get(name):
                yield name, before.get(name), after.get(name)


@dataclass
class _Line:
    """Fields that change alike, each with the suppliers for whom."""

    fields: dict[str, list[str]] = field(default_factory=dict)

    def grouped(self, order: Mapping[str, int]) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
        by_suppliers: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for name in sorted(self.fields, key=order.__getitem__):
            by_suppliers[tuple(self.fields[name])].append(name)
        for suppliers, fields in by_suppliers.items():
            yield tuple(fields), suppliers


def _rules(purpose: str, fields: Sequence[str], bundle: Bundle) -> Iterator[RuleAt]:
    for name in fields:
        rule = f"purposes.{purpose}.permit.{name}"
        for at in bundle.locate(rule):
            yield RuleAt(rule=rule, file=at.file, line=at.line)
