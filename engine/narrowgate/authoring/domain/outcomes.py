"""What becomes of every situation, as the engine decides it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, partial
from typing import Any, TypeVar

from narrowgate.authoring.domain.domain import Circumstances, Domain
from narrowgate.errors import PolicyInvalid, Refused
from narrowgate.model.actions import Action
from narrowgate.model.decision import Decision, Judgement
from narrowgate.model.request import Request
from narrowgate.plan.plan import Plan, make_plan, overriding_actions
from narrowgate.service import Gate

T = TypeVar("T")
U = TypeVar("U")

Leaving = Mapping[str, Action]
"""Action by field that leaves; what it does not hold is withheld."""
Key = tuple[object, ...]
_NOTHING: Leaving = {}


class Outcomes:
    """What leaves in each situation of ``domain`` under the policies of ``gate``.

    Each part of the policies is asked once for all situations that it cannot tell apart, many by one call.
    """

    def __init__(self, gate: Gate, domain: Domain) -> None:
        self._gate, self.domain = gate, domain
        self.conflicts: list[str] = []
        """What rules disagree about, in situations that are refused for it."""
        policies = gate.engine.policies
        self._reads = policies.reads(domain.purpose)
        self._overridable = policies.overridable(domain.purpose)
        self._leaving: dict[tuple[int, int], Leaving] = {}
        self.circumstances = tuple(domain.circumstances())

    @cached_property
    def released(self) -> tuple[Circumstances, ...]:
        """The circumstances in which an export is released, whatever becomes of its columns and records."""
        effects = self._effects
        return tuple(each for each in self.circumstances if self.domain.effect.key(each) in effects)

    @cached_property
    def _effects(self) -> dict[Key, frozenset[frozenset[str]]]:
        """By what the effect goes by: the sets of columns whose absence does not refuse."""
        effect = self.domain.effect
        sets = self.domain.absences if effect.columns else self.domain.absences[:1]
        asked = {effect.key(each): each for each in self.circumstances}
        named = sorted({name for absent in self.domain.absences for name in absent})
        questions = [
            ((key, absent), each, tuple(name for name in named if name not in absent) if effect.columns else ())
            for key, each in asked.items()
            for absent in sets
        ]
        found: dict[Key, set[frozenset[str]]] = defaultdict(set)
        for (key, absent), decision in self._decided(questions):
            if decision is not None and decision.effect == "release":
                found[key] |= {absent} if effect.columns else set(self.domain.absences)
        return {key: frozenset(sets) for key, sets in found.items()}

    @cached_property
    def plans(self) -> Mapping[tuple[Key, frozenset[str]], Plan]:
        """By what columns go by, and the columns that are lacking: the plan, where anything may leave."""
        factor = self.domain.columns
        asked = {(factor.key(each), absent): each for each in self.released for absent in self.admitted(each)}
        questions = [((key, absent), each, self.domain.present(absent)) for (key, absent), each in asked.items()]
        found: dict[tuple[Key, frozenset[str]], Plan] = {}
        for (key, absent), decision in self._decided(questions):
            if decision is not None and (plan := self._plan(asked[key, absent], absent, decision)) is not None:
                found[key, absent] = plan
        return found

    @cached_property
    def judgements(self) -> Mapping[tuple[Key, frozenset[str]], Sequence[Judgement | None]]:
        """By what judgements go by: one for each record, None where it is withheld unasked, or rules disagree."""
        asked = {
            self._judged_by(each, absent): (each, absent) for each in self.released for absent in self.admitted(each)
        }
        records = [{name: value for name, value in record if name in self._reads} for record in self.domain.records]
        # A record that lacks what rules read is withheld unasked.
        distinct = {tuple(record.items()): record for record in records if len(record) == len(self._reads)}
        found: dict[tuple[Key, frozenset[str]], Sequence[Judgement | None]] = {}
        for key, (each, absent) in asked.items():
            request = self._request(each, self.domain.present(absent))
            judged = self._tolerantly(list(distinct.values()), partial(self._gate.engine.judge, request))
            by_record = dict(zip(distinct, judged, strict=True))
            found[key] = [by_record.get(tuple(record.items())) for record in records]
        return found

    def _judged_by(self, circumstances: Circumstances, absent: frozenset[str]) -> tuple[Key, frozenset[str]]:
        factor = self.domain.judgement
        return factor.key(circumstances), absent if factor.columns else frozenset()

    def admitted(self, circumstances: Circumstances) -> frozenset[frozenset[str]]:
        """The sets of columns whose absence does not refuse an export; none where it is refused anyway."""
        return self._effects.get(self.domain.effect.key(circumstances), frozenset())

    def plan(self, circumstances: Circumstances, absent: frozenset[str]) -> Plan | None:
        """What happens to an export that lacks the columns ``absent``; None where nothing leaves of it."""
        if absent not in self.admitted(circumstances):
            return None
        return self.plans.get((self.domain.columns.key(circumstances), absent))

    def leaving(self, circumstances: Circumstances, absent: frozenset[str], record: int) -> Leaving:
        """What leaves of the record with this number."""
        plan = self.plan(circumstances, absent)
        if plan is None:
            return _NOTHING
        judgement = self.judgements[self._judged_by(circumstances, absent)][record]
        if judgement is None or not judgement.release:
            return _NOTHING
        return self.leaving_by(plan, judgement)

    def leaving_by(self, plan: Plan, judgement: Judgement) -> Leaving:
        """What leaves of a released record."""
        found = self._leaving.get((id(plan), id(judgement)))
        if found is None:
            actions = {column.field: column.action for column in plan.columns}
            actions |= overriding_actions(plan, judgement, self._gate.catalogue)
            found = {field: action for field, action in actions.items() if action.action != "drop"}
            self._leaving[id(plan), id(judgement)] = found
        return found

    def _plan(self, circumstances: Circumstances, absent: frozenset[str], decision: Decision) -> Plan | None:
        request = self._request(circumstances, self.domain.present(absent))
        try:
            return make_plan(decision, request, self._reads, self._overridable, self._gate.catalogue)
        except Refused:
            return None

    def _request(self, circumstances: Circumstances, columns: tuple[str, ...]) -> Request:
        said = circumstances._asdict() | {"attributes": dict(circumstances.attributes)}
        said.pop("given")
        return Request(purpose=self.domain.purpose, columns=columns, **said)

    def _decided(
        self, questions: Sequence[tuple[T, Circumstances, tuple[str, ...]]]
    ) -> Iterable[tuple[T, Decision | None]]:
        """The decision on each question, None where rules disagree."""
        by_history: dict[Any, list[tuple[T, Circumstances, tuple[str, ...]]]] = defaultdict(list)
        for question in questions:
            by_history[question[1].given].append(question)
        for some in by_history.values():
            requests = [self._request(circumstances, columns) for _, circumstances, columns in some]
            decide = partial(self._gate.engine.decide_each, history=some[0][1].history())
            decisions = self._tolerantly(requests, decide)
            yield from zip((name for name, _, _ in some), decisions, strict=True)

    def _tolerantly(self, asked: Sequence[T], ask: Callable[[Sequence[T]], list[U]]) -> list[U | None]:
        """One answer for each, None where there is none since rules disagree: such a request is refused."""
        try:
            return [*ask(asked)]
        except PolicyInvalid as error:
            if len(asked) == 1:
                self.conflicts.append(error.message)
                return [None]
        half = len(asked) // 2
        return self._tolerantly(asked[:half], ask) + self._tolerantly(asked[half:], ask)
