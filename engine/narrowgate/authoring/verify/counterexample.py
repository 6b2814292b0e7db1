"""The situation in which an invariant does not hold, as a case that its author can paste."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from narrowgate.authoring.domain.domain import Circumstances, Domain
from narrowgate.authoring.domain.outcomes import Leaving
from narrowgate.authoring.domain.points import all_of, numbers, whole_numbers
from narrowgate.authoring.domain.samples import samples
from narrowgate.model.actions import as_written
from narrowgate.model.catalogue import Catalogue, Field, Value
from narrowgate.model.invariant import Invariant
from narrowgate.model.proof import Counterexample
from narrowgate.model.rule import RuleAt
from narrowgate.model.yaml import dump_yaml
from narrowgate.plan.plan import Plan
from narrowgate.policy.bundle import Bundle
from narrowgate.service import Gate

_NAME, _USUAL_FORMAT = "counterexample", "csv"


@dataclass(frozen=True)
class Violation:
    """A situation in which something leaves that must not."""

    plan: Plan
    asked: Circumstances
    absent: frozenset[str]
    domain: Domain
    record: int
    """Its number in the domain."""
    leaving: Leaving
    forbidden: tuple[str, ...]

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """As few as it takes: what leaves, what records are judged by, and those whose presence rules ask for."""
        asked_for = {name for absent in self.domain.absences for name in absent} - self.absent
        needed = {*self.forbidden, *self.plan.reads, *self.domain.record_fields, *asked_for}
        return tuple(field for field in self.domain.fields if field in needed)

    @property
    def size(self) -> tuple[int, ...]:
        """The smaller, the easier to see through."""
        asked, history = self.asked, sum(number for _, number in self.asked.given)
        circumstances = len(asked.attributes), int(asked.row_count is not None), history
        return *circumstances, len(self.columns), self.domain.formats.index(asked.format), self.record


def counterexample(invariant: Invariant, violation: Violation, gate: Gate) -> Counterexample:
    """``violation`` as its author reads it."""
    asked, bundle = violation.asked, gate.engine.policies
    record = dict(violation.domain.records[violation.record])
    return Counterexample(
        purpose=violation.domain.purpose,
        supplier=asked.supplier,
        on=asked.on,
        format=asked.format,
        row_count=asked.row_count,
        attributes=dict(asked.attributes),
        given={".".join(cell): number for cell, number in asked.given},
        record=record,
        leaves={name: violation.leaving[name].model_dump(mode="json") for name in violation.forbidden},
        rules=tuple(_rules(violation, bundle)),
        case=_case(invariant, violation, record, gate.catalogue),
    )


def _rules(violation: Violation, bundle: Bundle) -> Iterable[RuleAt]:
    for name in violation.forbidden:
        column = violation.plan.column(name)
        for rule in column.rules if column else ():
            for at in bundle.locate(rule):
                yield RuleAt(rule=rule, file=at.file, line=at.line)


def _case(invariant: Invariant, violation: Violation, record: dict[str, Value], catalogue: Catalogue) -> str:
    asked, fields = violation.asked, {name: record.get(name, _value(catalogue[name])) for name in violation.columns}
    rest = {name: as_written(each) for name, each in violation.leaving.items() if name in violation.columns}
    for name in violation.forbidden:
        rest.pop(name)
    document: dict[str, Any] = {"records": {_NAME: fields}}
    if asked.given:
        windows = {window: people for (_, window, _), people in asked.given}
        request = {"supplier": asked.supplier, "purpose": violation.domain.purpose, "on": asked.on}
        request |= {"format": asked.format, "attributes": dict(asked.attributes), "history": windows}
        document["requests"] = {_NAME: request}
        case = {"name": invariant.name, "request": _NAME, "records": [_NAME], "expect": {"effect": "refuse"}}
        document["cases"] = [case]
    else:
        table: dict[str, Any] = {"name": invariant.name, "suppliers": [asked.supplier]}
        table |= {"purposes": [violation.domain.purpose], "records": [_NAME], "days": [asked.on]}
        table |= {"formats": [asked.format]} if asked.format != _USUAL_FORMAT else {}
        table |= {"row_counts": [asked.row_count]} if asked.row_count is not None else {}
        table |= {"attributes": [dict(asked.attributes)]} if asked.attributes else {}
        table["expect"] = [{"record": _NAME, "leaves": rest}] if rest else []
        document["tables"] = [table]
    return dump_yaml(document, flow=None, width=110)


def _value(field: Field) -> Value:
    """Some value that the catalogue allows."""
    if values := all_of(field):
        return values[0]
    if field.type == "integer":
        return whole_numbers((), 0, field.minimum, field.maximum)[0]
    if field.type == "number":
        return numbers((), 0, field.minimum, field.maximum)[0]
    return next(iter(samples(field, 1)), "")
