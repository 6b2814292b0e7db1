"""``narrowgate filter``: what it prints, how it ends, what it leaves on disk."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import jsonschema
import pytest

from support.cli import files_in, narrowgate
from support.officers import CARD, officer, officers, read_records, write_records
from support.paths import SCHEMAS
from support.policies import AGREEMENT, copy_policies, purpose

RELEASE = 'release if input.record.status == "active"\n'
CARDS = ("--supplier", "cardco", "--purpose", "id_card_print", "--on", "2026-06-01")


@pytest.fixture
def export(tmp_path: Path) -> Path:
    return write_records(tmp_path / "staff.csv", officers(3))


def test_the_card_printer_gets_five_fields_and_nothing_else(tmp_path: Path, export: Path) -> None:
    rows = [*officers(2), officer(status="suspended"), officer(status="leaver"), officer(posting="covert")]
    write_records(export, rows)
    done = narrowgate("filter", export, "-o", tmp_path / "cards.csv", *CARDS).require(0)
    released = read_records(tmp_path / "cards.csv")
    assert released == [{field: row[field] for field in CARD} for row in rows[:3]]
    assert "released 3 of 5 records to cardco for id_card_print" in done.out
    assert "covert posting" in done.out
    assert "it leaves only to a vetting provider" in done.out
    assert files_in(tmp_path) == {"staff.csv", "cards.csv", "cards.csv.receipt.json"}


def test_leading_zeros_survive(tmp_path: Path, export: Path) -> None:
    write_records(export, [officer(warrant_number="007")])
    narrowgate("filter", export, "-o", tmp_path / "cards.csv", *CARDS).require(0)
    assert read_records(tmp_path / "cards.csv")[0]["warrant_number"] == "007"


def test_the_receipt_says_what_left(tmp_path: Path, export: Path) -> None:
    odd = [officer(surname="P0048213"), officer(posting="covert")]
    rows = [*officers(200), *odd]
    write_records(export, rows)
    receipt_file = tmp_path / "kept" / "receipt.json"
    receipt_file.parent.mkdir()
    narrowgate("filter", export, "-o", tmp_path / "cards.csv", *CARDS, "--receipt", receipt_file).require(0)
    receipt = json.loads(receipt_file.read_text())
    entry = receipt["entry"]
    jsonschema.validate(receipt, json.loads((SCHEMAS / "receipt.schema.json").read_text()))
    assert entry["records"] == {
        "read": 202,
        "released": 201,
        "withheld": 1,
        "reasons": {"covert posting": 1},
        "bad_cells": {},
    }
    columns = {column["field"]: column for column in entry["columns"]}
    assert columns["surname"]["bad_cells"] == 1
    assert columns["vetting_level"]["name"] is None
    assert entry["request"]["row_count"] == 202
    assert entry["obligations"] == {
        "agreement": "DSA-2025-014",
        "lawful_basis": "public task",
        "delete_by": "2026-07-01",
    }
    for key, file in (("input", export), ("release", tmp_path / "cards.csv")):
        assert entry[key]["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
        assert entry[key]["bytes"] == file.stat().st_size
    assert entry["engine"]["kind"] == "private"
    assert not (tmp_path / "cards.csv.receipt.json").exists()


def test_json_prints_the_receipt(tmp_path: Path, export: Path) -> None:
    done = narrowgate("filter", export, "-o", tmp_path / "cards.csv", *CARDS, "--json").require(0)
    assert json.loads(done.out) == json.loads((tmp_path / "cards.csv.receipt.json").read_text())


def test_the_same_export_gives_the_same_bytes(tmp_path: Path, export: Path) -> None:
    for name in ("one.csv", "two.csv"):
        narrowgate("filter", export, "-o", tmp_path / name, *CARDS).require(0)
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()


@pytest.mark.parametrize("source", ["csv", "tsv.gz", "json", "ndjson.gz", "parquet"])
@pytest.mark.parametrize("target", ["csv.gz", "tsv", "json.gz", "ndjson", "parquet"])
def test_any_format_to_any_other(tmp_path: Path, source: str, target: str) -> None:
    export = write_records(tmp_path / f"staff.{source}", officers(3))
    narrowgate("filter", export, "-o", tmp_path / f"cards.{target}", *CARDS).require(0)
    expected = [{field: row[field] for field in CARD} for row in officers(3)]
    assert read_records(tmp_path / f"cards.{target}") == expected


def test_headers_are_known_by_their_aliases(tmp_path: Path, export: Path) -> None:
    headers = "Warrant No.,First Name,SURNAME,Rank,Employment status,Posting Type"
    export.write_text(f"{headers}\n0042,Ada,Marsh,Constable,active,response\n")
    narrowgate("filter", export, "-o", tmp_path / "cards.csv", *CARDS).require(0)
    assert (tmp_path / "cards.csv").read_text() == "warrant_number,forename,surname,rank\n0042,Ada,Marsh,Constable\n"


def test_unknown_columns_are_dropped_and_reported(tmp_path: Path, export: Path) -> None:
    write_records(export, [officer(shoe_colour="black", crimes="none")])
    done = narrowgate("filter", export, "-o", tmp_path / "cards.csv", *CARDS).require(0)
    assert "2 columns that the catalogue does not know" in done.out
    assert "black" not in (tmp_path / "cards.csv").read_text()


def test_columns_in_the_agreements_order_and_names(tmp_path: Path, export: Path) -> None:
    order = "    columns: [{field: warrant_number, as: Warrant No}, {field: surname}, {field: rank, as: Rank}]\n"
    rules = (
        "".join(f'permit.{field}.action := "keep"\n' for field in CARD) + 'release if input.record.status == "active"\n'
    )
    policies = copy_policies(tmp_path / "policies", purpose("cards", rules, AGREEMENT + order))
    cards = ("-s", "cardco", "-p", "cards", "--on", "2026-06-01", "--policies", policies)
    narrowgate("filter", export, "-o", tmp_path / "out.csv", *cards).require(0)
    assert (tmp_path / "out.csv").read_text().splitlines()[0] == "Warrant No,surname,Rank,forename"
    narrowgate("check", tmp_path / "out.csv", *cards).require(0)


def test_formulas_are_reported_and_escaped_where_the_agreement_says_so(tmp_path: Path, export: Path) -> None:
    rules = (
        'permit.phone.action := "keep"\npermit.salary.action := "keep"\nrelease if input.record.status == "active"\n'
    )
    rows = [officer(phone="+44 7700 900123", salary="41200"), officer(phone="07700 900123", salary="41200")]
    write_records(export, rows)
    for escape in (False, True):
        agreement = AGREEMENT + f"    csv: {{escape_formulas: {str(escape).lower()}}}\n"
        policies = copy_policies(tmp_path / f"policies-{escape}", purpose("made_up", rules, agreement))
        done = narrowgate(
            *("filter", export, "-o", tmp_path / "out.csv", "-s", "cardco", "-p", "made_up"),
            *("--on", "2026-06-01", "--policies", policies),
        ).require(0)
        assert "1 cell that a spreadsheet would run" in done.out
        expected = "'+44 7700 900123" if escape else "+44 7700 900123"
        assert read_records(tmp_path / "out.csv")[0]["phone"] == expected


def test_overrides_are_for_the_records_they_are_for(tmp_path: Path, export: Path) -> None:
    write_records(export, [officer(), officer(posting="firearms")])
    training = ("-s", "learnly", "-p", "training", "--on", "2026-06-01")
    narrowgate("filter", export, "-o", tmp_path / "out.csv", *training).require(0)
    one, other = read_records(tmp_path / "out.csv")
    assert (one["surname"], one["unit"], one["joined_on"]) == ("Kestrelby", "Coastal Team 4", "2009-03")
    assert (other["surname"], other["unit"]) == ("K********", "withheld")


def test_what_an_override_hides_is_searched_for(tmp_path: Path, export: Path) -> None:
    """The warrant number leaves, but for firearms officers: in theirs it must not stand in the photo's name."""
    rules = (
        'permit.warrant_number.action := "keep"\npermit.photo.action := "keep"\n'
        'release if input.record.status == "active"\n'
        'override.warrant_number := {"action": "mask"} if input.record.posting == "firearms"\n'
    )
    policies = copy_policies(tmp_path / "policies", purpose("made_up", rules))
    rows = [officer(photo="photos/0200001.jpg"), officer(photo="photos/0200001.jpg", posting="firearms")]
    write_records(export, rows)
    made_up = ("-s", "cardco", "-p", "made_up", "--on", "2026-06-01", "--policies", policies)
    narrowgate("filter", export, "-o", tmp_path / "out.csv", *made_up).require(0)
    assert read_records(tmp_path / "out.csv") == [
        {"warrant_number": "0200001", "photo": "photos/0200001.jpg"},
        {"warrant_number": "*******", "photo": None},
    ]


def test_pseudonyms_need_a_secret_and_differ_by_purpose(tmp_path: Path, export: Path) -> None:
    survey = ("-s", "askaround", "-p", "staff_survey", "--on", "2026-06-01")
    done = narrowgate("filter", export, "-o", tmp_path / "out.csv", *survey).require(2)
    assert "NARROWGATE_PSEUDONYM_SECRET" in done.err
    assert files_in(tmp_path) == {"staff.csv"}
    secret = {"NARROWGATE_PSEUDONYM_SECRET": "0123456789abcdef" * 2}
    narrowgate("filter", export, "-o", tmp_path / "out.csv", *survey, environment=secret).require(0)
    health = ("-s", "fitwell", "-p", "occupational_health", "--on", "2026-06-01")
    narrowgate("filter", export, "-o", tmp_path / "other.csv", *health, environment=secret).require(0)
    one = [row["employee_number"] for row in read_records(tmp_path / "out.csv")]
    other = [row["employee_number"] for row in read_records(tmp_path / "other.csv")]
    assert len({*one, *other}) == 6
    assert not {number for number in one if "400000" in number}


def test_a_secret_from_a_file(tmp_path: Path, export: Path) -> None:
    (tmp_path / "secret").write_text("0123456789abcdef" * 2 + "\n")
    survey = ("-s", "askaround", "-p", "staff_survey", "--on", "2026-06-01")
    environment = {"NARROWGATE_PSEUDONYM_SECRET_FILE": str(tmp_path / "secret")}
    narrowgate("filter", export, "-o", tmp_path / "out.csv", *survey, environment=environment).require(0)


def test_through_pipes(tmp_path: Path, export: Path) -> None:
    arguments = ("filter", "-", "--from", "csv", "-o", "-", "--to", "ndjson", *CARDS, "--receipt", tmp_path / "r.json")
    done = narrowgate(*arguments, stdin=export.read_bytes()).require(0)
    assert [json.loads(line) for line in done.out.splitlines()] == [
        {field: row[field] for field in CARD} for row in officers(3)
    ]
    assert "released 3 of 3" in done.err
    assert files_in(tmp_path) == {"staff.csv", "r.json"}


def test_no_colour_into_a_pipe(tmp_path: Path, export: Path) -> None:
    done = narrowgate("filter", export, "-o", tmp_path / "cards.csv", *CARDS, environment={"TERM": "xterm"}).require(0)
    assert "\x1b" not in done.out + done.err


def test_photo_and_address_never_together(tmp_path: Path, export: Path) -> None:
    rules = (
        'permit.photo.action := "keep"\npermit.home_address.action := "keep"\npermit.rank.action := "keep"\n'
        'release if input.record.status == "active"\n'
    )
    policies = copy_policies(tmp_path / "policies", purpose("made_up", rules))
    made_up = ("-s", "cardco", "-p", "made_up", "--on", "2026-06-01", "--policies", policies)
    narrowgate("filter", export, "-o", tmp_path / "out.csv", *made_up).require(0)
    assert (tmp_path / "out.csv").read_text().splitlines()[0] == "rank"


def test_a_purpose_is_added_by_adding_a_folder(tmp_path: Path, export: Path) -> None:
    """Its rules, its agreement and its cases lie in one folder; nothing else is touched."""
    policies = copy_policies(tmp_path / "policies")
    folder = policies / "purposes" / "parking"
    folder.mkdir()
    for name, text in purpose(
        "parking", 'permit.surname.action := "keep"\n\nrelease if input.record.status == "active"\n'
    ).items():
        (policies / name).write_text(text or "")
    (folder / "cases.yaml").write_text(
        "on: 2026-06-01\nrecords: {ada: {surname: Ada, status: active, posting: response}}\n"
        "requests: {agreed: {supplier: cardco}}\n"
        "cases: [{name: surnames, request: agreed, records: [ada], expect: {columns: {surname: keep}}}]\n"
    )
    parking = ("-s", "cardco", "-p", "parking", "--on", "2026-06-01", "--policies", policies)
    narrowgate("filter", export, "-o", tmp_path / "out.csv", *parking).require(0)
    assert (tmp_path / "out.csv").read_text().splitlines()[0] == "surname"
    narrowgate("policy", "test", policies, "--filter", "parking").require(0)


def test_settings_from_a_file_and_from_before_the_command(tmp_path: Path, export: Path) -> None:
    copy_policies(tmp_path / "here" / "policies")
    (tmp_path / "here" / "narrowgate.toml").write_text('policies = "policies"\nengine_timeout = 20\n')
    narrowgate("filter", export, "-o", tmp_path / "a.csv", *CARDS, cwd=tmp_path / "here").require(0)
    narrowgate("--policies", tmp_path / "nowhere", "filter", export, "-o", tmp_path / "b.csv", *CARDS).require(2)
    assert not (tmp_path / "b.csv").exists()


def test_a_release_may_replace_an_earlier_one(tmp_path: Path, export: Path) -> None:
    output = tmp_path / "cards.csv"
    output.write_text("old")
    narrowgate("filter", export, "-o", output, *CARDS).require(0)
    assert read_records(output)[0]["forename"] == "Tamsin"


def test_a_refusal_leaves_an_earlier_release_alone(tmp_path: Path, export: Path) -> None:
    output = tmp_path / "cards.csv"
    output.write_text("old")
    narrowgate("filter", export, "-o", output, "-s", "oldco", "-p", "id_card_print").require(1)
    assert output.read_text() == "old"
