"""What passing cases exercise: facts of purposes, each of which an item of coverage may be."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable, Iterator
from datetime import date
from typing import Any

from narrowgate.authoring.cases.answers import Answer, Answers
from narrowgate.authoring.cases.run import Run
from narrowgate.authoring.cases.situations import CaseTrial, TableTrial, Trial
from narrowgate.model.actions import parse_action
from narrowgate.model.agreement import Agreement
from narrowgate.model.case import Terms
from narrowgate.model.history import DAYS
from narrowgate.policy.bundle import Bundle

Fact = tuple[Hashable, ...]


class Exercised:
    """The facts that passing cases of ``run`` establish.

    A fact is a tuple: what kind it is, whose it is, and the rest.
    """

    def __init__(self, run: Run, bundle: Bundle) -> None:
        self._run, self._bundle = run, bundle
        self.facts = frozenset(self._all())
        self.reasons = {name: _of(self.facts, name) for name in ("withheld", "refused")}
        """Pairs of purpose and reason."""

    def _all(self) -> Iterator[Fact]:
        for tried in self._run.tried:
            if tried.result.passed:
                yield from _trial_facts(tried.trial, self._run.answers, self._bundle)


def action_fact(name: str, purpose: str, field: str, action: Any) -> Fact:
    """That a rule of ``purpose`` gave ``field`` this action: a document, or only its name."""
    document = {"action": action} if isinstance(action, str) else action
    known = parse_action(document)
    return name, purpose, field, known.model_dump_json() if known else json.dumps(document, sort_keys=True)


def edges(agreement: Agreement) -> dict[str, date]:
    """The days at the edges of an agreement, in words."""
    one = date.resolution
    return {
        "the day before it starts": agreement.starts - one,
        "its first day": agreement.starts,
        "its last day": agreement.until,
        "the day after it ends": agreement.until + one,
    }


def _of(facts: Iterable[Fact], name: str) -> list[tuple[str, str]]:
    return [(str(fact[1]), str(fact[2])) for fact in facts if fact[0] == name]


def _trial_facts(trial: Trial, answers: Answers, bundle: Bundle) -> Iterator[Fact]:
    shown = _Shown(trial, answers)
    for situation in trial.situations:
        answer = answers[id(situation)]
        if answer.plan is not None:
            yield from _record_facts(trial, answer, bundle)
        if shown.by(answer):
            yield from _request_facts(answer, bundle)
            yield from _decision_facts(answer)
    for terms, answer in _expected_terms(trial, answers):
        if answer.plan is not None:
            agreement = answer.plan.obligations.agreement
            for part in (terms.limits, terms.output, terms.obligations):
                yield from (("terms", agreement, key) for key in (part.model_fields_set if part is not None else ()))


class _Shown:
    """Whether a trial would show that a request were decided otherwise.

    A table sees what leaves of its records. Where all of them are withheld anyway, more columns, or a refusal that is
    no more, make no difference.
    """

    def __init__(self, trial: Trial, answers: Answers) -> None:
        self._table = isinstance(trial, TableTrial)
        given = [answers[id(situation)] for situation in trial.situations]
        self._whose = {_whose(each) for each in given if any(verdict.release for verdict in each.verdicts.values())}
        self._refused = set[int]()
        if isinstance(trial, TableTrial):
            rows = trial.table.expect
            expected = ((trial.rows.get(combination), each) for combination, each in trial.combinations())
            self._refused = {
                id(each) for number, each in expected if number is not None and rows[number].refused is not None
            }

    def by(self, answer: Answer) -> bool:
        if not self._table:
            return True
        if answer.plan is not None:
            return any(verdict.release for verdict in answer.verdicts.values())
        return id(answer.situation) in self._refused or _whose(answer) in self._whose


def _whose(answer: Answer) -> tuple[str, str]:
    return answer.situation.request.supplier, answer.situation.request.purpose


def _expected_terms(trial: Trial, answers: Answers) -> Iterator[tuple[Terms, Answer]]:
    if isinstance(trial, CaseTrial):
        yield trial.case.expect, answers[id(trial.situation)]
    if isinstance(trial, TableTrial):
        for combination, situation in trial.combinations():
            if (number := trial.rows.get(combination)) is not None:
                yield trial.table.expect[number], answers[id(situation)]


def _request_facts(answer: Answer, bundle: Bundle) -> Iterator[Fact]:
    request = answer.situation.request
    purpose, attributes = request.purpose, request.attributes
    yield from (("refused", purpose, reason) for reason in answer.refusal)
    if purpose not in bundle.purposes:
        return
    for name, values in bundle.meta(purpose).attributes.items():
        value = attributes.get(name)
        yield "attribute", purpose, name, value if value is None or value in values else "another"
    for agreement in bundle.agreements(purpose):
        if agreement.supplier == request.supplier:
            yield from _agreement_facts(answer, agreement)


def _agreement_facts(answer: Answer, agreement: Agreement) -> Iterator[Fact]:
    request, history = answer.situation.request, answer.situation.history or {}
    name = agreement.id
    yield from (("edge", name, edge) for edge, day in edges(agreement).items() if day == request.on)
    if not agreement.starts <= request.on <= agreement.until:
        return
    if request.format not in agreement.formats:
        yield "edge", name, "a format that it does not list"
    if request.row_count == agreement.max_rows:
        yield "edge", name, "as many rows as it allows"
    if request.row_count == agreement.max_rows + 1:
        yield "edge", name, "one row more than it allows"
    for days in DAYS:
        most = getattr(agreement.max_people, f"days_{days}")
        held = getattr(history.get(request.purpose), f"days_{days}", None)
        if most is not None and held is not None:
            yield from (("edge", name, days, more) for more in (0, 1) if held.people_after == most + more)


def _decision_facts(answer: Answer) -> Iterator[Fact]:
    request, decision = answer.situation.request, answer.decision
    if answer.plan is None:
        return
    yield from (("held", request.purpose, field) for field in request.columns)
    for field, said in decision.columns.items() if decision else ():
        for rule in said.rules:
            if rule.startswith("purposes."):
                yield action_fact("permit", request.purpose, field, dict(said.action))
            else:
                yield "dropped", rule


def _record_facts(trial: Trial, answer: Answer, bundle: Bundle) -> Iterator[Fact]:
    purpose = answer.situation.request.purpose
    reads = bundle.reads(purpose)
    for name, verdict in answer.verdicts.items():
        yield from (("withheld", purpose, reason) for reason in verdict.reasons)
        record = trial.file.records[name]
        yield from (("value", purpose, field, record[field]) for field in reads if field in record)
        if verdict.release:
            yield "released", purpose
            for field, action in verdict.overrides.items():
                yield action_fact("override", purpose, field, action.model_dump(mode="json"))
