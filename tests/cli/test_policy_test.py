"""``narrowgate policy test``."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest

from support.cli import narrowgate
from support.console import blocks
from support.opa import shared_opa
from support.paths import POLICIES, ROOT, SCHEMAS
from support.policies import copy_policies

FILE = "purposes/uniform/cases.yaml"
CARDS = "purposes/id_card_print/cases.yaml"

CASES = """\
on: 2026-06-01
records:
  pc:
    employee_number: "E4000001"
    warrant_number: "200001"
    surname: Kestrelby
    rank: Constable
    salary: 41200
    status: active
    posting: response
  gone: {like: pc, status: leaver}
  hidden: {like: pc, posting: covert}
requests:
  kit: {supplier: kitcorp}
  late: {supplier: kitcorp, on: 2028-01-01}
cases:
  - name: the supplier gets sizes
    request: kit
    records: [pc, gone, hidden]
    expect:
      columns: {warrant_number: keep, surname: keep, rank: keep}
      withheld:
        gone: ["outside the purpose's release rule"]
        hidden: ["covert posting"]
  - name: nothing leaves afterwards
    request: late
    records: [pc]
    expect: {effect: refuse}
tables:
  - name: nobody else gets anything
    records: [pc, gone, hidden]
    expect:
      - {supplier: kitcorp, record: pc, leaves: {warrant_number: keep, surname: keep, rank: keep}}
      - {supplier: kitcorp, record: hidden, withheld: [covert posting]}
"""


def policies_with(folder: Path, *changes: tuple[str, str]) -> Path:
    """The shipped policies with the cases above, changed."""
    text = CASES
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    return copy_policies(folder / "policies", {FILE: text})


def test_the_shipped_cases_pass() -> None:
    done = narrowgate("policy", "test").require(0)
    assert ", 0 not" in done.out
    assert "opa test: PASS: " in done.out


def test_a_case_that_fails_says_what_differs_and_which_rule_decided(tmp_path: Path) -> None:
    policies = policies_with(tmp_path, ("rank: keep}\n      withheld:", "salary: keep}\n      withheld:"))
    done = narrowgate("policy", "test", policies, "--filter", "uniform: the supplier").require(1)
    assert "✗ uniform: the supplier gets sizes  purposes/uniform/cases.yaml:17" in done.out
    assert "column rank: expected withheld, got keep (permitted by the purpose)" in done.out
    assert 'purposes/uniform/uniform.rego:20: permit.rank.action := "keep"' in done.out
    assert "column salary: expected keep, got withheld (the purpose does not permit it)" in done.out
    report = json.loads(narrowgate("policy", "test", policies, "--filter", "uniform", "--json").require(1).out)
    assert (report["passed"], report["failed"]) == (2, 1)
    (failed,) = [case for case in report["cases"] if case["differences"]]
    assert {(each["about"], each["expected"], each["actual"]) for each in failed["differences"]} == {
        ("column rank", "withheld", "keep"),
        ("column salary", "keep", "withheld"),
    }


def test_records_that_differ_are_named_with_the_rule(tmp_path: Path) -> None:
    change = ('gone: ["outside the purpose\'s release rule"]', 'pc: ["covert posting"]')
    done = narrowgate("policy", "test", policies_with(tmp_path, change), "--filter", "the supplier").require(1)
    assert "record gone: expected released, got withheld (outside the purpose's release rule)" in done.out
    assert "record pc: expected withheld for “covert posting”, got released" in done.out
    assert 'release if input.record.status == "active"' in done.out


def test_a_table_names_the_combinations_that_differ(tmp_path: Path) -> None:
    policies = policies_with(tmp_path, ("record: pc, leaves", "record: [pc, gone], leaves"))
    done = narrowgate("policy", "test", policies, "--filter", "nobody else").require(1)
    assert "the record: expected released, got withheld (outside the purpose's release rule)" in done.out
    assert "for kitcorp, gone" in done.out
    policies = policies_with(tmp_path / "b", ("record: pc, leaves", "record: gone, leaves"))
    done = narrowgate("policy", "test", policies, "--filter", "nobody else").require(1)
    assert "the record: expected nothing leaves, got warrant_number, surname, rank" in done.out
    assert "for kitcorp, pc" in done.out


def test_a_weakened_guardrail_fails_cases(tmp_path: Path) -> None:
    file = "guardrails/covert_posting.rego"
    weakened = (POLICIES / file).read_text().replace('{"covert", "undercover"}', '{"undercover"}')
    policies = copy_policies(tmp_path / "policies", {file: weakened, FILE: CASES})
    done = narrowgate("policy", "test", policies, "--filter", "uniform").require(1)
    assert "record hidden: expected withheld for “covert posting”, got released" in done.out
    assert "for kitcorp, hidden" in done.out


def test_rules_that_contradict_each_other_fail_the_cases_that_meet_them(tmp_path: Path) -> None:
    file = "purposes/uniform/uniform.rego"
    twice = (POLICIES / file).read_text() + '\npermit.forename := {"action": "mask"} if input.request.format == "csv"\n'
    text = CASES.replace("surname: Kestrelby", "surname: Kestrelby\n    forename: Tamsin")
    policies = copy_policies(tmp_path / "policies", {file: twice, FILE: text})
    done = narrowgate("policy", "test", policies, "--filter", "uniform").require(1)
    assert "the request: expected release, got an error (" in done.out
    assert "purposes/uniform/uniform.rego:" in done.out
    assert "rules disagree about data.narrowgate.purposes.uniform.permit.forename" in done.out
    narrowgate("policy", "test", policies, "--filter", "training").require(0)


@pytest.mark.parametrize(
    ("change", "message", "remedy"),
    [
        (("request: kit", "request: kitt"), ":18: there is no request kitt, in “request: kitt”", "did you mean kit?"),
        (("records: [pc, gone, hidden]\n    expect:\n      columns", "records: [pcc]\n    expect:\n      columns"),
         ":19: there is no record pcc, in “records: [pcc]”", "did you mean pc?"),
        (("surname: keep", "surname: kep"), ":21: there is no action kep", "did you mean keep?"),
        (("columns: {warrant_number: keep", "columns: {warrant_no: keep"), ":21: there is no field warrant_no",
         "did you mean warrant_number?"),
        (("cases:\n", "case:\n"), ":16: there is no key case, in “case:”", "did you mean cases?"),
        (("effect: refuse", "efect: refuse"), ":28: there is no key efect", "did you mean effect?"),
        (("requests:\n", "requests: [\n"), ":15: expected", "mend that line"),
        (("surname: Kestrelby", "surnam: Kestrelby"), ":6: there is no field surnam, in “surnam: Kestrelby”",
         "did you mean surname?"),
        (("{like: pc, status", "{like: pcc, status"), ":11: there is no record pcc", "did you mean pc?"),
        (("{like: pc, status", "{like: gone, status"), ":11: gone is like itself in the end", "write one of them out"),
        (("        hidden: [", "        hiden: ["), ":24: there is no record hiden among the case's records",
         "did you mean hidden?"),
        (("on: 2026-06-01", "on: 2026-06-31"), ":1: on: input should be a valid date", "write it YYYY-MM-DD"),
        (("record: pc, leaves", "record: [pc, hidden], leaves"), ":34: the row on line 33 is about some of the same",
         "let one row be about each combination"),
        (("supplier: kitcorp, record: pc", "supplier: kitcrop, record: pc"),
         ":33: the table's suppliers have no kitcrop", "did you mean kitcorp?"),
        (("withheld: [covert posting]", "withhold: [covert posting]"), ":34: there is no key withhold",
         "did you mean withheld?"),
        (("withheld: [covert posting]", "withheld: [covert posting], refused: []"),
         ":34: a row says one of leaves, withheld and refused", "see docs/policies/cases.md"),
    ],
)  # fmt: skip
def test_faulty_cases(tmp_path: Path, change: tuple[str, str], message: str, remedy: str) -> None:
    done = narrowgate("policy", "test", policies_with(tmp_path, change), "--filter", "uniform").require(2)
    assert message in done.err
    assert remedy in done.err


def test_one_purpose_or_one_file(tmp_path: Path) -> None:
    policies = policies_with(tmp_path)
    for path in (policies / "purposes" / "uniform", policies / FILE):
        report = json.loads(narrowgate("policy", "test", path, "--json").require(0).out)
        assert [case["name"] for case in report["cases"]] == [
            "the supplier gets sizes",
            "nothing leaves afterwards",
            "nobody else gets anything",
        ]
        assert {test["name"].split(".")[2] for test in report["rego"]["tests"]} == {"uniform_test"}


def test_the_filter_chooses_rego_tests_too(tmp_path: Path) -> None:
    policies = policies_with(tmp_path)
    report = json.loads(narrowgate("policy", "test", policies, "--filter", "pension", "--json").require(0).out)
    assert {case["purpose"] for case in report["cases"]} == {"pension"}
    assert {test["name"].split(".")[2] for test in report["rego"]["tests"]} == {"pension_test"}
    done = narrowgate("policy", "test", policies, "--filter", "nothing of the kind").require(2)
    assert "no case's or test's purpose or name holds" in done.err


def test_a_rego_test_that_fails_is_named(tmp_path: Path) -> None:
    file = "purposes/uniform/uniform_test.rego"
    policies = copy_policies(
        tmp_path / "policies", {file: "package narrowgate.purposes.uniform_test\n\ntest_no if 1 == 2\n"}
    )
    done = narrowgate("policy", "test", policies, "--filter", "uniform").require(1)
    assert "✗ narrowgate.purposes.uniform_test.test_no  purposes/uniform/uniform_test.rego:3" in done.out
    assert "opa test: FAIL: 1/1" in done.out
    copy_policies(tmp_path / "b", {file: "package narrowgate.purposes.uniform_test\n\ntest_no if {\n"})
    done = narrowgate("policy", "test", tmp_path / "b").require(1)
    assert "uniform_test.rego:4: rego_parse_error" in done.out


@pytest.mark.parametrize("path", ["nowhere", "uniform.rego"])
def test_a_path_that_holds_no_cases(tmp_path: Path, path: str) -> None:
    (tmp_path / "uniform.rego").write_text("package x\n")
    assert "is no folder" in narrowgate("policy", "test", tmp_path / path).require(2).err


def test_the_cases_in_the_documentation_pass(tmp_path: Path) -> None:
    of_cards, edges, situations, of_all = blocks(ROOT / "docs/policies/cases.md", "yaml")
    shipped = (POLICIES / CARDS).read_text()
    needed = shipped[: shipped.index("  - name: cardco is sent nothing outside")]
    requests = situations.replace("  one_too_many", "  # one_too_many").partition("  - name: no more than")[0]
    for number, text in enumerate((of_cards, needed + edges, f"on: 2026-06-01\n{requests}", of_all)):
        file = "cases.yaml" if text is of_all else CARDS
        policies = copy_policies(tmp_path / str(number), {file: text})
        narrowgate("policy", "test", policies / file).require(0)


# reports


def test_the_report_has_a_schema(tmp_path: Path) -> None:
    policies = policies_with(tmp_path, ("rank: keep}\n      withheld:", "salary: keep}\n      withheld:"))
    done = narrowgate("policy", "test", policies / "purposes" / "uniform", "--coverage", "--json").require(1)
    report = json.loads(done.out)
    jsonschema.validate(report, json.loads((SCHEMAS / "case-report.schema.json").read_text()))
    assert report["coverage"]["exercised"] == sum(item["exercised"] for item in report["coverage"]["items"])


def test_junit_has_a_suite_for_each_file_and_a_failure_for_each_case_that_fails(tmp_path: Path) -> None:
    policies = policies_with(tmp_path, ("rank: keep}\n      withheld:", "salary: keep}\n      withheld:"))
    file = tmp_path / "cases.xml"
    narrowgate("policy", "test", policies / "purposes" / "uniform", "--junit", file).require(1)
    root = ElementTree.parse(file).getroot()
    assert (root.tag, root.get("tests"), root.get("failures"), root.get("errors")) == ("testsuites", "8", "1", "0")
    cases, rego = root.findall("testsuite")
    assert [case.get("name") for case in cases.findall("testcase")] == [
        "the supplier gets sizes",
        "nothing leaves afterwards",
        "nobody else gets anything",
    ]
    (failed,) = [case for case in cases if case.find("failure") is not None]
    failure = failed.find("failure")
    assert failure is not None
    assert failure.text is not None
    assert 'permit.rank.action := "keep"' in failure.text
    assert (failed.get("file"), failed.get("line")) == (FILE, "17")
    assert rego.get("name") == "purposes/uniform/uniform_test.rego"
    assert rego.get("tests") == str(len(rego)) == "5"


def test_junit_tells_rego_tests_that_cannot_run(tmp_path: Path) -> None:
    text = "package narrowgate.purposes.uniform_test\n\ntest_no if {\n"
    policies = copy_policies(tmp_path / "policies", {"purposes/uniform/uniform_test.rego": text})
    narrowgate("policy", "test", policies, "--junit", tmp_path / "cases.xml").require(1)
    root = ElementTree.parse(tmp_path / "cases.xml").getroot()
    assert root.get("errors") == "1"
    assert [case.get("name") for case in root.iter("testcase") if case.find("error") is not None] == ["opa test"]


# coverage


def test_the_shipped_cases_try_everything() -> None:
    done = narrowgate("policy", "test", "--coverage", "--fail-under", "100").require(0)
    assert "coverage of cases: 100 %" in done.out
    assert "no case" not in done.out
    assert "lines that the Rego tests run: " in done.out


def test_what_no_case_tries_is_listed_with_its_place(tmp_path: Path) -> None:
    folder = policies_with(tmp_path) / "purposes" / "uniform"
    done = narrowgate("policy", "test", folder, "--fail-under", "90").require(1)
    assert "coverage of cases is below 90 %" in done.err
    for line in (
        "purposes/uniform/uniform.rego:14: no case holds pay_number, ",
        "purposes/uniform/uniform.rego:16: no case tries forename that leaves cut to its initial",
        "purposes/uniform/uniform.rego:32: no case tries a record whose posting is firearms",
        "purposes/uniform/data.yaml:2: no case tries its last day, of DSA-2025-031",
        "purposes/uniform/data.yaml:2: no case tries one row more than it allows, of DSA-2025-031",
        "purposes/uniform/data.yaml:2: no case tries on_leak of DSA-2025-031",
    ):
        assert line in done.out
    assert "guardrails/" not in done.out
    narrowgate("policy", "test", folder, "--fail-under", "10").require(0)


def test_a_case_that_fails_exercises_nothing(tmp_path: Path) -> None:
    folder = policies_with(tmp_path) / "purposes" / "uniform"
    before = json.loads(narrowgate("policy", "test", folder, "--coverage", "--json").require(0).out)["coverage"]
    file = folder / "cases.yaml"
    file.write_text(file.read_text().replace("rank: keep", "rank: mask"))
    after = json.loads(narrowgate("policy", "test", folder, "--coverage", "--json").require(1).out)["coverage"]
    assert after["exercised"] < before["exercised"]
    assert len(after["items"]) == len(before["items"])


def test_coverage_is_of_all_cases() -> None:
    assert "leave --filter out" in narrowgate("policy", "test", "--coverage", "--filter", "uniform").require(2).err


# update


def test_update_changes_what_differs_and_nothing_else(tmp_path: Path) -> None:
    policies = policies_with(
        tmp_path,
        ("rank: keep}\n      withheld:", "salary: keep}  # why\n      # and how\n      withheld:"),
        ("record: pc, leaves", "record: [pc, gone], leaves"),
        ("expect: {effect: refuse}", "expect:\n      columns:  {salary: keep}"),
        ("withheld: [covert posting]}\n", "withheld: [covert]}  # tail\n"),
    )
    done = narrowgate("policy", "test", policies, "--filter", "uniform", "--update").require(0)
    assert "-      columns: {warrant_number: keep, surname: keep, salary: keep}  # why" in done.err
    assert "+      columns: {warrant_number: keep, surname: keep, rank: keep}  # why" in done.err
    gone = "      - {supplier: kitcorp, record: gone, withheld: [outside the purpose's release rule]}\n"
    reason = "agreement DSA-2025-031 runs from 2026-01-01 to 2027-12-31 and is not in force on 2028-01-01"
    expected = CASES.replace("rank: keep}\n      withheld:", "rank: keep}  # why\n      # and how\n      withheld:")
    expected = expected.replace("effect: refuse}", f"effect: refuse, reasons: [{reason}]}}")
    expected = expected.replace("expect: {effect: refuse, ", "expect:\n      effect: refuse\n      ")
    expected = expected.replace("2028-01-01]}", "2028-01-01]")
    expected = expected.replace(
        "      - {supplier: kitcorp, record: hidden", f"{gone}      - {{supplier: kitcorp, record: hidden"
    )
    assert (policies / FILE).read_text() == expected.replace("covert posting]}\n", "covert posting]}  # tail\n")
    assert narrowgate("policy", "test", policies, "--filter", "uniform", "--update").require(0).err == ""


def test_update_keeps_anchors(tmp_path: Path) -> None:
    """Rows that share what leaves go on sharing it."""
    rego = "purposes/uniform/uniform.rego"
    more = (POLICIES / rego).read_text() + '\npermit.salary := {"action": "generalise", "to": "band", "width": 5000}\n'
    policies = copy_policies(tmp_path / "policies", {rego: more})
    before = (policies / FILE).read_text()
    narrowgate("policy", "test", policies, "--filter", "kitcorp", "--update").require(0)
    after = (policies / FILE).read_text()
    added = set(after.splitlines()) - set(before.splitlines())
    assert added == {"          salary: {action: generalise, to: band, width: 5000}"}
    assert set(before.splitlines()) < set(after.splitlines())


def test_update_writes_nothing_that_an_error_made(tmp_path: Path) -> None:
    file = "purposes/uniform/uniform.rego"
    twice = (POLICIES / file).read_text() + '\npermit.forename := {"action": "mask"} if input.request.format == "csv"\n'
    text = CASES.replace("surname: Kestrelby", "surname: Kestrelby\n    forename: Tamsin")
    policies = copy_policies(tmp_path / "policies", {file: twice, FILE: text})
    narrowgate("policy", "test", policies, "--filter", "uniform", "--update").require(1)
    assert (policies / FILE).read_text() == text
    (policies / file).write_text("package narrowgate.purposes.uniform\n\npermit.rank.action := \n")
    narrowgate("policy", "test", policies, "--filter", "uniform", "--update").require(3)
    assert (policies / FILE).read_text() == text


def test_what_cannot_be_updated_is_said(tmp_path: Path) -> None:
    """One expectation for two cases, of which one would become wrong."""
    text = CASES.replace("    expect:\n      columns: {", "    expect:\n      columns: &same {", 1).replace(
        "    expect: {effect: refuse}", "    expect: {columns: *same}"
    )
    policies = copy_policies(tmp_path / "policies", {FILE: text.replace("kitcorp, on: 2028", "kitcorp, on: 2027")})
    narrowgate("policy", "test", policies, "--filter", "uniform").require(0)
    rego = policies / "purposes/uniform/uniform.rego"
    once = 'permit.rank := {"action": "keep"} if input.request.on > "2026-12-31"'
    rego.write_text(rego.read_text().replace('permit.rank.action := "keep"', once))
    before = (policies / FILE).read_text()
    done = narrowgate("policy", "test", policies, "--filter", "uniform", "--update").require(2)
    assert "cannot be updated" in done.err
    assert "change it by hand" in done.err
    assert (policies / FILE).read_text() == before


# watch


@contextmanager
def watching(policies: Path) -> Iterator[subprocess.Popen[str]]:
    """``policy test --watch``, until the block ends."""
    command = [sys.executable, "-m", "narrowgate", "policy", "test", str(policies), "--filter", "uniform", "--watch"]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("NARROWGATE_")}
    running = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=inherited
    )
    alarm = threading.Timer(120, running.kill)
    alarm.start()
    try:
        yield running
    finally:
        alarm.cancel()
        running.kill()
        running.communicate()


def read_until(running: subprocess.Popen[str], text: str) -> str:
    """What it prints, up to the line that holds ``text``."""
    assert running.stdout is not None
    lines = []
    for line in running.stdout:
        lines.append(line)
        if text in line:
            return "".join(lines)
    raise AssertionError("".join(lines))


def test_watch_runs_again_when_a_file_changes(tmp_path: Path) -> None:
    policies = policies_with(tmp_path)
    with watching(policies) as running:
        assert "as expected, 0 not" in read_until(running, "waiting for a change")
        (policies / FILE).write_text(CASES.replace("rank: keep", "rank: mask"))
        assert "column rank: expected mask" in read_until(running, "waiting for a change")
        (policies / FILE).write_text("on: [\n")
        assert "cases.yaml:" in read_until(running, "waiting for a change")
        (policies / FILE).write_text(CASES)
        assert "as expected, 0 not" in read_until(running, "waiting for a change")
        running.send_signal(signal.SIGINT)
        assert running.wait(30) == 130
    assert "leave one of them out" in narrowgate("policy", "test", "--watch", "--json").require(2).out


# a shared OPA


def test_a_shared_opa_decides_the_cases_that_lie_here(tmp_path: Path) -> None:
    policies = policies_with(tmp_path, ("rank: keep}\n      withheld:", "salary: keep}\n      withheld:"))
    with shared_opa(POLICIES) as url:
        done = narrowgate("policy", "test", policies, "--engine", url, "--filter", "uniform").require(1)
    assert "column rank: expected withheld, got keep (permitted by the purpose)" in done.out
    assert 'purposes/uniform/uniform.rego:20: permit.rank.action := "keep"' in done.out
