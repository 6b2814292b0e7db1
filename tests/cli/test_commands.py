"""The other commands."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from narrowgate.model.yaml import load_yaml
from support.cli import files_in, narrowgate
from support.officers import CARD, officer, officers, write_records
from support.paths import POLICIES, SCHEMAS
from support.policies import copy_policies, purpose

CARDS = ("--supplier", "cardco", "--purpose", "id_card_print", "--on", "2026-06-01")


def schema(name: str) -> dict[str, object]:
    document: dict[str, object] = json.loads((SCHEMAS / f"{name}.schema.json").read_text())
    return document


# check


def test_what_was_released_is_compliant(tmp_path: Path) -> None:
    export = write_records(tmp_path / "staff.csv", officers(3))
    narrowgate("filter", export, "-o", tmp_path / "cards.csv", *CARDS).require(0)
    done = narrowgate("check", tmp_path / "cards.csv", *CARDS).require(0)
    assert "compliant" in done.out
    assert "judged when it was released" in done.out


def test_a_released_file_is_known_by_any_receipt_beside_it(tmp_path: Path) -> None:
    export = write_records(tmp_path / "staff.csv", officers(3))
    narrowgate("filter", export, "-o", tmp_path / "cards.csv", *CARDS, "--receipt", tmp_path / "r.json").require(0)
    narrowgate("check", tmp_path / "cards.csv", *CARDS).require(0)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "r.json").rename(tmp_path / "elsewhere" / "r.json")
    assert "or the file's receipt" in narrowgate("check", tmp_path / "cards.csv", *CARDS).require(1).out
    narrowgate("check", tmp_path / "cards.csv", *CARDS, "--receipt", tmp_path / "elsewhere" / "r.json").require(0)


def test_a_receipt_is_for_its_file_supplier_and_purpose(tmp_path: Path) -> None:
    export = write_records(tmp_path / "staff.csv", officers(3))
    narrowgate("filter", export, "-o", tmp_path / "cards.csv", *CARDS).require(0)
    text = (tmp_path / "cards.csv").read_text()
    (tmp_path / "cards.csv").write_text(text.replace("Tamsin", "Hebe", 1))
    assert "or the file's receipt" in narrowgate("check", tmp_path / "cards.csv", *CARDS).require(1).out
    receipt = tmp_path / "cards.csv.receipt.json"
    receipt.write_text(receipt.read_text().replace('"read": 3', '"read": 2'))
    done = narrowgate("check", tmp_path / "cards.csv", *CARDS, "--receipt", receipt).require(4)
    assert "has been changed" in done.err


def test_a_raw_export_is_not_compliant(tmp_path: Path) -> None:
    export = write_records(tmp_path / "staff.csv", [officer(), officer(posting="covert"), officer(shoe="x")])
    done = narrowgate("check", export, *CARDS).require(1)
    for line in (
        "vetting_level may not leave: it leaves only to a vetting provider",
        "pay_number may not leave: the purpose does not permit it",
        "column shoe is none that the catalogue knows",
        "1 record may not leave: covert posting",
    ):
        assert line in done.out
    assert "Kestrelby" not in done.out
    assert files_in(tmp_path) == {"staff.csv"}


RULES = """
permit.surname.action := "keep"

permit.salary := {"action": "generalise", "to": "band", "width": 5000}

permit.employee_number.action := "pseudonymise"

permit.status.action := "keep"

permit.posting.action := "keep"

release if input.record.status == "active"

override.surname := {"action": "mask", "keep_first": 1} if input.record.posting == "firearms"
"""
GOOD = {
    "surname": "Other",
    "salary": "40000 to 44999",
    "employee_number": "",
    "status": "active",
    "posting": "response",
}


@pytest.mark.parametrize(
    ("change", "objection"),
    [
        ({}, None),
        ({"surname": "O****", "posting": "firearms"}, None),
        ({"salary": "41200 to 41200"}, "1 cell of salary not in the form"),
        ({"salary": "40001 to 45000"}, "1 cell of salary not in the form"),
        ({"salary": "41200"}, "1 cell of salary not in the form"),
        ({"surname": "Other; NI QQ123456C"}, "1 cell of surname not what the catalogue allows"),
        ({"surname": "Other", "posting": "firearms"}, "1 cell of surname not in the form"),
        ({"employee_number": "0" * 32}, "whether employee_number holds pseudonyms of ours cannot be told"),
    ],
)
def test_every_cell_is_looked_at(tmp_path: Path, change: dict[str, str], objection: str | None) -> None:
    """One bad cell in two hundred good ones counts."""
    policies = copy_policies(tmp_path / "policies", purpose("made_up", RULES))
    file = write_records(tmp_path / "file.csv", [*[GOOD] * 200, GOOD | change])
    done = narrowgate("check", file, "-s", "cardco", "-p", "made_up", "--on", "2026-06-01", "--policies", policies)
    if objection is None:
        done.require(0)
    else:
        assert objection in done.require(1).out


@pytest.mark.parametrize("name", sorted(folder.name for folder in (POLICIES / "purposes").iterdir()))
def test_what_was_filtered_is_compliant(tmp_path: Path, name: str) -> None:
    agreements = load_yaml((POLICIES / "purposes" / name / "data.yaml").read_text())["agreements"]
    suffix = agreements[0]["formats"][0]
    export = write_records(tmp_path / "staff.csv", officers(40, employment_type="officer"))
    whom = ("-s", agreements[0]["supplier"], "-p", name, "--on", "2026-06-01")
    secret = {"NARROWGATE_PSEUDONYM_SECRET": "0123456789abcdef" * 4}
    (tmp_path / "notes.json").write_text('{"narrowgate-receipt/1": 1}')
    narrowgate("filter", export, "-o", tmp_path / f"out.{suffix}", *whom, environment=secret).require(0)
    narrowgate("check", tmp_path / f"out.{suffix}", *whom, environment=secret).require(0)


def test_overrides_are_on_the_receipt(tmp_path: Path) -> None:
    export = write_records(
        tmp_path / "staff.csv", [officer(), officer(posting="firearms"), officer(posting="firearms")]
    )
    training = ("-s", "learnly", "-p", "training", "--on", "2026-06-01")
    done = narrowgate("filter", export, "-o", tmp_path / "out.csv", *training).require(0)
    assert "2 cells masked but for the first 1" in " ".join(done.out.split())
    receipt = json.loads((tmp_path / "out.csv.receipt.json").read_text())
    (surname,) = [column for column in receipt["entry"]["columns"] if column["field"] == "surname"]
    assert surname["overrides"] == {"masked but for the first 1": 2}


def test_cells_must_be_in_the_form_in_which_they_may_leave(tmp_path: Path) -> None:
    rules = (
        'permit.joined_on := {"action": "generalise", "to": "year"}\npermit.status.action := "keep"\n'
        'permit.posting.action := "keep"\nrelease if input.record.status == "active"\n'
    )
    policies = copy_policies(tmp_path / "policies", purpose("made_up", rules))
    made_up = ("-s", "cardco", "-p", "made_up", "--on", "2026-06-01", "--policies", policies)
    fields = ("joined_on", "status", "posting")
    raw = write_records(tmp_path / "raw.csv", [{field: officer()[field] for field in fields}])
    assert "joined_on not in the form" in narrowgate("check", raw, *made_up).require(1).out
    narrowgate("filter", raw, "-o", tmp_path / "out.csv", *made_up).require(0)
    (tmp_path / "out.csv.receipt.json").unlink()
    narrowgate("check", tmp_path / "out.csv", *made_up).require(0)


def test_check_for_machines(tmp_path: Path) -> None:
    export = write_records(tmp_path / "staff.csv", officers(3))
    done = narrowgate("check", export, *CARDS, "--json").require(1)
    report = json.loads(done.out)
    assert report["compliant"] is False
    assert report["records"] == "judged"
    assert report["record_count"] == 3
    done = narrowgate("check", export, "-s", "oldco", "-p", "id_card_print", "--json").require(1)
    assert "not in force" in json.loads(done.out)["objections"][0]


# explain


def test_explain_without_an_export_speaks_of_every_field() -> None:
    done = narrowgate("explain", *CARDS, "--json").require(0)
    explanation = json.loads(done.out)
    columns = {column["field"]: column for column in explanation["columns"]}
    assert len(columns) > 50
    assert {field for field, column in columns.items() if column["outcome"] == "kept"} == set(CARD)
    assert columns["photo"]["outcome"] == "changed"
    photo = columns["photo"]["rules"][0]
    line = (POLICIES / photo["file"]).read_text().splitlines()[photo["line"] - 1]
    assert line.startswith("permit.photo")
    assert columns["salary"]["to_change"] == 'permit.salary.action := "keep"'
    assert "guardrail vetting_level" in columns["vetting_level"]["to_change"]
    assert columns["vetting_level"]["rules"][0]["file"] == "guardrails/vetting_level.rego"


def test_explain_an_export(tmp_path: Path) -> None:
    export = write_records(tmp_path / "staff.csv", [officer(shoe="x")])
    done = narrowgate("explain", export, *CARDS).require(0)
    assert "would be released" in done.out
    assert "shoe" in done.out
    assert "purposes/id_card_print/id_card_print.rego" in done.out
    assert "guardrails.covert_posting.withhold" in done.out
    assert "Kestrelby" not in done.out


def test_explain_a_refusal(tmp_path: Path) -> None:
    export = write_records(tmp_path / "staff.csv", [{"surname": "Marsh", "status": "active"}])
    assert "no posting" in narrowgate("explain", export, *CARDS).require(1).out
    assert "not in force" in narrowgate("explain", "-s", "oldco", "-p", "id_card_print").require(1).out
    assert "there is no purpose x" in narrowgate("explain", "-s", "cardco", "-p", "x").require(1).out


def test_explain_the_plan(tmp_path: Path) -> None:
    export = write_records(tmp_path / "staff.csv", [officer()])
    plan = json.loads(narrowgate("explain", export, *CARDS, "--plan").require(0).out)
    assert [column["field"] for column in plan["columns"]] == list(CARD)
    assert plan["reads"] == ["posting", "status"]
    assert "pay_number" in plan["searched"]
    narrowgate("explain", *CARDS, "--plan").require(2)


def test_explain_which_of_several_rules(tmp_path: Path) -> None:
    rules = (
        'permit.surname := {"action": "keep"} if input.request.supplier == "cardco"\n\n'
        'permit.surname := {"action": "truncate", "length": 1} if input.request.supplier == "oldco"\n'
    )
    policies = copy_policies(tmp_path / "policies", purpose("made_up", rules))
    done = narrowgate("explain", "-s", "cardco", "-p", "made_up", "--policies", policies, "--json").require(0)
    columns = {column["field"]: column for column in json.loads(done.out)["columns"]}
    (rule,) = columns["surname"]["rules"]
    line = (policies / rule["file"]).read_text().splitlines()[rule["line"] - 1]
    assert '"keep"' in line


# the rest


def test_help_is_there_for_everyone() -> None:
    done = narrowgate("--help").require(0)
    for command in ("filter", "check", "explain", "serve", "init", "demo", "policy", "opa"):
        assert command in done.out
        narrowgate(command, "--help").require(0)
    assert narrowgate("--version").require(0).out.startswith("narrowgate 0.")
    wide = {"COLUMNS": "200"}
    assert "narrowgate filter staff.csv" in narrowgate("filter", "--help", environment=wide).require(0).out


@pytest.mark.parametrize("arguments", [("filtre",), ("filter",), ("filter", "x.csv"), ("check", "--nonsense")])
def test_wrong_usage_ends_with_2(arguments: tuple[str, ...]) -> None:
    done = narrowgate(*arguments).require(2)
    assert "internal" not in done.err


def test_demo_shows_what_was_stripped() -> None:
    done = narrowgate("demo").require(0)
    before, _, after = done.out.partition("What the printer gets:")
    assert "vetting_level" in before
    assert "photos/P1000002.jpg" in before
    assert "vetting_level" not in after
    assert "P1000002" not in after


def test_documents_have_schemas(tmp_path: Path) -> None:
    for path in POLICIES.rglob("cases.yaml"):
        from narrowgate.model.yaml import load_yaml

        jsonschema.validate(load_yaml(path.read_text()), schema("cases"))
    for path in (SCHEMAS / "sources").glob("*.yaml"):
        from narrowgate.model.yaml import load_yaml

        jsonschema.validate(load_yaml(path.read_text()), schema("source"))


def test_opa_path() -> None:
    assert Path(narrowgate("opa", "path").require(0).out.strip()).is_file()


# names that are no markup


def test_headers_are_shown_as_they_are(tmp_path: Path) -> None:
    file = write_records(tmp_path / "staff.csv", [officer(**{"[/]": "x", "[blink]": "y"})])
    assert "column [/] is none" in narrowgate("check", file, *CARDS).require(1).out
    assert "[blink]" in narrowgate("explain", file, *CARDS).require(0).out
    folder = tmp_path / "[/d]"
    folder.mkdir(parents=True)
    assert "[/d]/out.csv" in narrowgate("filter", file, "-o", folder / "out.csv", *CARDS).require(0).out
