"""Which of several rules that answer alike made a case come out as it did: OPA is asked what it ran."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from narrowgate.authoring.cases.answers import Answer
from narrowgate.authoring.cases.coverage.exercised import action_fact
from narrowgate.authoring.cases.files import CaseFile
from narrowgate.authoring.cases.rego import heads_run
from narrowgate.authoring.cases.rules import reason_of
from narrowgate.authoring.cases.run import Run
from narrowgate.policy.binary import find_opa
from narrowgate.policy.bundle import PURPOSES, Bundle
from narrowgate.policy.syntax import Rule, constant

Heads = frozenset[tuple[str, int]]
"""File and line of rules."""

_QUERY = (
    "decided := data.narrowgate.decisions; "
    "judged := [answer | some asked in input.asked; answer := data.narrowgate.judgements with input as asked]"
)
_UNJUDGED = (" is missing", " is not what the catalogue allows")


def ambiguous(purpose: str, bundle: Bundle) -> Heads:
    """The rules of ``purpose`` whose answers do not tell them from another rule's."""
    found = [(module, rule, _answer(rule)) for module, rule in bundle.in_package((*PURPOSES, purpose))]
    times = Counter(answer for _, _, answer in found)
    return frozenset((module.path, module.line(rule)) for module, rule, answer in found if times[answer] > 1)


def _answer(rule: Rule) -> str:
    if rule.name in {"withhold", "refuse"}:
        return f"{rule.name} {reason_of(rule)}"
    if rule.name in {"permit", "override"}:
        actions = [action_fact(rule.name, "", str(rule.head[1:2]), constant(value)[1]) for value in rule.values]
        return str(actions)
    return "release" if rule.name == "release" else f"{rule.path} {id(rule)}"


def heads_of_cases(purpose: str, bundle: Bundle, policies: Path, run: Run) -> Heads:
    """The rules that hold in some passing case of ``purpose``, as the OPA here runs the files at ``policies``."""
    asked = list(_passing(purpose, run))
    document = {
        "requests": [answer.situation.request.document() for _, answer in asked],
        "history": {},
        "asked": [_judged(file, answer, bundle) for file, answer in asked if answer.plan is not None],
    }
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as questions:
        json.dump(document, questions)
        questions.flush()
        done = subprocess.run(
            [find_opa(), "eval", "--bundle", ".", "--coverage", "--format", "json", "--input", questions.name, _QUERY],
            cwd=policies,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    try:
        return heads_run(json.loads(done.stdout)["coverage"]["files"])
    except (ValueError, KeyError):
        return frozenset()


def _passing(purpose: str, run: Run) -> Iterator[tuple[CaseFile, Answer]]:
    for tried in run.tried:
        for situation in tried.trial.situations if tried.result.passed else ():
            if situation.request.purpose == purpose:
                yield tried.trial.file, run.answers[id(situation)]


def _judged(file: CaseFile, answer: Answer, bundle: Bundle) -> dict[str, Any]:
    """The question about an answer's records that were judged."""
    request = answer.situation.request
    reads = bundle.reads(request.purpose)
    records = [
        {field: value for field, value in file.records[name].items() if field in reads}
        for name, verdict in answer.verdicts.items()
        if not any(reason.endswith(_UNJUDGED) for reason in verdict.reasons)
    ]
    return {"request": request.document(), "records": records}
