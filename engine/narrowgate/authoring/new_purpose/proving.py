"""Trying a staged purpose: what would not come out as wanted is found before it is in the policies."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from narrowgate.authoring.cases.files import CASES, CaseFile, load_case_files, select
from narrowgate.authoring.cases.rego import run_rego
from narrowgate.authoring.cases.run import run_cases
from narrowgate.authoring.lint.interface import Look
from narrowgate.authoring.lint.run import lint
from narrowgate.authoring.new_purpose.cases_text import Tried, cases_text
from narrowgate.authoring.new_purpose.draft import Draft
from narrowgate.authoring.new_purpose.records import samples
from narrowgate.authoring.new_purpose.repository import PURPOSES
from narrowgate.authoring.new_purpose.staging import Stage
from narrowgate.authoring.verify.invariants import load_invariants
from narrowgate.authoring.verify.prove import verify
from narrowgate.errors import InternalError, UsageError
from narrowgate.model.actions import parse_action
from narrowgate.model.case import CellValue
from narrowgate.model.invariant import FILE_NAME as INVARIANTS
from narrowgate.model.request import Request
from narrowgate.plan.plan import make_plan
from narrowgate.service import Gate
from narrowgate.tables.judging import Judge


def prove(gate: Gate, stage: Stage) -> None:
    """Write the cases of a staged purpose, and see to it that everything about it is as wanted.

    Args:
        gate: over the staged policies.

    Raises:
        PolicyInvalid: the policies cannot be used, with or without the purpose.
        UsageError: something would not come out as wanted; it says what to answer instead.
    """
    cases = stage.folder / CASES
    cases.write_text("tables: []\n", encoding="utf-8")
    file = load_case_files(select(cases), gate.catalogue)[0]
    request = _request(gate, stage.draft)
    _require_decided_as_wanted(gate, stage.draft, request)
    tried = list(_tried(gate, stage.draft, request, file))
    schema = _schema(stage, gate.schemas)
    cases.write_text(cases_text(stage.draft, tried, file.on, schema), encoding="utf-8")
    _require_lint(gate, stage)
    _require_tests(gate, stage)
    _require_invariants(gate, stage)


def _request(gate: Gate, draft: Draft) -> Request:
    return Request(
        supplier=draft.agreement.supplier,
        purpose=draft.name,
        on=draft.agreement.starts,
        format=draft.agreement.formats[0],
        columns=tuple(gate.catalogue.fields),
    )


def _require_decided_as_wanted(gate: Gate, draft: Draft, request: Request) -> None:
    """Guardrails win over purposes: what they would take away is no use to permit."""
    decision = gate.engine.decide(request)
    if decision.effect == "refuse":
        reasons = "; ".join(decision.reasons)
        raise UsageError(f"every request for {draft.name} would be refused: {reasons}", "mend what it names")
    for field, wanted in draft.permits.items():
        answer = decision.columns[field]
        if parse_action(answer.action) != wanted:
            places = [str(at) for rule in answer.rules for at in gate.engine.policies.locate(rule)]
            raise UsageError(
                f"{field} would not leave: {answer.reason} ({', '.join(places)})",
                f"leave --field {field} out; no purpose can overrule a guardrail",
            )


def _tried(gate: Gate, draft: Draft, request: Request, file: CaseFile) -> Iterator[Tried]:
    """What becomes of each record. The first of them has to leave."""
    policies = gate.engine.policies
    reads, overridable = policies.reads(draft.name), policies.overridable(draft.name)
    plan = make_plan(gate.engine.decide(request), request, reads, overridable, gate.catalogue)
    judge = Judge(plan, gate.catalogue, lambda records: gate.engine.judge(request, records))
    tried = samples(draft, gate.catalogue, file.records, reads)
    rows = [{field: _text(value) for field, value in sample.record.items()} for sample in tried]
    verdicts = judge.verdict_on(rows)
    if not verdicts[0].release:
        reasons = "; ".join(verdicts[0].reasons)
        raise UsageError(f"no record would leave: {reasons}", "change --release, or see policies/guardrails")
    for sample, verdict in zip(tried, verdicts, strict=True):
        yield Tried(sample, () if verdict.release else verdict.reasons)


def _text(value: CellValue) -> str | None:
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


def _schema(stage: Stage, schemas: Path) -> str:
    """The path from the purpose's folder to the schema of cases, where the two are in one repository."""
    if schemas.resolve().parent != stage.repository.folder.resolve().parent:
        return ""
    return f"../../../{schemas.name}/cases.schema.json"


def _require_lint(gate: Gate, stage: Stage) -> None:
    # Seen from the day before, not even an agreement of one day is about to lapse.
    look = Look(gate, stage.policies, stage.draft.agreement.starts - timedelta(days=1), within=0)
    own = f"{PURPOSES}/{stage.draft.name}/"
    for finding in lint(look).of("warning"):
        if finding.file.startswith(own):
            raise UsageError(f"{finding.message} ({finding.file}:{finding.line}: {finding.quote})", finding.remedy)


def _require_tests(gate: Gate, stage: Stage) -> None:
    """The tests that were written pass; where they do not, they are wrong, and so are we."""
    selection = select(stage.folder)
    results = [each.result for each in run_cases(gate, selection).tried]
    differences = [str(difference) for result in results for difference in result.differences]
    rego = run_rego(selection)
    failures = [test.name for test in rego.failures()] if rego else []
    if differences or failures or rego is None or rego.error:
        detail = [*differences, *failures, rego.error if rego else "no Rego test ran"]
        raise InternalError(
            f"what was written fails its own tests: {detail[0]}", "please report it; nothing was written"
        )


def _require_invariants(gate: Gate, stage: Stage) -> None:
    """What must hold of every release holds of the purpose's, too."""
    path = stage.policies / INVARIANTS
    if not path.is_file():
        return
    for proof in verify(gate, load_invariants(path, gate.engine.policies, gate.catalogue)).proofs:
        found = proof.counterexample
        if found is not None and found.purpose == stage.draft.name:
            leaves = ", ".join(found.leaves)
            raise UsageError(
                f"{leaves} would leave, against an invariant: {proof.name} ({proof.file}:{proof.line})",
                "leave the field out, or change what the invariant names",
            )
