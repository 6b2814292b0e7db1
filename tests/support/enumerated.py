"""What leaves under policies, situation by situation: every request decided and every record judged as the gate does.

Nothing here knows how ``policy diff`` and ``policy verify`` find their situations.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import Any

from narrowgate.errors import PolicyInvalid, Refused
from narrowgate.model.decision import Judgement
from narrowgate.model.history import History, Windows
from narrowgate.model.request import Request
from narrowgate.plan.plan import Plan, make_plan, overriding_actions
from narrowgate.service import Gate

Record = Mapping[str, Any]
Leaving = Mapping[str, str]
"""The action, in words, of each field that leaves."""


@dataclass(frozen=True)
class Asked:
    """A request, but for its purpose."""

    supplier: str
    on: date
    format: str
    row_count: int | None
    attributes: tuple[tuple[str, str], ...]
    lacking: tuple[str, ...]
    people: int = 0
    """Whom the supplier has been given in 30 days, this release included."""


def every(
    suppliers: Sequence[str],
    days: Sequence[str],
    formats: Sequence[str] = ("csv",),
    row_counts: Sequence[int | None] = (None,),
    attributes: Sequence[Mapping[str, str]] = ({},),
    lacking: Sequence[tuple[str, ...]] = ((),),
    people: Sequence[int] = (0,),
) -> list[Asked]:
    """A request for each combination."""
    listed = [tuple(sorted(each.items())) for each in attributes]
    on = [date.fromisoformat(day) for day in days]
    return [Asked(*each) for each in product(suppliers, on, formats, row_counts, listed, lacking, people)]


class Decider:
    """What a gate decides of a purpose, one request after the other."""

    def __init__(self, gate: Gate, purpose: str) -> None:
        self._gate, self._purpose = gate, purpose
        self._known = purpose in gate.engine.policies.purposes
        self._reads = gate.engine.policies.reads(purpose)

    def plan(self, asked: Asked) -> Plan | None:
        """The plan; None where the request is refused."""
        request, policies = self.request(asked), self._gate.engine.policies
        if not self._known:
            return None
        try:
            decision = self._gate.engine.decide(request, self._history(asked))
            overridable = policies.overridable(self._purpose)
            return make_plan(decision, request, self._reads, overridable, self._gate.catalogue)
        except (Refused, PolicyInvalid):
            return None

    def leaving(self, asked: Asked, plan: Plan, records: Sequence[Record]) -> list[Leaving]:
        """What leaves of each record."""
        usable = [record for record in records if self._is_usable(record)]
        read = [{name: record[name] for name in self._reads} for record in usable]
        judged = iter(self._gate.engine.judge(self.request(asked), read))
        return [self._left(plan, next(judged)) if record in usable else {} for record in records]

    def request(self, asked: Asked) -> Request:
        """What is asked."""
        columns = tuple(name for name in self._gate.catalogue.fields if name not in asked.lacking)
        return Request(
            supplier=asked.supplier,
            purpose=self._purpose,
            on=asked.on,
            format=asked.format,
            columns=columns,
            row_count=asked.row_count,
            attributes=dict(asked.attributes),
        )

    def _history(self, asked: Asked) -> History:
        given = {"people": 0, "records": 0, "people_after": asked.people, "records_after": asked.people}
        return {self._purpose: Windows.model_validate({"days_30": given})}

    def _is_usable(self, record: Record) -> bool:
        """A record that lacks what rules read, or has what is no value of it, is withheld unasked."""
        for name in self._reads:
            allowed = self._gate.catalogue[name].enum
            if record.get(name) is None or (allowed is not None and record[name] not in allowed):
                return False
        return True

    def _left(self, plan: Plan, judgement: Judgement) -> Leaving:
        if not judgement.release:
            return {}
        actions = {column.field: column.action for column in plan.columns}
        actions |= overriding_actions(plan, judgement, self._gate.catalogue)
        return {field: action.describe() for field, action in actions.items() if action.action != "drop"}


@dataclass(frozen=True)
class Seen:
    """A situation, and what leaves in it before and after."""

    asked: Asked
    record: Record
    before: Leaving
    after: Leaving


def compared(old: Decider, new: Decider, asked: Sequence[Asked], records: Sequence[Record]) -> Iterator[Seen]:
    """Every situation in which something leaves before or after."""
    for each in asked:
        both: list[Sequence[Leaving]] = [
            (decider.leaving(each, plan, records) if (plan := decider.plan(each)) else [{}] * len(records))
            for decider in (old, new)
        ]
        for record, before, after in zip(records, *both, strict=True):
            if before or after:
                yield Seen(each, record, before, after)
