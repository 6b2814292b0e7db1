"""OPA plus plan equal the reference model, for requests, records and small policies made at random."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from narrowgate.errors import PolicyInvalid, Refused
from narrowgate.model.request import Request
from narrowgate.service import Gate, plan_request
from narrowgate.tables.judging import Judge
from support import reference
from support.gates import private_gate
from support.policies import copy_policies, purpose
from support.reference import Agreement, Policy

FIELDS = ["forename", "surname", "photo", "home_address", "vetting_level", "warrant_number"]
READ = ["posting", "status"]
POSTINGS = sorted(reference.ALLOWED["posting"])
STATUSES = sorted(reference.ALLOWED["status"])
SUPPLIERS = ["cardco", "oldco", "vetright", "nobody"]
DAYS = ["2025-12-31", "2026-01-01", "2026-06-01", "2027-12-31", "2028-01-01"]

ACTIONS: list[reference.Action] = [
    {"action": "keep"},
    {"action": "drop"},
    {"action": "mask", "keep_first": 1, "keep_last": 0},
    {"action": "truncate", "length": 2},
    {"action": "replace", "value": "x"},
]
actions = st.sampled_from(ACTIONS)
agreements = st.builds(
    lambda supplier, days, kind: Agreement(supplier, min(days), max(days), kind),
    st.sampled_from(SUPPLIERS[:3]),
    st.tuples(st.sampled_from(DAYS), st.sampled_from(DAYS)),
    st.sampled_from(["csv", "csv", "csv", "json"]),
)

usual = st.sampled_from([Agreement(supplier, DAYS[1], DAYS[3], "csv") for supplier in SUPPLIERS[:3]])
"""Most requests should get past the agreement, or there is little left to compare."""


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    permits = draw(
        st.lists(
            st.tuples(st.sampled_from(FIELDS), actions, st.sampled_from([None, None, None, *SUPPLIERS[:3]])),
            min_size=1,
            max_size=7,
            # Rules that disagree whatever is asked are found when policies are loaded.
            unique_by=lambda permit: (permit[0], permit[2]) if permit[2] is None else object(),
        )
    )
    permitted = sorted({name for name, _, _ in permits})
    return Policy(
        permits=permits,
        release=draw(st.sampled_from([{"active"}, {"active"}, set(STATUSES), set()])),
        withholds=draw(st.lists(st.tuples(st.sampled_from(["one", "two"]), st.sampled_from(POSTINGS)), max_size=3)),
        overrides=draw(
            st.lists(st.tuples(st.sampled_from(permitted), actions, st.sampled_from(POSTINGS[:3])), max_size=3)
        ),
        agreements=draw(st.lists(usual | agreements, min_size=1, max_size=3, unique=True)),
    )


cells = {
    "posting": st.sampled_from([*POSTINGS[:3], *POSTINGS, "Covert ", None]),
    "status": st.sampled_from(["active"] * 6 + [*STATUSES, "", "Active"]).map(lambda text: text or None),
}
records = st.lists(st.fixed_dictionaries(cells), min_size=1, max_size=5)


Asked = tuple[tuple[str, str, str, list[str]], list[reference.Record]]


@st.composite
def scenes(draw: st.DrawFn) -> tuple[Policy, list[Asked]]:
    """A policy and questions about it, most of which it has an answer to."""
    policy = draw(policies())
    asked = []
    for _ in range(4):
        agreement = draw(st.sampled_from(policy.agreements))
        usual_question = agreement.supplier, agreement.first, agreement.format
        odd = st.tuples(st.sampled_from(SUPPLIERS), st.sampled_from(DAYS), st.sampled_from(["csv", "json"]))
        supplier, day, kind = draw(st.one_of(st.just(usual_question), st.just(usual_question), odd))
        some = draw(st.lists(st.sampled_from(FIELDS), unique=True, min_size=1))
        read = draw(st.sampled_from([READ, READ, READ, READ, ["status"], []]))
        asked.append(((supplier, day, kind, draw(st.permutations([*some, *read]))), draw(records)))
    return policy, asked


# Each example starts an OPA over several policies, so a failing one is not shrunk: it is small enough to read.
@settings(max_examples=60, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(st.lists(scenes(), min_size=6, max_size=6))
def test_opa_and_plan_equal_the_reference(made: list[tuple[Policy, list[Asked]]]) -> None:
    changes: dict[str, str | None] = {}
    for number, (policy, _) in enumerate(made):
        changes |= purpose(f"made_{number}", reference.rego(policy), reference.agreements(policy))
    with (
        tempfile.TemporaryDirectory() as folder,
        private_gate(copy_policies(Path(folder) / "policies", changes)) as gate,
    ):
        for number, (policy, asked) in enumerate(made):
            for question, rows in asked:
                _compare(gate, f"made_{number}", policy, question, rows)


def _compare(
    gate: Gate, name: str, policy: Policy, question: tuple[str, str, str, list[str]], rows: list[reference.Record]
) -> None:
    supplier, day, kind, asked = question
    request = Request(supplier=supplier, purpose=name, on=date.fromisoformat(day), format=kind, columns=tuple(asked))
    try:
        expected = reference.columns(policy, supplier, day, kind, asked)
    except reference.Conflict:
        expected = None
    try:
        plan = plan_request(gate, request)
    except (Refused, PolicyInvalid):
        assert expected is None
        return
    actual = {column.field: column.action.model_dump(exclude_none=True) for column in plan.columns}
    assert actual == expected
    assert list(actual) == [column for column in asked if column in actual]
    judge = Judge(plan, gate.catalogue, lambda batch: gate.engine.judge(request, batch))
    try:
        verdicts = [reference.verdict(policy, actual, row) for row in rows]
    except reference.Conflict:
        verdicts = None
    try:
        judged = judge.verdict_on(rows)
    except PolicyInvalid:
        assert verdicts is None
        return
    assert verdicts is not None
    for verdict, known in zip(judged, verdicts, strict=True):
        assert (verdict.release, set(verdict.reasons)) == (known.release, set(known.reasons))
        own = {field: action.model_dump(exclude_none=True) for field, action in verdict.overrides.items()}
        assert own == known.overrides
