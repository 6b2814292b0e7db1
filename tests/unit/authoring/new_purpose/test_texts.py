"""What is written says what was meant, whatever characters it has."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import yaml

from narrowgate.authoring.new_purpose.draft import Draft
from narrowgate.authoring.new_purpose.records import Record, samples
from narrowgate.authoring.new_purpose.texts import data_text, rego_text, supplier_line, yaml_flow, yaml_scalar
from narrowgate.model.agreement import Agreement, PurposeData, PurposeMeta, Supplier
from narrowgate.model.catalogue import Catalogue, Value
from narrowgate.model.shorthand import parse_shorthand
from narrowgate.model.yaml import load_yaml

AWKWARD = [
    "yes",
    "on",
    "007",
    "1.5",
    "null",
    "~",
    "2026-01-01",
    "a: b",
    "a #b",
    "#a",
    "-",
    "- a",
    "[x]",
    "a, b",
    "{",
    "'",
]
AWKWARD += [
    '"a"',
    "back\\slash",
    "a's",
    "“a”",
    "é",
    "true",
    "0x1f",
    "1_000",
    "&a",
    "*a",
    "!a",
    "%a",
    "@a",
    "|",
    "?",
    "=",
]


@pytest.mark.parametrize("value", [*AWKWARD, "plain text", 7, 1.5, True, None])
def test_a_value_is_read_as_it_was_written(value: Any) -> None:
    text = yaml_flow({"key": value, "other": "x"})
    assert load_yaml(text) == yaml.safe_load(text) == {"key": value, "other": "x"}


@pytest.mark.parametrize(
    "text", ["public task", "a's", "sergeant", "outside the purpose's release rule", "DSA-2026-001"]
)
def test_quotes_stand_only_where_they_are_needed(text: str) -> None:
    assert yaml_scalar(text) == text


def draft(release: dict[str, tuple[Value, ...]] | None = None, title: str = "Parking") -> Draft:
    return Draft(
        name="parking",
        meta=PurposeMeta(title=title, lawful_basis="public task", retention_days=30),
        agreement=Agreement(
            id="A: 1",
            supplier="cardco",
            starts=date(2026, 1, 1),
            until=date(2026, 12, 31),
            formats=("csv", "json"),
            max_rows=10,
            retention_days=30,
        ),
        new_supplier=None,
        permits={"surname": parse_shorthand("mask:first=1"), "rank": parse_shorthand("keep")},
        release=release or {"status": ("active",)},
    )


def test_an_agreement_is_read_as_it_was_written() -> None:
    assert PurposeData.model_validate(load_yaml(data_text(draft()))).agreements == (draft().agreement,)


def test_a_supplier_is_read_as_it_was_written() -> None:
    supplier = Supplier(name='Card "& Co": #1', kind="card printer", country="GB")
    assert {"no": supplier} == {
        name: Supplier(**each) for name, each in load_yaml(supplier_line("no", supplier)).items()
    }


def test_a_policy_spells_everything_out() -> None:
    text = rego_text(draft(title='Cars: "all"'))
    assert '# title: "Cars: \\"all\\""\n' in text
    assert '\t"title": "Cars: \\"all\\"",\n' in text
    assert 'permit.surname := {"action": "mask", "keep_first": 1}\n' in text
    assert 'permit.rank.action := "keep"\n' in text
    assert text.endswith('release if input.record.status == "active"\n')
    several = rego_text(draft({"status": ("active", "leaver"), "protected": (False,)}))
    assert several.endswith(
        'release if {\n\tinput.record.status in {"active", "leaver"}\n\tinput.record.protected == false\n}\n'
    )


def test_records_try_every_value_that_rules_go_by(catalogue: Catalogue) -> None:
    found = samples(draft(), catalogue, {}, ("posting", "status"))
    assert set(found[0].record) == set(catalogue.fields)
    tried = {(sample.record.get("posting"), sample.record.get("status")) for sample in found}
    assert tried == {
        *((posting, "active") for posting in (*(catalogue["posting"].enum or ()), None)),
        *(("response", status) for status in (*(catalogue["status"].enum or ()), None)),
    }
    assert len({sample.name for sample in found}) == len(found) == len(tried)


def test_records_that_are_there_are_used(catalogue: Catalogue) -> None:
    whole = {**samples(draft(), catalogue, {}, ())[0].record, "status": "active"}
    fixtures: dict[str, Record] = {
        "short": {"status": "active"},
        "officer": whole,
        "gone": {**whole, "status": "leaver"},
    }
    found = samples(draft(), catalogue, fixtures, ("status",))
    assert [(sample.name, sample.written) for sample in found] == [
        ("officer", None),
        ("suspended", {"like": "officer", "status": "suspended"}),
        ("gone", None),
        ("no_status", {"like": "officer", "status": None}),
    ]
