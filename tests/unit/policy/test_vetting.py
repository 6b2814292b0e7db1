"""Vetting finds what the vectors say, on the line they say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from narrowgate.errors import PolicyInvalid
from narrowgate.model.catalogue import Catalogue
from narrowgate.policy.bundle import Bundle
from narrowgate.policy.vetting import require_vetted, vet
from narrowgate.policy.vetting.finding import Finding
from support.bundles import reported
from support.paths import POLICIES
from support.policies import AGREEMENT, HEADER, copy_policies, purpose
from support.vectors import vectors

CASES: list[dict[str, Any]] = vectors("vetting")
_GUARDRAIL = "# METADATA\n# schemas:\n#   - input: schema.input\npackage narrowgate.guardrails.case_{number}\n\n"


def _files() -> Iterator[tuple[str, str, int]]:
    """For each case: its file, its text, and how many lines stand before its rules."""
    for number, case in enumerate(CASES):
        if "purpose" in case:
            before = HEADER.format(purpose=f"case_{number}")
            yield f"purposes/case_{number}/case_{number}.rego", before + case["purpose"], before.count("\n")
        else:
            before = _GUARDRAIL.format(number=number)
            yield f"guardrails/case_{number}.rego", before + case["guardrail"], before.count("\n")


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory, catalogue: Catalogue) -> list[Finding]:
    """What vetting finds in one bundle that holds all cases."""
    changes: dict[str, str | None] = {file: text for file, text, _ in _files()}
    bundle = reported(copy_policies(tmp_path_factory.mktemp("vetting") / "policies", changes), catalogue)
    return vet(bundle, catalogue)


@pytest.mark.parametrize(("number", "case"), list(enumerate(CASES)), ids=[case["name"] for case in CASES])
def test_vectors(number: int, case: dict[str, Any], findings: list[Finding]) -> None:
    file, _, before = list(_files())[number]
    found = [(finding.rule, finding.at.line - before) for finding in findings if finding.at.file == file]
    assert sorted(found) == sorted((each["rule"], each["line"]) for each in case["findings"])


def test_every_finding_has_file_line_and_remedy(findings: list[Finding]) -> None:
    for finding in findings:
        assert finding.at.line > 0
        assert finding.remedy
        assert str(finding).startswith(f"{finding.at.file}:{finding.at.line}: ")


def test_printed_findings_can_be_read(findings: list[Finding]) -> None:
    for finding in findings:
        assert Finding.parse(str(finding)) == finding


def test_the_shipped_policies_pass(catalogue: Catalogue) -> None:
    assert vet(reported(POLICIES, catalogue), catalogue, POLICIES) == []


def _vetted(tmp_path: Path, catalogue: Catalogue, changes: dict[str, str | None]) -> list[Finding]:
    folder = copy_policies(tmp_path / "policies", changes)
    return vet(reported(folder, catalogue), catalogue, folder)


def test_changed_entry_points(tmp_path: Path, catalogue: Catalogue) -> None:
    text = (POLICIES / "narrowgate.rego").read_text().replace("\tcount(withheld) == 0\n", "")
    (finding,) = _vetted(tmp_path, catalogue, {"narrowgate.rego": text})
    assert finding.rule == "entry-points"


def test_more_in_the_entry_points_package(tmp_path: Path, catalogue: Catalogue) -> None:
    text = 'package narrowgate\n\nrefusals contains "never" if false\n'
    assert {f.rule for f in _vetted(tmp_path, catalogue, {"more.rego": text})} == {"entry-points"}


def test_agreements_for_an_unknown_purpose(tmp_path: Path, catalogue: Catalogue) -> None:
    (finding,) = _vetted(tmp_path, catalogue, {"purposes/nothing/data.yaml": AGREEMENT})
    assert (finding.rule, str(finding.at)) == ("unknown-purpose", "purposes/nothing/data.yaml:1")


def test_agreements_with_an_unknown_supplier(tmp_path: Path, catalogue: Catalogue) -> None:
    changes = purpose("made_up", "", AGREEMENT.replace("cardco", "cardoc"))
    (finding,) = _vetted(tmp_path, catalogue, changes)
    assert (finding.rule, finding.at.line) == ("unknown-supplier", 2)


@pytest.mark.parametrize(
    "change",
    [
        ("max_rows: 1000000", "max_rows: many"),
        ("until: 2027-12-31", "until: 2025-12-31"),
        ("retention_days: 30", "retention: 30"),
        ("formats: [csv, tsv, json, ndjson, parquet]", "formats: []"),
        ("retention_days: 30", "retention_days: 30\n    columns: [{field: forname}]"),
    ],
)
def test_a_faulty_agreement(tmp_path: Path, catalogue: Catalogue, change: tuple[str, str]) -> None:
    findings = _vetted(tmp_path, catalogue, purpose("made_up", "", AGREEMENT.replace(*change)))
    assert {str(finding.at) for finding in findings} == {"purposes/made_up/data.yaml:2"}


def test_a_supplier_whom_no_request_can_name(tmp_path: Path, catalogue: Catalogue) -> None:
    text = (POLICIES / "suppliers/data.yaml").read_text() + "Card-Co: {name: Card, kind: card printer, country: GB}\n"
    (finding,) = _vetted(tmp_path, catalogue, {"suppliers/data.yaml": text})
    assert (finding.rule, finding.at.line) == ("supplier-name", len(text.splitlines()))


def test_an_attribute_is_compared_with_values_that_it_may_have(tmp_path: Path, catalogue: Catalogue) -> None:
    rules = """\
permit.rank := {"action": "keep"} if input.request.attributes.urgency in {"routine", "rutine"}

refuse contains "not now" if input.request.attributes.urgency == "urgnt"
"""
    files = purpose("made_up", rules)
    meta = '"retention_days": 30, "attributes": {"urgency": ["routine", "urgent"]}}'
    text = str(files["purposes/made_up/made_up.rego"]).replace('"retention_days": 30}', meta)
    found = _vetted(tmp_path, catalogue, files | {"purposes/made_up/made_up.rego": text})
    assert [(finding.rule, finding.remedy) for finding in found] == [
        ("unknown-value", "did you mean routine?"),
        ("unknown-value", "did you mean urgent?"),
    ]


def test_a_key_that_is_there_twice(tmp_path: Path, catalogue: Catalogue) -> None:
    """OPA takes the last, and says nothing."""
    suppliers = (POLICIES / "suppliers/data.yaml").read_text()
    text = suppliers + "cardco: {name: Cardco, kind: vetting provider, country: GB}\n"
    (finding,) = _vetted(tmp_path / "suppliers", catalogue, {"suppliers/data.yaml": text})
    assert (finding.rule, str(finding.at)) == ("data", f"suppliers/data.yaml:{len(text.splitlines())}")
    twice = AGREEMENT.replace("    retention_days: 30\n", "    retention_days: 30\n    max_rows: 2000000\n")
    (finding,) = _vetted(tmp_path / "agreement", catalogue, purpose("made_up", "", twice))
    assert (finding.rule, str(finding.at)) == ("data", "purposes/made_up/data.yaml:9")


def test_a_misspelt_key_of_an_agreement(tmp_path: Path, catalogue: Catalogue) -> None:
    misspelt = AGREEMENT.replace("max_rows", "max_row").replace(
        "retention_days: 30", "retention_days: 30\n    max_people: {day_30: 1}"
    )
    found = _vetted(tmp_path, catalogue, purpose("made_up", "", misspelt))
    assert {(finding.message, finding.remedy) for finding in found if "no key" in finding.message} == {
        ("agreement: there is no key max_row", "did you mean max_rows?"),
        ("agreement: there is no key max_people.day_30", "did you mean days_30?"),
    }


def test_a_purpose_that_no_request_can_name(tmp_path: Path, catalogue: Catalogue) -> None:
    findings = _vetted(tmp_path, catalogue, purpose("Made_Up", 'permit.rank.action := "keep"\n'))
    assert [finding.rule for finding in findings] == ["package"]


def test_a_faulty_supplier(tmp_path: Path, catalogue: Catalogue) -> None:
    text = (POLICIES / "suppliers/data.yaml").read_text() + "nobody: {name: Nobody, country: Britain}\n"
    findings = _vetted(tmp_path, catalogue, {"suppliers/data.yaml": text})
    assert {finding.rule for finding in findings} == {"supplier"}
    assert all("nobody" in text.splitlines()[finding.at.line - 1] for finding in findings)


@pytest.mark.parametrize(
    "meta",
    [
        'meta := {"title": "x", "lawful_basis": "public task"}',
        'meta := {"title": "x", "lawful_basis": "because", "retention_days": 1}',
        'meta := {"title": input.request.supplier, "lawful_basis": "public task", "retention_days": 1}',
        "",
    ],
)
def test_a_faulty_meta(tmp_path: Path, catalogue: Catalogue, meta: str) -> None:
    text = f'package narrowgate.purposes.made_up\n\n{meta}\n\npermit.forename.action := "keep"\n'
    findings = _vetted(tmp_path, catalogue, {"purposes/made_up/made_up.rego": text})
    assert "meta" in {finding.rule for finding in findings}


def test_require_vetted_names_the_first_and_keeps_all(findings: list[Finding], catalogue: Catalogue) -> None:
    bundle = Bundle((), {}, {"x": {}})
    with pytest.raises(PolicyInvalid) as caught:
        require_vetted(bundle, catalogue)
    assert len(caught.value.findings) > 1
    assert "more)" in caught.value.message


def test_tests_in_a_bundle_are_not_vetted(tmp_path: Path, catalogue: Catalogue) -> None:
    """The shipped policies have some, which use ``with`` freely; a test's name does not hide a policy."""
    text = 'package narrowgate.purposes.made_up\n\nrelease if input.record["status"]\n\nr := input.record\n'
    found = _vetted(tmp_path, catalogue, {"purposes/made_up/sneaky.rego": text})
    assert "dynamic-read" in {finding.rule for finding in found}


_PURPOSE = "purposes/id_card_print/id_card_print.rego"


@pytest.mark.parametrize(
    ("file", "text", "rule"),
    [
        (
            "suppliers/cardco.rego",
            'package suppliers.newco\n\nkind := "vetting provider" if input.request\n',
            "package",
        ),
        ("purposes/id_card_print/helper.rego", "package purposes.id_card_print\n\nopen := true\n", "package"),
        (
            "purposes/id_card_print/permit.rego",
            "package narrowgate.purposes.id_card_print.permit\n\nx := 1\n",
            "package",
        ),
        ("purposes/id_card_print/x.rego", "package narrowgate.purposes\n\nid_card_print.permit.unit := 1\n", "package"),
        (
            "guardrails/hr/response.rego",
            'package narrowgate.guardrails.hr.response\n\nrefuse contains "x"\n',
            "package",
        ),
        (
            "purposes/id_card_print/loosen.rego",
            "package narrowgate.guardrails.vetting_level\n\nvetting_provider if input.request.purpose\n",
            "package",
        ),
        ("guardrails/loosen.rego", 'package narrowgate.purposes.id_card_print\n\nrefuse contains "x"\n', "package"),
        (
            "narrowgate/purposes/id_card_print/data.yaml",
            "permit: {national_insurance_number: {action: keep}}\n",
            "data-among-rules",
        ),
        ("narrowgate/purposes/other/data.yaml", "permit: {}\n", "data-among-rules"),
        ("narrowgate/data.yaml", "guardrails: {mine: {drop: {photo: [x]}}}\n", "data-among-rules"),
    ],
)
def test_what_stands_in_the_wrong_place(tmp_path: Path, catalogue: Catalogue, file: str, text: str, rule: str) -> None:
    bundle = reported(copy_policies(tmp_path / "policies", {file: text}), catalogue)
    assert rule in {finding.rule for finding in vet(bundle, catalogue)}


def test_what_is_vetted_cannot_call_tests(tmp_path: Path, catalogue: Catalogue) -> None:
    changes = {
        "purposes/id_card_print/lib_test.rego": "package narrowgate.lib_test\n\nguarded if input.record.protected\n",
        "purposes/id_card_print/more.rego": (
            "package narrowgate.purposes.id_card_print\n\n"
            'withhold contains "protected" if data.narrowgate.lib_test.guarded\n'
        ),
    }
    bundle = reported(copy_policies(tmp_path / "policies", changes), catalogue)
    assert {finding.rule for finding in vet(bundle, catalogue)} == {"unknown-reference"}


def test_a_line_end_that_is_none_to_opa(tmp_path: Path, catalogue: Catalogue) -> None:
    text = (POLICIES / "narrowgate.rego").read_text(encoding="utf-8")
    changed = text.replace("whatever becomes of it\n\tcount", "whatever becomes of it\u2028\tcount")
    assert changed != text
    bundle = reported(copy_policies(tmp_path / "policies", {"narrowgate.rego": changed}), catalogue)
    assert "entry-points" in {finding.rule for finding in vet(bundle, catalogue)}


def test_a_meta_with_another_answer(tmp_path: Path, catalogue: Catalogue) -> None:
    text = (POLICIES / _PURPOSE).read_text(encoding="utf-8")
    other = '} if input.request.source == "never" else := {\n\t"title": input.request.supplier,\n}\n\npermit.forename'
    changed = text.replace("}\n\npermit.forename", other, 1)
    assert changed != text
    bundle = reported(copy_policies(tmp_path / "policies", {_PURPOSE: changed}), catalogue)
    assert "meta" in {finding.rule for finding in vet(bundle, catalogue)}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("max_rows", '"100"'),
        ("retention_days", '"30"'),
        ("retention_days", "9999999"),
        ("from", '"0"'),
        ("until", '"86400"'),
        ("from", "2026-01-01T00:00:00"),
    ],
)
def test_agreements_are_read_as_opa_reads_them(tmp_path: Path, catalogue: Catalogue, key: str, value: str) -> None:
    file = "purposes/id_card_print/data.yaml"
    text = (POLICIES / file).read_text(encoding="utf-8")
    changed = re.sub(rf"(    {key}:).*", rf"\1 {value}", text, count=1)
    bundle = reported(copy_policies(tmp_path / "policies", {file: changed}), catalogue)
    assert "agreement" in {finding.rule for finding in vet(bundle, catalogue)}
