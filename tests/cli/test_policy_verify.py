"""``narrowgate policy verify``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from narrowgate.model.yaml import load_yaml
from support.cli import narrowgate
from support.opa import shared_opa
from support.paths import POLICIES, SCHEMAS
from support.policies import copy_policies, purpose

Changes = Mapping[str, str | None]
CARDS = "purposes/id_card_print/id_card_print.rego"
AGREEMENT = "guardrails/agreement.rego"


def _without(folder: str) -> dict[str, str | None]:
    return {f"guardrails/{folder}.rego": None, f"guardrails/{folder}_test.rego": None}


def _text(file: str) -> str:
    return (POLICIES / file).read_text(encoding="utf-8")


def _permit(*fields: str, file: str = CARDS) -> dict[str, str | None]:
    return {file: _text(file) + "".join(f'\npermit.{field}.action := "keep"\n' for field in fields)}


def _edited(file: str, old: str, new: str) -> dict[str, str | None]:
    text = _text(file)
    assert old in text
    return {file: text.replace(old, new)}


WEAKENED: Mapping[str, Changes] = {
    "covert officers never leave": _edited(
        "guardrails/covert_posting.rego", 'in {"covert", "undercover"}', '== "covert"'
    ),
    "the vetting level leaves only to a vetting provider": {**_without("vetting_level"), **_permit("vetting_level")},
    "photo and home address never leave together": {**_without("photo_and_address"), **_permit("home_address")},
    "no special-category field leaves without an Article 9 condition": _permit("blood_group"),
    "bank details leave only to whoever pays": _permit("bank_sort_code"),
    "next of kin never leave": _permit("next_of_kin_name"),
    "a publication names nobody": _permit("surname", file="purposes/foi_publication/foi_publication.rego"),
    "nothing leaves in a format, or about more people or in more rows, than the agreement allows": _edited(
        AGREEMENT, "input.request.row_count > agreement.max_rows", "input.request.row_count > agreement.max_rows + 1"
    ),
}
CAPPED = _edited(
    "purposes/id_card_print/data.yaml", "max_rows: 2000000", "max_rows: 2000000\n    max_people: {days_30: 9}"
)


def _verify(policies: Path, code: int, *more: object) -> dict[str, Any]:
    out = narrowgate("policy", "verify", policies, "--json", *more).require(code).out
    report: dict[str, Any] = json.loads(out)
    jsonschema.validate(report, json.loads((SCHEMAS / "verify.schema.json").read_text()))
    return report


def _broken(report: Mapping[str, Any]) -> dict[str, Any]:
    return {proof["name"]: proof for proof in report["proofs"] if not proof["holds"]}


def _cases_fail(policies: Path, found: Mapping[str, Any], name: str, code: int) -> None:
    """Paste the case of a counterexample, and run it."""
    (policies / f"purposes/{found['purpose']}/cases.yaml").write_text(found["case"], encoding="utf-8")
    out = narrowgate("policy", "test", policies, "--filter", name).require(code).out
    assert name in out or not code


def test_the_shipped_policies_are_proven() -> None:
    out = narrowgate("policy", "verify").require(0).out
    assert out.count("proven  ") == 9
    assert "71,089,200 situations of 9 purposes" in out
    assert out.endswith("all 9 invariants hold\n")
    report = _verify(POLICIES, 0)
    assert (report["holds"], report["situations"], _broken(report)) == (True, 71_089_200, {})


@pytest.mark.parametrize("name", [name for name in WEAKENED if not name.startswith("nothing")])
def test_a_broken_invariant_comes_with_a_case_that_fails_until_it_holds(tmp_path: Path, name: str) -> None:
    weak = copy_policies(tmp_path / "weak", WEAKENED[name])
    broken = _broken(_verify(weak, 1))
    assert name in broken
    found = broken[name]["counterexample"]
    assert broken[name]["file"] == "invariants.yaml"
    assert name in _text("invariants.yaml").splitlines()[broken[name]["line"] - 1]
    assert found["leaves"]
    assert all((weak / rule["file"]).is_file() for rule in found["rules"])
    _cases_fail(weak, found, name, 1)
    # Of two fields that leave together, a guardrail takes both.
    mended = _permit("home_address") if name.startswith("photo") else {}
    _cases_fail(copy_policies(tmp_path / "sound", mended), found, name, 0)


def test_rows_beyond_the_agreement_are_found(tmp_path: Path) -> None:
    name = next(name for name in WEAKENED if name.startswith("nothing leaves in a format"))
    weak = copy_policies(tmp_path / "weak", {**WEAKENED[name], "guardrails/agreement_test.rego": None})
    report = _verify(weak, 1)
    # What is compared once it has been added to cannot be followed, and nothing is said to be proven.
    assert len(report["unproven"]) == 9
    plain = _edited(AGREEMENT, "input.request.row_count > agreement.max_rows", "input.request.row_count > 2000001")
    broken = _broken(_verify(copy_policies(tmp_path / "plain", plain), 1))
    found = broken[name]["counterexample"]
    assert found["row_count"] == 2_000_001
    _cases_fail(tmp_path / "plain", found, name, 1)
    _cases_fail(copy_policies(tmp_path / "sound"), found, name, 0)


def test_people_beyond_the_agreement_are_found(tmp_path: Path) -> None:
    name = next(name for name in WEAKENED if name.startswith("nothing leaves in a format"))
    weak = copy_policies(tmp_path / "weak", {**CAPPED, **_without("cumulative")})
    found = _broken(_verify(weak, 1))[name]["counterexample"]
    assert found["given"] == {"id_card_print.days_30.people_after": 10}
    _cases_fail(weak, found, name, 1)
    _cases_fail(copy_policies(tmp_path / "sound", CAPPED), found, name, 0)


def test_a_case_is_as_small_as_can_be(tmp_path: Path) -> None:
    weak = copy_policies(tmp_path / "weak", WEAKENED["next of kin never leave"])
    found = _broken(_verify(weak, 1))["next of kin never leave"]["counterexample"]
    assert (found["attributes"], found["row_count"], found["given"], found["supplier"]) == ({}, None, {}, "cardco")
    (record,) = load_yaml(found["case"])["records"].values()
    assert set(record) == {"next_of_kin_name", "posting", "status"}


def test_a_violation_in_one_narrow_region_is_found(tmp_path: Path) -> None:
    rules = """\
permit.next_of_kin_name := {"action": "keep"} if input.request.on == "2026-11-05"

release if {
	input.record.joined_on == input.record.promoted_on
	input.record.salary > 41999
	input.record.salary < 42000
	[input.record.surname, input.record.rank] in {["Saltmarsh", "Sergeant"]}
	grade(input.record.pay_point) == 2
}

grade(x) := 1 if x > 8

else := 2 if x > 7
"""
    weak = copy_policies(tmp_path / "weak", purpose("made_up", rules))
    found = _broken(_verify(weak, 1))["next of kin never leave"]["counterexample"]
    assert (found["purpose"], found["supplier"], found["on"]) == ("made_up", "cardco", "2026-11-05")
    record = found["record"]
    assert (record["surname"], record["rank"], record["pay_point"]) == ("Saltmarsh", "Sergeant", 8)
    assert record["joined_on"] == record["promoted_on"]
    assert 41_999 < record["salary"] < 42_000
    _cases_fail(weak, found, "next of kin never leave", 1)


def test_what_cannot_be_listed_fails_and_says_where(tmp_path: Path) -> None:
    rules = 'permit.rank.action := "keep"\n\nrelease if startswith(input.record.surname, "S")\n'
    policies = copy_policies(tmp_path / "policies", purpose("made_up", rules))
    report = _verify(policies, 1)
    assert (report["holds"], _broken(report)) == (False, {})
    (unproven,) = report["unproven"]
    assert unproven["purpose"] == "made_up"
    assert unproven["obstacles"] == ["purposes/made_up/made_up.rego:10: startswith is asked about input.record.surname"]
    out = narrowgate("policy", "verify", policies).require(1).out
    assert "cannot be proven  made_up" in out
    assert "holds elsewhere  next of kin never leave" in out
    assert "→ compare values with constants and with each other" in out
    assert "all 9 invariants hold" not in out


def test_rules_that_disagree_are_told(tmp_path: Path) -> None:
    rules = """\
permit.rank := {"action": "keep"} if input.request.format == "csv"

permit.rank := {"action": "truncate", "length": 1} if input.request.on == "2026-06-01"

release if true
"""
    policies = copy_policies(tmp_path / "policies", purpose("made_up", rules))
    assert len(_verify(policies, 0)["conflicts"]) == 1
    assert "such requests are refused" in narrowgate("policy", "verify", policies).require(0).out


@pytest.mark.parametrize(
    ("stated", "line", "said"),
    [
        ("never: {fields: surnam}", 3, "surnam"),
        ("never: {together: [photo, surnam]}", 3, "surnam"),
        ("never: {category: contacts}", 3, "contacts"),
        ("never: {sensitivity: secret}", 3, "secret"),
        ("never: {fields: any}\n    unless: {supplier: cardcorp}", 4, "cardcorp"),
        ("never: {fields: any}\n    when: {purpose: id_cards}", 4, "id_cards"),
        ("never: {fields: any}\n    when: {record: {post: [covert]}}", 4, "post"),
        ("never: {fields: any}\n    when: {record: {posting: [Covert]}}", 4, "Covert"),
        ("never: {fields: any}\n    when: {attributes: {ran: [yearly]}}", 4, "ran"),
        ("never: {fields: any}\n    unles: {agreement: in force}", 4, "unles"),
        ("never: {fields: any, forms: [kept]}", 3, "kept"),
        ("never: {fields: any, category: contact}", 3, "one of fields, together, category and sensitivity"),
        ("never: {fields: any}\n  - name: one\n    never: {fields: photo}", 4, "two invariants are called “one”"),
    ],
)
def test_faults_in_invariants_name_their_line(tmp_path: Path, stated: str, line: int, said: str) -> None:
    file = tmp_path / "stated.yaml"
    file.write_text(f"invariants:\n  - name: one\n    {stated}\n", encoding="utf-8")
    err = narrowgate("policy", "verify", "--invariants", file).require(2).err
    assert f"stated.yaml:{line}" in err
    assert said in err
    assert "→" in err


def test_no_invariants_and_no_policies(tmp_path: Path) -> None:
    policies = copy_policies(tmp_path / "policies", {"invariants.yaml": None})
    assert "there is no" in narrowgate("policy", "verify", policies).require(2).err
    broken = copy_policies(tmp_path / "broken", {CARDS: "package narrowgate.purposes.id_card_print\n\nmeta :="})
    assert "id_card_print.rego" in narrowgate("policy", "verify", broken).require(3).err


def test_a_bundle_and_a_shared_opa_give_the_same_report(tmp_path: Path) -> None:
    policies = copy_policies(tmp_path / "policies", WEAKENED["next of kin never leave"])
    bundle, invariants = tmp_path / "policies.tar.gz", POLICIES / "invariants.yaml"
    narrowgate("policy", "bundle", policies, "-o", bundle).require(0)
    here = _verify(policies, 1)
    assert _verify(bundle, 1, "--invariants", invariants) == here
    with shared_opa(bundle) as url:
        assert _verify(policies, 1, "--engine", url) == here
