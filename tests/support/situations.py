"""Single situations, asked of the real engine, beside all those that a domain holds."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from narrowgate.authoring.domain.domain import Circumstances, Domain
from narrowgate.authoring.domain.outcomes import Leaving, Outcomes
from narrowgate.authoring.domain.samples import samples
from narrowgate.errors import PolicyInvalid, Refused
from narrowgate.model.catalogue import Catalogue, Value
from narrowgate.model.decision import Judgement
from narrowgate.model.history import History, Windows
from narrowgate.model.request import Request
from narrowgate.plan.plan import Plan, make_plan, overriding_actions
from narrowgate.service import Gate
from support.gates import DAY

_NOTHING: Leaving = {}


@dataclass(frozen=True)
class Situation:
    """A request for one record: all that policies may go by."""

    purpose: str
    supplier: str = "cardco"
    on: date = DAY
    format: str = "csv"
    row_count: int | None = None
    source: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    without: Collection[str] = ()
    """Columns that the export lacks."""
    people_after: Mapping[str, int] = field(default_factory=dict)
    """What the supplier would have been given for the purpose, by window."""
    record: Mapping[str, Value] = field(default_factory=dict)

    def request(self, catalogue: Catalogue) -> Request:
        """What is asked for."""
        return Request(
            supplier=self.supplier,
            purpose=self.purpose,
            on=self.on,
            format=self.format,
            row_count=self.row_count,
            source=self.source,
            attributes=dict(self.attributes),
            columns=tuple(name for name in catalogue.fields if name not in self.without),
        )

    def history(self) -> History:
        """What the supplier has been given."""
        windows = {window: {"people_after": number} for window, number in self.people_after.items()}
        return {self.purpose: Windows.model_validate(windows)}


def leaving(gate: Gate, asked: Situation) -> Leaving:
    """What leaves of the record, as the gate would have it: nothing where it refuses or rules disagree."""
    return leaving_each(gate, asked, [asked.record])[0]


def leaving_each(gate: Gate, asked: Situation, records: Sequence[Mapping[str, Value]]) -> list[Leaving]:
    """What leaves of each of ``records``."""
    request, policies = asked.request(gate.catalogue), gate.engine.policies
    reads = policies.reads(asked.purpose)
    judged = [{name: record.get(name, _usual(gate.catalogue, name)) for name in reads} for record in records]
    try:
        decision = gate.engine.decide(request, asked.history())
        plan = make_plan(decision, request, reads, policies.overridable(asked.purpose), gate.catalogue)
        return [_leaving(gate, plan, judgement) for judgement in gate.engine.judge(request, judged)]
    except (Refused, PolicyInvalid):
        return [_NOTHING] * len(records)


def _leaving(gate: Gate, plan: Plan, judgement: Judgement) -> Leaving:
    if not judgement.release:
        return _NOTHING
    actions = {column.field: column.action for column in plan.columns}
    actions |= overriding_actions(plan, judgement, gate.catalogue)
    return {name: action for name, action in actions.items() if action.action != "drop"}


def all_leaving(gate: Gate, domain: Domain) -> set[frozenset[Any]]:
    """Each outcome that any situation of ``domain`` has."""
    outcomes = Outcomes(gate, domain)
    alike: dict[Any, tuple[Circumstances, frozenset[str]]] = {}
    for circumstances in outcomes.circumstances:
        for absent in domain.absences:
            plan = outcomes.plan(circumstances, absent)
            alike[id(plan), domain.judgement.key(circumstances), absent] = circumstances, absent
    return {
        as_outcome(outcomes.leaving(circumstances, absent, record))
        for circumstances, absent in alike.values()
        for record in range(len(domain.records))
    }


def as_outcome(leaving: Leaving) -> frozenset[Any]:
    """``leaving``, to be compared."""
    return frozenset((name, str(action.model_dump(mode="json"))) for name, action in leaving.items())


def _usual(catalogue: Catalogue, name: str) -> Value:
    described = catalogue[name]
    match described.type:
        case "boolean":
            return False
        case "integer" | "number":
            return described.minimum or 0
        case _:
            return samples(described, 1)[0]
