"""What cases can say: terms, histories, attributes, and tables over several purposes."""

from __future__ import annotations

from pathlib import Path

import pytest

from conftest import OpenGate
from narrowgate.authoring.cases.files import select
from narrowgate.authoring.cases.run import run_cases
from narrowgate.errors import SourceError
from narrowgate.model.case_report import CaseResult
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
    on_leak: refuse
    columns: [{field: surname, as: Name}]
    csv: {delimiter: ";"}
"""
RULES = """\
permit.surname.action := "keep"

permit.rank := {"action": "mask", "keep_first": 1}

release if input.record.status == "active"

refuse contains "not on Sundays" if input.request.on == "2026-06-07"
"""
COMMON = """\
on: 2026-06-01
records: {ada: {surname: Ada, rank: Sergeant, status: active, posting: response, vetting_level: MV}}
requests:
  agreed: {supplier: cardco}
  sunday: {supplier: cardco, on: 2026-06-07}
  up_to_the_cap: {supplier: cardco, row_count: 5, history: {days_30: 95}}
  beyond_the_cap: {supplier: cardco, row_count: 5, history: {days_30: 96}}
"""


def results(folder: Path, open_gate: OpenGate, text: str) -> list[CaseResult]:
    """What comes of cases of a purpose of the test's own."""
    files = purpose("made_up", RULES, AGREEMENT) | {"purposes/made_up/cases.yaml": COMMON + text}
    policies = copy_policies(folder / "policies", files)
    run = run_cases(open_gate(policies), select(policies / "purposes/made_up"))
    return [tried.result for tried in run.tried]


def differences(folder: Path, open_gate: OpenGate, text: str) -> list[str]:
    """What differs in the only case, or table."""
    (result,) = results(folder, open_gate, text)
    return [str(difference) for difference in result.differences]


def case(request: str, expect: str) -> str:
    return f"cases: [{{name: x, request: {request}, records: [ada], expect: {expect}}}]\n"


COLUMNS = "columns: {surname: keep, rank: {action: mask, keep_first: 1}}"


@pytest.mark.parametrize(
    ("request_", "expect", "found"),
    [
        ("agreed", f"{{{COLUMNS}}}", []),
        ("agreed", f"{{{COLUMNS}, limits: {{on_leak: refuse, max_rows: 10}}}}", []),
        ("agreed", f"{{{COLUMNS}, limits: {{on_leak: withhold}}}}", ["limits: on_leak: expected withhold, got refuse"]),
        ("agreed", f"{{{COLUMNS}, obligations: {{retention_days: 14, agreement: TEST-1}}}}", []),
        ("agreed", f"{{{COLUMNS}, obligations: {{retention_days: 15}}}}",
         ["obligations: retention_days: expected 15, got 14"]),
        ("agreed", f"{{{COLUMNS}, output: {{csv: {{delimiter: ';'}}, columns: [{{field: surname, as: Name}}]}}}}", []),
        ("agreed", f"{{{COLUMNS}, output: {{csv: {{}}}}}}", ["output: csv: expected the default, got delimiter=;"]),
        ("agreed", f"{{{COLUMNS}, output: {{columns: []}}}}",
         ["output: columns: expected none, got field=surname, as=Name"]),
        ("agreed", f"{{{COLUMNS}, drops: {{vetting_level: [it leaves only to a vetting provider]}}}}", []),
        ("agreed", f"{{{COLUMNS}, drops: {{vetting_level: [it is secret], rank: []}}}}",
         [("column vetting_level: expected dropped for “it is secret”, "
           "got dropped for “it leaves only to a vetting provider”")]),
        ("agreed", "{columns: {surname: keep, rank: mask}}",
         [("column rank: expected mask keep_first=0 keep_last=0, "
           "got mask keep_first=1 keep_last=0 (permitted by the purpose)")]),
        ("agreed", "{effect: refuse}", ["the request: expected refuse, got release"]),
        ("sunday", "{effect: refuse, reasons: [not on Sundays]}", []),
        ("sunday", "{effect: refuse, reasons: [never]}",
         ["the request: expected refuse for “never”, got refuse for “not on Sundays”"]),
        ("sunday", f"{{{COLUMNS}}}", ["the request: expected release, got refuse (not on Sundays)"]),
        ("up_to_the_cap", f"{{{COLUMNS}}}", []),
        ("beyond_the_cap", "{effect: refuse}", []),
        ("agreed", f"{{{COLUMNS}, released: []}}", ["record ada: expected withheld, got released"]),
        ("agreed", f"{{{COLUMNS}, overrides: {{ada: {{surname: drop}}}}}}",
         ["record ada: surname: expected drop, got no override"]),
    ],
)  # fmt: skip
def test_a_case(tmp_path: Path, open_gate: OpenGate, request_: str, expect: str, found: list[str]) -> None:
    assert differences(tmp_path, open_gate, case(request_, expect)) == found


def test_the_rule_that_refused_is_quoted(tmp_path: Path, open_gate: OpenGate) -> None:
    (result,) = results(tmp_path, open_gate, case("beyond_the_cap", f"{{{COLUMNS}}}"))
    (difference,) = result.differences
    assert difference.reason.startswith("cardco would have been given the data of 101 people in 30 days")
    (quote,) = difference.rules
    assert (quote.file, quote.line, quote.text) == ("guardrails/cumulative.rego", 11, "refuse contains sprintf(")


TABLE = "tables: [{{name: x, suppliers: [cardco, oldco], {axes}expect: [{rows}]}}]\n"
LEAVES = "leaves: {surname: keep, rank: {action: mask, keep_first: 1}}"


@pytest.mark.parametrize(
    ("axes", "rows", "found"),
    [
        ("records: [ada], ", f"{{supplier: cardco, {LEAVES}}}", []),
        ("records: [ada], ", "", ["the record: expected nothing leaves, got surname, rank"]),
        ("records: [ada], ", f"{{{LEAVES}}}",
         ["the request: expected release, got refuse (oldco has no agreement for made_up)"]),
        ("records: [ada], ", f"{{supplier: cardco, {LEAVES}, limits: {{on_leak: withhold}}}}",
         ["limits: on_leak: expected withhold, got refuse"]),
        ("records: [ada], days: [2026-06-07], ", "{supplier: cardco, refused: [not on Sundays]}", []),
        ("records: [ada], days: [2026-06-07], ", "{refused: []}", []),
        ("records: [ada], ", "{supplier: cardco, refused: []}", ["the request: expected refuse, got release"]),
        ("records: [ada, special], ", f"{{supplier: cardco, {LEAVES}}}", []),
        ("records: [ada, armed], ", f"{{supplier: cardco, record: ada, {LEAVES}}}",
         ["the record: expected nothing leaves, got surname, rank"]),
        ("records: [covert], ", "{supplier: cardco, withheld: []}", []),
        ("records: [covert], ", "{supplier: cardco, withheld: [no reason]}",
         ["the record: expected withheld for “no reason”, got withheld for “covert posting”"]),
        ("records: [ada], formats: [csv, tsv], row_counts: [10, 11], ",
         f"{{supplier: cardco, format: csv, row_count: 10, {LEAVES}}}", []),
        ("records: [ada], attributes: [{}, {a: b}], ", f"{{supplier: cardco, attributes: {{}}, {LEAVES}}}", []),
        ("records: [ada], purposes: [made_up, training], ", f"{{supplier: cardco, purpose: made_up, {LEAVES}}}", []),
    ],
)  # fmt: skip
def test_a_table(tmp_path: Path, open_gate: OpenGate, axes: str, rows: str, found: list[str]) -> None:
    assert differences(tmp_path, open_gate, TABLE.format(axes=axes, rows=rows)) == found


def test_a_table_without_axes_is_about_all_suppliers_and_all_records(tmp_path: Path, open_gate: OpenGate) -> None:
    (result,) = results(tmp_path, open_gate, "tables: [{name: x, expect: []}]\n")
    suppliers, records = 10, 18
    assert result.situations == suppliers * records
    assert {each.situations[0].partition(",")[0] for each in result.differences} == {"cardco"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tables: [{name: x, suppliers: [cardko], expect: []}]\n", "there is no supplier cardko"),
        ("tables: [{name: x, purposes: [made_upp], expect: []}]\n", "there is no purpose made_upp"),
        ("tables: [{name: x, records: [adda], expect: []}]\n", "there is no record adda"),
        ("tables: [{name: x, records: [ada], expect: [{record: armed, withheld: []}]}]\n", "records have no armed"),
        ("tables: [{name: x, expect: [{day: 2026-07-01, withheld: []}]}]\n", "days have no 2026-07-01"),
        ("tables: [{name: x, expect: [{drops: {vetting_lvl: []}, withheld: []}]}]\n", "no field vetting_lvl"),
        ("tables: [{name: x, expect: [{leaves: {rank: {action: mask, keep_frist: 1}}}]}]\n", "rank: mask: keep_frist"),
        ("tables: [{name: x, suppliers: [], records: [ada], expect: [{leaves: {}}]}]\n", "suppliers"),
    ],
)  # fmt: skip
def test_faults_of_tables(tmp_path: Path, open_gate: OpenGate, text: str, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        results(tmp_path, open_gate, text)
