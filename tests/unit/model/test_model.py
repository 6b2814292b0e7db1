"""Catalogue, sources, patterns, schemas, receipts."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from narrowgate.errors import SourceError, UsageError
from narrowgate.model.actions import action_fault, action_names, parse_action
from narrowgate.model.agreement import PurposeData, Suppliers
from narrowgate.model.catalogue import Catalogue, load_catalogue, plain
from narrowgate.model.entry import delete_by
from narrowgate.model.patterns import ASCII, ascii_alphabet
from narrowgate.model.schemas import generated_schemas
from narrowgate.model.source import load_source
from narrowgate.model.yaml import YamlError, load_yaml
from support.paths import POLICIES, SCHEMAS

RELIED_ON = """
employee_number warrant_number pay_number national_insurance_number forename surname rank unit posting status email
phone home_address home_postcode date_of_birth joined_on left_on salary bank_sort_code bank_account_number
vetting_level vetting_expires_on blood_group next_of_kin_name next_of_kin_phone line_manager photo
""".split()


def test_the_catalogue_covers_a_real_extract(catalogue: Catalogue) -> None:
    assert len(catalogue.fields) >= 50
    assert set(RELIED_ON) <= set(catalogue.fields)
    assert catalogue["posting"].enum == (
        *("response", "neighbourhood", "investigation", "firearms", "headquarters", "covert", "undercover"),
    )
    assert catalogue["vetting_level"].enum == ("RV", "MV", "CTC", "SC", "DV")
    assert catalogue.subject_key == "employee_number"


def test_the_catalogue_is_a_json_schema(catalogue: Catalogue) -> None:
    document = json.loads((SCHEMAS / "personnel.schema.json").read_text())
    # Patterns are ECMA-262 with Unicode classes, which Python does not know.
    jsonschema.Draft202012Validator.check_schema(document, format_checker=jsonschema.FormatChecker(()))
    for field in catalogue.fields.values():
        assert field.pattern or field.enum or field.format or field.type != "string", field.name


def test_headers_are_plain(catalogue: Catalogue) -> None:
    assert plain("  Warrant No. ") == plain("WARRANT-NO") == "warrant_no"
    assert catalogue.by_header[plain("NI Number")] == "national_insurance_number"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x-dpv": "Name"}, "x-dpv"),
        ({"x-scan": "everywhere"}, "x-scan"),
        ({"x-unknown": 1}, "x-unknown"),
        ({"type": "text"}, "type"),
        ({"x-aliases": ["Surname"]}, "both claim the header surname"),
        ({"x-subject-key": True}, "2 fields carry x-subject-key"),
    ],
)
def test_a_faulty_catalogue(tmp_path: Path, change: dict[str, object], message: str) -> None:
    document = json.loads((SCHEMAS / "personnel.schema.json").read_text())
    document["properties"]["forename"] |= change
    (tmp_path / "personnel.schema.json").write_text(json.dumps(document))
    with pytest.raises(SourceError, match=message) as caught:
        load_catalogue(tmp_path)
    assert caught.value.remedy


def test_no_catalogue(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="not a catalogue"):
        load_catalogue(tmp_path)
    (tmp_path / "personnel.schema.json").write_text("[]")
    with pytest.raises(SourceError, match="not a catalogue"):
        load_catalogue(tmp_path)


def test_generated_schemas_are_in_step(catalogue: Catalogue) -> None:
    """Otherwise run: make schemas."""
    for name, schema in generated_schemas(catalogue).items():
        assert json.loads((SCHEMAS / name).read_text()) == json.loads(json.dumps(schema)), name
    known = {"personnel.schema.json", *generated_schemas(catalogue)}
    assert {path.name for path in SCHEMAS.glob("*.json")} == known


def test_shipped_suppliers_and_agreements_are_what_everyone_relies_on() -> None:
    suppliers = Suppliers.model_validate(load_yaml((POLICIES / "suppliers/data.yaml").read_text())).root
    expected = {
        "id_card_print": "cardco",
        "payroll": "paywise",
        "pension": "pensionpoint",
        "uniform": "kitcorp",
        "occupational_health": "fitwell",
        "training": "learnly",
        "staff_survey": "askaround",
        "foi_publication": "public",
        "vetting": "vetright",
    }
    assert set(suppliers) == {*expected.values(), "oldco"}
    for purpose, supplier in expected.items():
        text = (POLICIES / "purposes" / purpose / "data.yaml").read_text()
        agreements = PurposeData.model_validate(load_yaml(text)).agreements
        (agreement,) = [each for each in agreements if each.supplier == supplier]
        assert agreement.starts <= date(2026, 1, 1)
        assert agreement.until >= date(2027, 12, 31)
        for each in agreements:
            assert each.supplier == supplier or each.until < date(2026, 1, 1)


# Sources


def source(tmp_path: Path, text: str) -> Path:
    (tmp_path / "sources").mkdir(exist_ok=True)
    (tmp_path / "sources" / "hr.yaml").write_text(text)
    return tmp_path


def test_every_shipped_source_loads(catalogue: Catalogue) -> None:
    for path in (SCHEMAS / "sources").glob("*.yaml"):
        assert load_source(SCHEMAS, path.stem, catalogue).headers


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("headers: {A: surnam}", "no field surnam"),
        ("headers: {A: surname, B: surname}", "more than one header maps to surname"),
        ("headers: {A: posting}\nconstants: {posting: covert}", "mapped and constant"),
        ('headers: {A: posting}\nconstants: {employee_number: "1"}', "tells people apart"),
        ('headers: {A: employee_number}\nvalues: {employee_number: {E1: "E2"}}', "tells people apart"),
        ("headers: {A: surname}\nvalues: {status: {a: active}}", "has values or dates but no header"),
        ("headers: {A: surname, A: forename}", "line 1: a key is there twice"),
        ("headers: [", "line"),
        ("header: {}", "headers"),
        ("headers: {A: surname}\ndialect: {delimiter: ';;'}", "delimiter"),
    ],
)
def test_a_faulty_source(tmp_path: Path, catalogue: Catalogue, text: str, message: str) -> None:
    with pytest.raises(SourceError, match=re.escape(message)) as caught:
        load_source(source(tmp_path, text), "hr", catalogue)
    assert caught.value.remedy


@pytest.mark.parametrize("name", ["nothing", "../hr", ""])
def test_no_such_source(tmp_path: Path, catalogue: Catalogue, name: str) -> None:
    with pytest.raises(UsageError, match="there is no source"):
        load_source(source(tmp_path, "headers: {}"), name, catalogue)


# YAML


def test_yaml_is_read_as_people_mean_it() -> None:
    document = load_yaml("on: 2026-06-01\nno: 007\nyes: off\na: 7\nb: 1.5\nc: true\nd: null\ne: ~\nf: 12:30\ng: 1e3\n")
    assert document == {
        "on": "2026-06-01",
        "no": "007",
        "yes": "off",
        "a": 7,
        "b": 1.5,
        "c": True,
        "d": None,
        "e": None,
        "f": "12:30",
        "g": 1000.0,
    }
    with pytest.raises(YamlError):
        load_yaml("!!python/object/apply:os.system [id]")


# Actions


def test_actions_are_told_apart_from_what_is_none() -> None:
    assert action_names() == ("keep", "drop", "mask", "pseudonymise", "generalise", "truncate", "replace", "image")
    for document in ({}, {"action": "keep", "more": 1}, {"action": "mask", "keep_last": -1}, "keep", None, 7):
        assert parse_action(document) is None
        assert action_fault(document)
    assert action_fault({"action": "keep"}) == ""


# Patterns


@pytest.mark.parametrize(
    ("pattern", "alphabet"),
    [
        (r"^[0-9]{2}$", set("0123456789")),
        (r"^a|b$", ASCII),
        (r"^(?:a|b)c?$", set("abc")),
        (r"^[^a-z]$", ASCII - set("abcdefghijklmnopqrstuvwxyz")),
        (r"^\p{L}$", set(map(chr, [*range(65, 91), *range(97, 123)]))),
        (r"^[\p{N}.]+$", set("0123456789.")),
        (r"^\.\-$", set(".-")),
        (r"[0-9]", ASCII),
        (r"^(?=x).$", ASCII - {"\n"}),
        (r"^(x)\1$", ASCII),
        (r"^.$", ASCII - {"\n"}),
        (r"^\d\s$", None),
    ],
)
def test_alphabets(pattern: str, alphabet: set[str] | None) -> None:
    found = ascii_alphabet(pattern)
    if alphabet is None:
        assert set("0123456789 \t") <= found
    else:
        assert found == alphabet


pieces = st.sampled_from(["a", "[0-9]", "[^x]", "(?:b|c)", "\\.", "[A-F\\-]", "x?", "y*", "[01]{2,3}", "(d|e)+", "\\d"])


patterns = st.lists(pieces, min_size=1, max_size=5).map("".join)


@settings(max_examples=200)
@given(patterns.flatmap(lambda pattern: st.tuples(st.just(pattern), st.from_regex(pattern, fullmatch=True))))
def test_every_match_keeps_to_the_alphabet(case: tuple[str, str]) -> None:
    pattern, match = case
    assert {character for character in match if character.isascii()} <= ascii_alphabet(f"^{pattern}$")


def test_delete_by() -> None:
    assert delete_by(date(2026, 12, 15), date(2026, 12, 20), 30) == date(2027, 1, 14)
    assert delete_by(date(2030, 1, 1), date(2026, 12, 15), 30) == date(2027, 1, 14)
