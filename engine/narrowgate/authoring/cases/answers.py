"""What the policies say of situations, asked in few calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from narrowgate.authoring.cases.files import CaseFile
from narrowgate.authoring.cases.situations import Situation, Trial
from narrowgate.errors import PolicyInvalid, Refused
from narrowgate.model.case import CellValue
from narrowgate.model.decision import Decision
from narrowgate.plan.plan import Plan, make_plan
from narrowgate.service import Gate
from narrowgate.tables.judging import Judge, Verdict


@dataclass(frozen=True)
class Answer:
    """What would become of a situation."""

    situation: Situation
    decision: Decision | None = None
    plan: Plan | None = None
    """None where nothing is released."""
    refusal: tuple[str, ...] = ()
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    """By record."""
    error: str = ""
    """Why there is no answer: rules that contradict each other, or cannot be evaluated."""


Answers = Mapping[int, Answer]
"""By identity of the situation."""


def ask(gate: Gate, trials: Iterable[Trial]) -> Answers:
    """The policies' answers to all situations of ``trials``."""
    asked = [(trial.file, situation) for trial in trials for situation in trial.situations]
    decided = _decided(gate, [situation for _, situation in asked])
    return {
        id(situation): _answer(gate, file, situation, decision)
        for (file, situation), decision in zip(asked, decided, strict=True)
    }


def _decided(gate: Gate, situations: list[Situation]) -> Iterator[Decision | PolicyInvalid]:
    """The decision on each; requests that share a history are decided together."""
    alike: dict[str, list[Situation]] = {}
    for each in situations:
        alike.setdefault(repr(each.history), []).append(each)
    found: dict[int, Decision | PolicyInvalid] = {}
    for group in alike.values():
        found |= zip(map(id, group), _decide(gate, group), strict=True)
    return (found[id(each)] for each in situations)


def _decide(gate: Gate, group: list[Situation]) -> list[Decision | PolicyInvalid]:
    requests, history = [each.request for each in group], group[0].history
    gate.engine.policies  # noqa: B018 - policies that do not pass vetting are no case's fault
    try:
        return [*gate.engine.decide_each(requests, history)]
    except PolicyInvalid as error:
        if len(group) == 1:
            return [error]
        # One of them is at fault: halves find it by few calls.
        middle = len(group) // 2
        return [*_decide(gate, group[:middle]), *_decide(gate, group[middle:])]


def _answer(gate: Gate, file: CaseFile, situation: Situation, decision: Decision | PolicyInvalid) -> Answer:
    if isinstance(decision, PolicyInvalid):
        return Answer(situation, error=decision.message)
    policies, request = gate.engine.policies, situation.request
    try:
        reads, overridable = policies.reads(request.purpose), policies.overridable(request.purpose)
        plan = make_plan(decision, request, reads, overridable, gate.catalogue)
        return Answer(situation, decision, plan, verdicts=_verdicts(gate, file, situation, plan))
    except Refused as refusal:
        return Answer(situation, decision, refusal=refusal.reasons)
    except PolicyInvalid as error:
        return Answer(situation, decision, error=error.message)


def _verdicts(gate: Gate, file: CaseFile, situation: Situation, plan: Plan) -> dict[str, Verdict]:
    if not situation.records:
        return {}
    judge = Judge(plan, gate.catalogue, lambda records: gate.engine.judge(situation.request, records))
    rows = [{field: _text(value) for field, value in file.records[name].items()} for name in situation.records]
    return dict(zip(situation.records, judge.verdict_on(rows), strict=True))


def _text(value: CellValue) -> str | None:
    if value is None or value == "":
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)
