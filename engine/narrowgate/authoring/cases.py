"""Running cases: what a purpose's author expects against what the policies do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from narrowgate.errors import Refused, SourceError
from narrowgate.model.actions import Action, action_fault, parse_action
from narrowgate.model.base import Document
from narrowgate.model.case import Case, CaseRequest, Cases
from narrowgate.model.decision import Decision
from narrowgate.model.request import Request
from narrowgate.model.yaml import YamlError, describe_fault, load_yaml
from narrowgate.plan.plan import Plan, make_plan
from narrowgate.service import Gate
from narrowgate.tables.judging import Judge, Verdict

FILE_NAME = "cases.yaml"


class CaseResult(Document):
    """What came of a case."""

    file: str
    purpose: str
    name: str
    differences: tuple[str, ...]
    """One line for each thing that is not as expected."""

    @property
    def passed(self) -> bool:
        """Whether everything is as expected."""
        return not self.differences


@dataclass(frozen=True)
class _Subject:
    """A case with all it names."""

    file: str
    purpose: str
    cases: Cases
    case: Case

    @property
    def request(self) -> CaseRequest:
        return self.cases.requests[self.case.request]

    @property
    def records(self) -> dict[str, Mapping[str, Any]]:
        return {name: self.cases.records[name] for name in self.case.records}


def run_cases(gate: Gate, folder: Path, only: str = "") -> Iterator[CaseResult]:
    """Run every case below ``folder`` whose purpose or name holds ``only``.

    Raises:
        SourceError: a file is not one of cases, or a case names what is not there.
    """
    for path in sorted(folder.rglob(FILE_NAME)):
        purpose = path.parent.name
        cases = load_cases(path)
        for case in cases.cases:
            if only in f"{purpose}: {case.name}":
                subject = _Subject(str(path.relative_to(folder)), purpose, cases, case)
                differences = tuple(_differences(gate, subject))
                yield CaseResult(file=subject.file, purpose=purpose, name=case.name, differences=differences)


def load_cases(path: Path) -> Cases:
    """Read a file of cases."""
    try:
        cases = Cases.model_validate(load_yaml(path.read_text(encoding="utf-8")))
    except (YamlError, UnicodeDecodeError) as error:
        raise SourceError(f"{path}: {describe_fault(error)}", "mend that line") from error
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SourceError(f"{path}: {where}: {first['msg']}", "see schemas/cases.schema.json") from error
    for case in cases.cases:
        missing = sorted({*case.records, *case.expect.withheld} - set(cases.records))
        missing += [case.request] if case.request not in cases.requests else []
        if missing:
            raise SourceError(f"{path}: case “{case.name}” names {', '.join(missing)}", "define what it names above")
    return cases


def _differences(gate: Gate, subject: _Subject) -> Iterator[str]:
    request = _request(gate, subject)
    decision = gate.engine.decide(request)
    expected = subject.case.expect
    if decision.effect != expected.effect:
        reasons = f" ({'; '.join(decision.reasons)})" if decision.reasons else ""
        yield f"expected {expected.effect}, got {decision.effect}{reasons}"
        return
    if decision.effect == "refuse":
        if expected.reasons is not None and set(expected.reasons) != set(decision.reasons):
            yield f"expected the reasons {_list(expected.reasons)}, got {_list(decision.reasons)}"
        return
    policies = gate.engine.policies
    try:
        reads, overridable = policies.reads(request.purpose), policies.overridable(request.purpose)
        plan = make_plan(decision, request, reads, overridable, gate.catalogue)
    except Refused as refusal:
        yield f"expected release, got refusal ({'; '.join(refusal.reasons)})"
        return
    yield from _column_differences(gate, subject, plan, decision)
    yield from _record_differences(gate, subject, plan, request)


def _request(gate: Gate, subject: _Subject) -> Request:
    said = subject.request
    held = {field for record in subject.records.values() for field in record}
    if unknown := sorted(held - set(gate.catalogue.fields)):
        raise SourceError(f"{subject.file}: no field is called {', '.join(unknown)}", "use the catalogue's names")
    columns = said.columns or tuple(field for field in gate.catalogue.fields if field in held)
    return Request(
        supplier=said.supplier,
        purpose=said.purpose or subject.purpose,
        on=said.on or subject.cases.on,
        format=said.format,
        columns=columns,
        attributes=said.attributes,
        row_count=said.row_count,
    )


def _column_differences(gate: Gate, subject: _Subject, plan: Plan, decision: Decision) -> Iterator[str]:
    expected = {field: _action(subject, field, said) for field, said in subject.case.expect.columns.items()}
    actual = {column.field: column.action for column in plan.columns}
    for field in dict.fromkeys([*expected, *actual]):
        if expected.get(field) != actual.get(field):
            answer = decision.columns.get(field)
            places = [str(at) for rule in (answer.rules if answer else ()) for at in gate.engine.policies.locate(rule)]
            why = ", ".join([answer.reason if answer else "it is not among the request's columns", *places])
            yield f"column {field}: expected {_shown(expected.get(field))}, got {_shown(actual.get(field))} ({why})"


def _record_differences(gate: Gate, subject: _Subject, plan: Plan, request: Request) -> Iterator[str]:
    if not subject.records:
        return
    judge = Judge(plan, gate.catalogue, lambda records: gate.engine.judge(request, records))
    rows = [{field: _text(value) for field, value in record.items()} for record in subject.records.values()]
    expected = subject.case.expect
    for name, verdict in zip(subject.records, judge.verdict_on(rows), strict=True):
        leaves = name in expected.released if expected.released is not None else name not in expected.withheld
        yield from _verdict_differences(subject, name, leaves, verdict)


def _verdict_differences(subject: _Subject, name: str, leaves: bool, verdict: Verdict) -> Iterator[str]:
    expected = subject.case.expect
    if leaves != verdict.release:
        got = "is released" if verdict.release else f"is withheld ({'; '.join(verdict.reasons)})"
        yield f"record {name}: expected to be {'released' if leaves else 'withheld'}, {got}"
        return
    reasons = expected.withheld.get(name, ())
    if not leaves and reasons and set(reasons) != set(verdict.reasons):
        yield f"record {name}: expected to be withheld for {_list(reasons)}, is for {_list(verdict.reasons)}"
    if leaves:
        said = {field: _action(subject, field, each) for field, each in expected.overrides.get(name, {}).items()}
        for field in dict.fromkeys([*said, *verdict.overrides]):
            if said.get(field) != verdict.overrides.get(field):
                got = _shown(verdict.overrides.get(field), "no override")
                yield f"record {name}: {field}: expected {_shown(said.get(field), 'no override')}, got {got}"


def _action(subject: _Subject, field: str, said: str | dict[str, Any]) -> Action:
    document = {"action": said} if isinstance(said, str) else said
    action = parse_action(document)
    if action is None:
        fault = action_fault(document)
        raise SourceError(f"{subject.file}: case “{subject.case.name}”: {field}: {fault}", "write an action")
    return action


def _text(value: object) -> str | None:
    if value is None or value == "":
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


def _shown(action: Action | None, nothing: str = "withheld") -> str:
    if action is None:
        return nothing
    parts = action.model_dump(exclude_none=True)
    return " ".join([parts.pop("action"), *(f"{name}={value}" for name, value in parts.items())])


def _list(reasons: tuple[str, ...]) -> str:
    return "; ".join(f"“{reason}”" for reason in reasons) or "none"
