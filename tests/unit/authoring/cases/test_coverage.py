"""What counts as exercised."""

from __future__ import annotations

from pathlib import Path

from conftest import OpenGate
from narrowgate.authoring.cases.coverage.measure import measure
from narrowgate.authoring.cases.files import select
from narrowgate.authoring.cases.run import run_cases
from narrowgate.model.coverage import Coverage, CoverageItem
from support.policies import copy_policies, purpose

AGREEMENT = """\
agreements:
  - id: TEST-1
    supplier: cardco
    from: 2026-01-01
    until: 2026-12-31
    formats: [csv]
    max_rows: 10
    retention_days: 14
    max_people: {days_30: 100}
"""
RULES = """\
permit.surname.action := "keep"

permit.rank := {"action": "mask", "keep_first": 1}

release if input.record.status == "active"

release if {
	input.record.status == "suspended"
	input.record.protected == true
}

withhold contains "an inspector" if input.record.employment_type == "officer"

override.rank := {"action": "drop"} if input.record.employment_type == "staff"

refuse contains sprintf("not on %s", [input.request.on]) if input.request.on == "2026-06-07"
"""
COMMON = """\
on: 2026-06-01
records:
  ada: {like: sergeant, employment_type: support staff}
  bob: {surname: Bob, rank: Sergeant, status: active, protected: false, posting: response, employment_type: staff}
  cy: {like: bob, employment_type: special constable}
  dee: {like: bob, employment_type: officer}
  eve: {like: bob, employment_type: special constable, status: suspended, protected: true}
requests:
  agreed: {supplier: cardco}
  sunday: {supplier: cardco, on: 2026-06-07}
  cap: {supplier: cardco, row_count: 5, history: {days_30: 95}}
  beyond: {supplier: cardco, row_count: 11, history: {days_30: 90}}
cases:
"""
COLUMNS = "columns: {surname: keep, rank: {action: mask, keep_first: 1}}"


def covered(folder: Path, open_gate: OpenGate, *cases: str) -> Coverage:
    """Coverage of a purpose of the test's own by cases: request, records and expectation each."""
    text = COMMON + "".join(f"  - {{name: '{number}', {case}}}\n" for number, case in enumerate(cases))
    files = purpose("made_up", RULES, AGREEMENT) | {"purposes/made_up/cases.yaml": text}
    policies = copy_policies(folder / "policies", files)
    selection = select(policies / "purposes/made_up")
    gate = open_gate(policies)
    run = run_cases(gate, selection)
    assert [each.result for each in run.tried if not each.result.passed] == []
    return measure(gate, selection, run)


def exercised(coverage: Coverage, kind: str) -> set[str]:
    return {item.what for item in coverage.items if item.kind == kind and item.exercised}


def item(coverage: Coverage, what: str, line: int) -> CoverageItem:
    (found,) = [each for each in coverage.items if each.what == what and each.line == line]
    return found


def test_one_case_exercises_what_it_shows(tmp_path: Path, open_gate: OpenGate) -> None:
    overrides = "overrides: {bob: {rank: drop}}"
    case = f"request: agreed, records: [bob, cy, dee], expect: {{{COLUMNS}, withheld: {{dee: []}}, {overrides}}}"
    coverage = covered(tmp_path, open_gate, case)
    assert exercised(coverage, "action") == {
        "surname that leaves as it is",
        "rank that leaves masked but for the first 1",
        "rank that leaves withheld by an override",
    }
    assert exercised(coverage, "rule") == {"a record that leaves"}
    assert exercised(coverage, "reason") == {"a record withheld for “an inspector”"}
    assert exercised(coverage, "field") == {"status", "protected", "posting", "employment_type"}
    assert exercised(coverage, "value") == {
        "a record whose status is active",
        "a record whose protected is false",
        "a record whose posting is response",
        "a record whose employment_type is staff",
        "a record whose employment_type is officer",
        "a record whose employment_type is special constable",
    }
    assert exercised(coverage, "agreement") == set()
    assert exercised(coverage, "terms") == set()


def test_of_rules_that_answer_alike_only_the_one_that_held_is_exercised(tmp_path: Path, open_gate: OpenGate) -> None:
    one = covered(tmp_path / "a", open_gate, f"request: agreed, records: [cy], expect: {{{COLUMNS}}}")
    lines = [each.line for each in one.items if each.what == "a record that leaves"]
    assert [item(one, "a record that leaves", line).exercised for line in lines] == [True, False]
    both = covered(tmp_path / "b", open_gate, f"request: agreed, records: [cy, eve], expect: {{{COLUMNS}}}")
    assert [item(both, "a record that leaves", line).exercised for line in lines] == [True, True]


def test_edges_and_refusals(tmp_path: Path, open_gate: OpenGate) -> None:
    coverage = covered(
        tmp_path,
        open_gate,
        "request: sunday, records: [cy], expect: {effect: refuse}",
        f"request: cap, records: [cy], expect: {{{COLUMNS}, limits: {{on_leak: withhold}}, output: {{csv: {{}}}}}}",
        "request: beyond, records: [cy], expect: {effect: refuse}",
    )
    assert exercised(coverage, "reason") == {"a request refused for “not on %s”"}
    assert exercised(coverage, "agreement") == {
        "100 people in 30 days, of TEST-1",
        "101 people in 30 days, of TEST-1",
        "one row more than it allows, of TEST-1",
    }
    assert exercised(coverage, "terms") == {"on_leak of TEST-1", "csv of TEST-1"}


def test_the_percentage_is_rounded_down() -> None:
    one = CoverageItem(kind="rule", what="x", file="a", line=1, exercised=True)
    coverage = Coverage.of([one] * 2999 + [one.model_copy(update={"exercised": False})], [])
    assert (coverage.percentage, coverage.exercised) == (99.9, 2999)
    assert Coverage.of([], []).percentage == 100


def test_a_table_in_which_nothing_leaves_shows_nothing_of_columns(tmp_path: Path, open_gate: OpenGate) -> None:
    text = (
        "on: 2026-06-01\nrecords: {a: {surname: A, rank: B, status: active, protected: true, posting: covert, "
        "employment_type: staff}}\ntables: [{name: x, records: [a], days: [2025-12-31, 2026-06-01], expect: []}]\n"
    )
    files = purpose("made_up", RULES, AGREEMENT) | {"purposes/made_up/cases.yaml": text}
    policies = copy_policies(tmp_path / "policies", files)
    selection, gate = select(policies / "purposes/made_up"), open_gate(policies)
    coverage = measure(gate, selection, run_cases(gate, selection))
    assert exercised(coverage, "field") | exercised(coverage, "action") | exercised(coverage, "agreement") == set()
    assert "a record whose posting is covert" in exercised(coverage, "value")
