"""Answers about a new purpose are checked, and what cannot be says what to write instead."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from narrowgate.authoring.new_purpose.answering import draft_purpose
from narrowgate.authoring.new_purpose.draft import Draft
from narrowgate.authoring.new_purpose.questions import QUESTIONS, Question
from narrowgate.authoring.new_purpose.repository import Repository, read_repository
from narrowgate.errors import SourceError, UsageError
from narrowgate.model.actions import as_document
from narrowgate.model.agreement import Supplier
from narrowgate.model.catalogue import Catalogue
from support.paths import POLICIES
from support.policies import copy_policies
from support.purposes import KITCORP, Answers, answers

KEYS = {question.option: question.key for question in QUESTIONS}
NEWCOMER: Answers = {**KITCORP, "--supplier": "newcomer"}


@pytest.fixture(scope="module")
def repository(catalogue: Catalogue) -> Repository:
    return read_repository(POLICIES, catalogue)


def given(said: Answers) -> dict[str, tuple[str, ...]]:
    return {KEYS[name]: value if isinstance(value, tuple) else (value,) for name, value in said.items()}


def draft(repository: Repository, said: Answers, name: str = "parking_permits") -> Draft:
    return draft_purpose(name, repository, given(said), ask=None)


def test_answers_make_a_draft(repository: Repository) -> None:
    made = draft(repository, answers())
    assert (made.name, made.meta.title, made.meta.lawful_basis) == ("parking_permits", "Parking permits", "public task")
    assert made.meta.retention_days == made.agreement.retention_days == 90
    assert (made.agreement.id, made.agreement.supplier, made.agreement.max_rows) == ("DSA-2026-021", "cardco", 5000)
    assert (made.agreement.starts, made.agreement.until) == (date(2026, 1, 1), date(2027, 12, 31))
    assert made.agreement.formats == ("csv",)
    assert made.new_supplier is None
    assert {field: as_document(action) for field, action in made.permits.items()} == {
        "employee_number": {"action": "pseudonymise"},
        "surname": {"action": "mask", "keep_first": 1},
        "joined_on": {"action": "generalise", "to": "year"},
    }
    assert made.release == {"status": ("active",)}


def test_fields_stand_in_the_order_of_the_catalogue(repository: Repository) -> None:
    said = ("salary=band:5000", "surname=keep", "employee_number=keep")
    assert list(draft(repository, answers({"--field": said})).permits) == ["employee_number", "surname", "salary"]


def test_a_new_supplier_is_described(repository: Repository) -> None:
    made = draft(repository, answers(NEWCOMER))
    assert made.new_supplier == Supplier(name="Kitcorp Uniforms", kind="uniform supplier", country="GB")


def test_several_conditions_on_the_records(repository: Repository) -> None:
    said = ("status in suspended, active", "protected in false")
    made = draft(repository, answers({"--release": said}))
    assert made.release == {"status": ("active", "suspended"), "protected": (False,)}


def test_special_categories_need_a_condition(repository: Repository) -> None:
    fields: Answers = {"--field": ("surname=keep", "sickness_days=band:10")}
    with pytest.raises(
        UsageError, match="sickness_days is special-category data, and --article-9 is missing"
    ) as raised:
        draft(repository, answers(fields))
    assert "9(2)(h)" in raised.value.remedy
    made = draft(repository, answers({**fields, "--article-9": "9(2)(h) occupational medicine"}))
    assert made.meta.article_9_condition == "9(2)(h) occupational medicine"


NAMES = {
    "id_card_print": ("there is a purpose id_card_print already", "change purposes/id_card_print"),
    "Parking Permits": ("Parking Permits is no name", "write parking_permits"),
    "parking-permits": ("parking-permits is no name", "write parking_permits"),
    "2nd": ("2nd is no name", "names are lower case, like id_card_print"),
    "../x": ("is no name", "write x"),
    "p" * 61: ("is no name", "write " + "p" * 60),
    "default": ("a name that Rego uses itself", "write default_purpose"),
    "parking_test": ("a name that Rego uses itself", "write parking_purpose"),
    "": ("is no name", "names are lower case"),
}


@pytest.mark.parametrize("name", NAMES)
def test_names_that_cannot_be(name: str, repository: Repository) -> None:
    _require_refused(lambda: draft(repository, answers(), name), *NAMES[name])


WRONG: Mapping[str, tuple[Answers, str, str]] = {
    "no title": ({"--title": " "}, "--title is empty", "write a line of text"),
    "title of two lines": ({"--title": "a\nb"}, "--title is empty or has characters", "write a line of text"),
    "unknown basis": (
        {"--basis": "public tasks"},
        "--basis public tasks is not a lawful basis",
        "did you mean public task?",
    ),
    "basis like none": (
        {"--basis": "because"},
        "--basis because is not a lawful basis",
        "write one of consent, contract",
    ),
    "retention in words": (
        {"--retention-days": "a month"},
        "--retention-days a month is not a number of days",
        "write it like 90",
    ),
    "retention below nothing": (
        {"--retention-days": "-1"},
        "--retention-days -1 is not a number of days",
        "write it like 90",
    ),
    "supplier in capitals": ({"--supplier": "Card Co"}, "is no name for a supplier", "write card_co"),
    "supplier misspelt": (
        {"--supplier": "cardc0"},
        "there is no supplier cardc0, and --supplier-title, --kind, --country of a new one are missing",
        "did you mean cardco?",
    ),
    "known supplier described": ({"--kind": "printer"}, "so --kind has no meaning", "leave it out"),
    "country in words": (
        {**NEWCOMER, "--country": "England"},
        "--country England is not a country's code",
        "write it like GB",
    ),
    "agreement of another": (
        {"--agreement": "DSA-2025-014"},
        "DSA-2025-014 already, in purposes/id_card_print/data.yaml",
        "give the id of",
    ),
    "day in words": ({"--from": "1 May 2026"}, "--from 1 May 2026 is not a day", "write it as YYYY-MM-DD"),
    "no such day": ({"--until": "2026-02-30"}, "--until 2026-02-30 is not a day", "write it as YYYY-MM-DD"),
    "ends first": ({"--until": "2025-12-31"}, "before it starts on 2026-01-01", "swap them"),
    "format not written": (
        {"--formats": "csv,xls"},
        "--formats xls: no release is written so",
        "formats are csv, json",
    ),
    "no rows": ({"--max-rows": "0"}, "--max-rows 0 is not a number of records", "write it like 5000"),
    "field misspelt": ({"--field": "surnam=keep"}, "there is no field surnam", "did you mean surname?"),
    "field by its header": ({"--field": "DOB=year"}, "there is no field DOB", "write date_of_birth"),
    "field without action": ({"--field": "surname"}, "says nothing of how it leaves", "write surname=keep or mask"),
    "action misspelt": ({"--field": "surname=kepe"}, "there is no action kepe", "did you mean keep?"),
    "action without width": ({"--field": "salary=band"}, "width belongs to", "write band:WIDTH"),
    "action that means nothing": ({"--field": "surname=year"}, "year means nothing for surname", "write keep, mask"),
    "band of a date": ({"--field": "joined_on=band:10"}, "band:10 means nothing for joined_on", "write keep, "),
    "drop": ({"--field": "surname=drop"}, "is withheld anyway", "leave surname out"),
    "field twice": ({"--field": ("rank=keep", "rank=mask")}, "rank is named twice", "name it once"),
    "article 9 for nothing": ({"--article-9": "9(2)(h)"}, "no field is special-category data", "leave it out"),
    "no condition": ({"--release": "everybody"}, "is not FIELD in VALUE", '"status in active,suspended"'),
    "condition on no field": ({"--release": "state in active"}, "there is no field state", "did you mean"),
    "condition on no value": ({"--release": "status in actve"}, "status is never actve", "did you mean active?"),
    "condition on free text": (
        {"--release": "rank in Sergeant"},
        "the catalogue lists no values of rank",
        "go by posting",
    ),
    "condition twice": (
        {"--release": ("status in active", "status in leaver")},
        "status is named twice",
        "name it once",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_answers_that_cannot_be(case: str, repository: Repository) -> None:
    changes, message, remedy = WRONG[case]
    _require_refused(lambda: draft(repository, answers(changes)), message, remedy)


@pytest.mark.parametrize("option", [question.option for question in QUESTIONS if question.option in answers()])
def test_an_answer_that_is_missing_is_named(option: str, repository: Repository) -> None:
    _require_refused(lambda: draft(repository, answers(without=option)), f"{option} is missing", "run it in a terminal")


def test_all_that_is_missing_is_named_at_once(repository: Repository) -> None:
    _require_refused(lambda: draft(repository, {}), "--title, --basis, ", "give them")


def test_what_is_not_given_is_asked(repository: Repository) -> None:
    said = {**given(answers(NEWCOMER)), "formats": ("csv,json",)}
    said["fields"] = (*said["fields"], "blood_group=keep")
    said["article_9"] = ("9(2)(h) occupational medicine",)
    waiting = {key: list(texts) for key, texts in said.items()}
    asked: list[str] = []

    def ask(question: Question, hint: str, parse: Callable[[str], Any]) -> Any:
        asked.append(question.key)
        if question.repeated and not waiting[question.key]:
            assert hint == "nothing more: Enter"
            return parse("")
        return parse(waiting[question.key].pop(0))

    made = draft_purpose("parking_permits", repository, {}, ask)
    assert made == draft_purpose("parking_permits", repository, said, None)
    assert list(dict.fromkeys(asked)) == [question.key for question in QUESTIONS]
    assert not any(waiting.values())


def test_what_does_not_arise_is_not_asked(repository: Repository) -> None:
    def ask(question: Question, _: str, __: Callable[[str], Any]) -> Any:
        raise AssertionError(question.key)

    draft_purpose("parking_permits", repository, {**given(answers()), "formats": ("csv",)}, ask)


def test_an_empty_answer_is_none(repository: Repository) -> None:
    def ask(_: Question, __: str, parse: Callable[[str], Any]) -> Any:
        return parse("")

    _require_refused(lambda: draft_purpose("x", repository, {}, ask), "an answer is needed", "Ctrl-C")


def test_a_folder_without_policies_is_none(tmp_path: Path, catalogue: Catalogue) -> None:
    _require_refused(lambda: read_repository(tmp_path, catalogue), "is no folder of policies", "narrowgate init")


@pytest.mark.parametrize("text", ["cardco: [", "cardco: {name: Cardco}\n", "- cardco\n"])
def test_suppliers_that_cannot_be_read(text: str, tmp_path: Path, catalogue: Catalogue) -> None:
    policies = copy_policies(tmp_path / "policies", {"suppliers/data.yaml": text})
    with pytest.raises(SourceError, match=r"suppliers/data\.yaml") as raised:
        read_repository(policies, catalogue)
    assert "policy lint" in raised.value.remedy


def _require_refused(attempt: Callable[[], object], message: str, remedy: str) -> None:
    with pytest.raises(UsageError) as raised:
        attempt()
    assert message in raised.value.message
    assert remedy in raised.value.remedy
