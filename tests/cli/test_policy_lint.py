"""``narrowgate policy lint``."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from support.cli import narrowgate
from support.opa import shared_opa
from support.paths import POLICIES, SCHEMAS
from support.policies import copy_policies, purpose

ON = ("--on", "2026-06-01")
LINT = ("policy", "lint", *ON)
FILE = "purposes/made_up/made_up.rego"


def test_the_shipped_policies_have_no_warnings() -> None:
    done = narrowgate(*LINT).require(0)
    assert done.out.startswith("nothing found (")
    assert "notes more with --notes" in done.out
    assert "field-for-nobody" not in done.out


def test_notes_are_shown_where_they_are_wanted() -> None:
    done = narrowgate(*LINT, "--notes").require(0)
    assert 'note: nobody may receive login [field-for-nobody]\n    "login": {\n' in done.out
    assert "notes; the policies can be used" in done.out


def test_what_an_author_did_not_mean(tmp_path: Path) -> None:
    line = 'permit.forename.action := "keep" if input.request.supplier == "cardco"'
    files = purpose("made_up", f"{line}\n", "agreements: []\n")
    done = narrowgate(*LINT, copy_policies(tmp_path / "policies", files)).require(1)
    for rule in ("condition-on-part", "no-release", "no-agreement"):
        assert f"[{rule}]" in done.out
    assert f"{FILE}:8: warning: when its condition fails" in done.out
    assert f"\n    {line}\n  → put the condition on the whole action: permit.forename := " in done.out
    assert "warnings; the policies can be used" in done.out


def test_every_fault_of_unusable_policies(tmp_path: Path) -> None:
    rules = 'permit.forenam.action := "keep"\n\npermit.surname.action := "shuffle"\n'
    policies = copy_policies(tmp_path / "policies", purpose("made_up", rules))
    report = json.loads(narrowgate(*LINT, policies, "--json").require(3).out)
    jsonschema.validate(report, json.loads((SCHEMAS / "lint.schema.json").read_text()))
    assert report["usable"] is False
    found = {finding["rule"]: finding for finding in report["findings"]}
    assert {finding["severity"] for finding in report["findings"]} == {"error"}
    assert found["unknown-field"] == {
        "rule": "unknown-field",
        "severity": "error",
        "file": FILE,
        "line": 8,
        "message": "there is no field forenam",
        "remedy": "did you mean forename?",
        "quote": 'permit.forenam.action := "keep"',
    }
    assert found["unknown-action"]["quote"] == 'permit.surname.action := "shuffle"'
    done = narrowgate(*LINT, policies).require(3)
    assert '    permit.surname.action := "shuffle"\n' in done.out
    assert "2 findings; the policies cannot be used" in done.out


def test_opas_own_words_are_findings(tmp_path: Path) -> None:
    rules = 'permit.forename.action := := "keep"\n'
    policies = copy_policies(tmp_path / "policies", purpose("made_up", rules))
    report = json.loads(narrowgate(*LINT, policies, "--json").require(3).out)
    finding = report["findings"][0]
    assert (finding["rule"], finding["file"], finding["line"]) == ("opa", FILE, 8)
    assert finding["quote"] == rules.strip()


def test_other_commands_quote_the_authors_line(tmp_path: Path) -> None:
    one = copy_policies(tmp_path / "one", purpose("made_up", 'permit.forenam.action := "keep"\n'))
    done = narrowgate("explain", "-s", "cardco", "-p", "made_up", "--policies", one).require(3)
    assert f'{FILE}:8: there is no field forenam\n      permit.forenam.action := "keep"\n  → did you' in done.err
    rules = 'permit.forenam.action := "keep"\n\npermit.surnam.action := "keep"\n'
    two = copy_policies(tmp_path / "two", purpose("made_up", rules))
    done = narrowgate("policy", "test", two).require(3)
    for field in ("forenam", "surnam"):
        assert f'[unknown-field]\n      permit.{field}.action := "keep"\n' in done.err


def test_a_document_for_machines(tmp_path: Path) -> None:
    rules = 'release if input.record.posting != "covert"\n'
    policies = copy_policies(tmp_path / "policies", purpose("made_up", rules))
    report = json.loads(narrowgate(*LINT, policies, "--json").require(1).out)
    jsonschema.validate(report, json.loads((SCHEMAS / "lint.schema.json").read_text()))
    assert (report["usable"], report["on"]) == (True, "2026-06-01")
    (finding,) = [finding for finding in report["findings"] if finding["rule"] == "negative-rule"]
    assert (finding["severity"], finding["file"], finding["line"]) == ("warning", FILE, 8)
    assert finding["quote"] == rules.strip()
    assert 'input.record.posting in {"response", "neighbourhood"' in finding["remedy"]
    assert any(finding["severity"] == "note" for finding in report["findings"])


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (("--on", "2027-10-31"), 0),
        (("--on", "2027-11-01"), 1),
        (("--on", "2027-10-31", "--within", "61"), 1),
        (("--on", "2027-12-31", "--within", "0"), 1),
        (("--on", "2028-01-01"), 0),
    ],
)
def test_agreements_that_are_about_to_lapse(given: tuple[str, ...], code: int) -> None:
    done = narrowgate("policy", "lint", *given).require(code)
    assert ("[about-to-lapse]" in done.out) == bool(code)


def test_wrong_usage() -> None:
    assert "is not a day" in narrowgate("policy", "lint", "--on", "soon").require(2).err
    narrowgate("policy", "lint", "--within", "-1").require(2)


def test_policies_of_a_shared_opa() -> None:
    """Its files are not here, so that nothing is said of them; lines are quoted as it reports them."""
    with shared_opa(POLICIES) as url:
        report = json.loads(narrowgate(*LINT, "--engine", url, "--json").require(0).out)
        assert report["usable"]
        assert {finding["severity"] for finding in report["findings"]} == {"note"}
        assert "no-rego-tests" not in {finding["rule"] for finding in report["findings"]}
        assert url in narrowgate(*LINT, "--engine", url).require(0).out


def test_formatting_says_what_differs(tmp_path: Path) -> None:
    rules = 'permit.forename.action  :=  "keep"\n'
    policies = copy_policies(tmp_path / "policies", purpose("made_up", rules))
    done = narrowgate(*LINT, policies).require(1)
    assert (
        f'{FILE}:8: warning: opa fmt would change this: it writes: permit.forename.action := "keep" [format]'
        in done.out
    )
    assert f"→ run: opa fmt --write {policies / FILE}" in done.out
