"""Nothing that really leaves is missing from the situations that are gone through: policies and records at random."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from narrowgate.authoring.domain.scope import Policies, Unbounded, domain_of
from narrowgate.model.catalogue import Value
from narrowgate.service import Gate
from support.gates import private_gate
from support.policies import AGREEMENT, copy_policies
from support.situations import Situation, all_leaving, as_outcome, leaving_each

PURPOSES, RECORDS, REQUESTS = 6, 40, 4
DAYS = ["1899-12-31", "2026-01-01", "2026-06-01"]
NUMBERS = [0, 2.5, 40]
NAMES = ["Saltmarsh", "Larkmead", "Emrys", "csv"]
CONSTANTS: Mapping[str, Sequence[Value]] = {
    "posting": ["response", "firearms", "headquarters"],
    "vetting_level": ["SC", "DV"],
    "joined_on": DAYS,
    "left_on": DAYS,
    "salary": NUMBERS,
    "pay_rate": NUMBERS,
    "pay_point": [1, 40],
    "sickness_days": [0, 40],
    "surname": NAMES,
    "former_names": NAMES,
    "unit": NAMES,
}
KINDS = [
    ("joined_on", "left_on"),
    ("salary", "pay_rate", "pay_point", "sickness_days"),
    ("surname", "former_names", "unit"),
]
ORDERED = ["==", "!=", "<", "<=", ">", ">="]
MARKS = ["forename", "rank", "station"]
"""Fields that tell by how they leave which conditions hold of the record."""

# How a condition is written: rules that it needs, and the condition. `{l} {o} {r}` is what it asks.
FORMS = [
    ("", "{l} {o} {r}"),
    ("helper_{i} if {l} {o} {r}", "helper_{i}"),
    ("helper_{i} if {l} {o} {r}", "not helper_{i}"),
    ("default helper_{i} := false\n\nhelper_{i} if {l} {o} {r}", "helper_{i} == false"),
    ("check_{i}(x) if x {o} {r}", "check_{i}({l})"),
    ("check_{i}(x, y) if x {o} y", "check_{i}({l}, {r})"),
    ("check_{i}(x, y) if x {o} y", "not check_{i}({l}, {r})"),
    ("check_{i}([x, y]) if x {o} y", "check_{i}([{l}, {r}])"),
    ("grade_{i}(x) := 1 if x {o} {r}\n\nelse := 2", "grade_{i}({l}) == 2"),
    ("grade_{i} := {l} if {l} {o} {r}", "grade_{i} != 7"),
    ("grade_{i} := {l}", "grade_{i} {o} {r}"),
    ("", "value := {l}\n\tvalue {o} {r}"),
    ("", "held := {l} {o} {r}\n\tnot held"),
    ("", "count([1 | {l} {o} {r}]) > 0"),
    ("", "not count([1 | not [1 | {l} {o} {r}] == []]) == 1"),
    ("", "every value in [{l}, {r}] {{ value {o} {r} }}"),
    ("", "some value in {{{l}}}\n\tvalue {o} {r}"),
    ("", 'document := {{"a": [{l}]}}\n\tsome value in document.a\n\tvalue {o} {r}'),
]
EQUALS = [
    ("", "[{l}, 1] == [{r}, 1]"),
    ("", "{{{l}}} == {{{r}}}"),
    ("", '{{"a": {l}}} == {{"a": {r}}}'),
    ("", "{l} in [{r}, {r}]"),
    ("", "{{{l}: 1}}[{r}] == 1"),
    ("values_{i} contains {l}", "{r} in values_{i}"),
    ("values_{i} contains {l}", "values_{i} == {{{r}}}"),
    ("table_{i}[{l}] := 1", "table_{i}[{r}] == 1"),
    ("same_{i}(x, x) := true", "same_{i}({l}, {r})"),
    ("same_{i}(x) := x", "same_{i}({l}, {r})"),
    ("", "value := {r}\n\tobject.get({{{l}: true}}, value, false)"),
]


@dataclass(frozen=True)
class Condition:
    """How something is asked."""

    rules: str
    text: str


@st.composite
def conditions(draw: st.DrawFn, number: int, fields: Sequence[str]) -> Condition:
    """A condition on one of ``fields``, or on two."""
    name = draw(st.sampled_from(fields))
    kind = next((kind for kind in KINDS if name in kind), (name,))
    others = [each for each in fields if each in kind and each != name]
    constant = st.sampled_from(CONSTANTS[name]).map(_written)
    beside = [st.sampled_from(others).map(lambda each: f"input.record.{each}")] * 2 if others else []
    beside += [st.just("input.request.on")] if kind == KINDS[0] else []
    right = draw(st.one_of(constant, *beside))
    operator = draw(st.sampled_from(ORDERED if kind in KINDS[:2] else ["==", "==", "!="]))
    rules, text = draw(st.sampled_from(FORMS + EQUALS * 2 if operator == "==" else FORMS))
    parts = {"i": number, "l": f"input.record.{name}", "o": operator, "r": right}
    return Condition(rules.format(**parts), text.format(**parts))


requests = st.sampled_from(
    [
        'input.request.format == "csv"',
        'input.request.format in {"csv", "json"}',
        'input.request.on < "2026-06-01"',
        'input.request.attributes.run == "yearly"',
        "not input.request.attributes.run",
        'input.request.supplier == "cardco"',
        '"photo" in input.request.columns',
        'not "photo" in input.request.columns',
        "input.request.source",
        'input.request.source == "adventureworks"',
        'data.suppliers[input.request.supplier].kind == "card printer"',
    ]
)


@st.composite
def purposes(draw: st.DrawFn) -> str:
    """The rules of a purpose: each mark leaves in a form of its own where a condition holds."""
    fields = draw(st.lists(st.sampled_from(sorted(CONSTANTS)), min_size=1, max_size=2, unique=True))
    found = [draw(conditions(number, fields)) for number, _ in enumerate(MARKS)]
    texts = [f'permit.{mark}.action := "keep"' for mark in MARKS]
    texts += [rules for rules in (each.rules for each in found) if rules]
    texts += [
        f'override.{mark} := {{"action": "drop"}} if {{\n\t{each.text}\n}}'
        for mark, each in zip(MARKS, found, strict=True)
    ]
    texts += [f'permit.title := {{"action": "keep"}} if {draw(requests)}', "release if true"]
    texts += [f'withhold contains "no" if {{\n\t{draw(requests)}\n\t{found[0].text}\n}}'] if draw(st.booleans()) else []
    texts += [f'refuse contains "no" if {draw(requests)}'] if draw(st.booleans()) else []
    return "\n\n".join(texts) + "\n"


@st.composite
def records(draw: st.DrawFn) -> dict[str, Value]:
    """Values from all over: constants of rules, their neighbours, and others."""
    days = st.sampled_from(DAYS).flatmap(
        lambda day: st.integers(-2, 2).map(lambda step: (date.fromisoformat(day) + timedelta(step)).isoformat())
    )
    anywhere = st.dates(date(1, 1, 1), date(9999, 12, 31)).map(date.isoformat)
    numbers = st.one_of(st.sampled_from(NUMBERS), st.sampled_from([0.5, 1, 1.5, 2, 3, 39.5, 40.5, 41, 42, 9999]))
    whole = st.sampled_from([0, 1, 2, 3, 39, 40, 41, 42, 99])
    names = st.sampled_from([*NAMES, "Kestrelby", "Una", "Ö"])
    values: dict[str, Value] = {}
    for name in CONSTANTS:
        if name in KINDS[0]:
            values[name] = draw(st.one_of(days, days, anywhere))
        elif name in {"pay_point", "sickness_days"}:
            values[name] = draw(whole)
        elif name in KINDS[1]:
            values[name] = draw(numbers)
        elif name in KINDS[2]:
            values[name] = draw(names)
    values["posting"] = draw(st.sampled_from([*CONSTANTS["posting"], "neighbourhood", "covert"]))
    values["vetting_level"] = draw(st.sampled_from(["RV", "MV", "CTC", "SC", "DV"]))
    return values


asked = st.fixed_dictionaries(
    {
        "supplier": st.sampled_from(["cardco", "cardco", "cardco", "paywise"]),
        "on": st.sampled_from([*map(date.fromisoformat, ["2025-12-31", "2026-01-01", "2026-05-31", "2026-06-01"])]),
        "format": st.sampled_from(["csv", "json", "tsv", "xlsb"]),
        "attributes": st.sampled_from([{}, {"run": "yearly"}, {"run": "monthly"}]),
        "without": st.sampled_from([(), ("photo",)]),
        "source": st.sampled_from([None, "adventureworks", "theirs"]),
    }
)

META = """\
{
	"title": "Made up",
	"lawful_basis": "public task",
	"retention_days": 30,
	"attributes": {"run": ["yearly", "monthly"]},
}"""


def _written(value: Value) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def _files(texts: Sequence[str]) -> dict[str, str | None]:
    files: dict[str, str | None] = {}
    for number, text in enumerate(texts):
        name = f"made_up_{number}"
        files[f"purposes/{name}/{name}.rego"] = f"package narrowgate.purposes.{name}\n\nmeta := {META}\n\n{text}"
        files[f"purposes/{name}/data.yaml"] = AGREEMENT
    return files


@settings(max_examples=6, phases=[Phase.generate])
@given(
    texts=st.lists(purposes(), min_size=PURPOSES, max_size=PURPOSES),
    people=st.lists(records(), min_size=RECORDS, max_size=RECORDS),
    circumstances=st.lists(asked, min_size=REQUESTS, max_size=REQUESTS),
)
def test_no_outcome_is_missing(
    texts: Sequence[str], people: Sequence[Mapping[str, Value]], circumstances: Sequence[Mapping[str, Any]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        policies = copy_policies(Path(folder) / "policies", _files(texts))
        with private_gate(policies) as gate:
            known = Policies(gate.engine.policies)
            listed = [
                _compare(gate, known, f"made_up_{number}", text, people, circumstances)
                for number, text in enumerate(texts)
            ]
            assert any(listed)


def _compare(
    gate: Gate,
    policies: Policies,
    purpose: str,
    text: str,
    people: Sequence[Mapping[str, Value]],
    circumstances: Sequence[Mapping[str, Any]],
) -> bool:
    """Whether the situations of ``purpose`` can be listed; and then, that they hold all that really leaves."""
    try:
        domain = domain_of([policies], purpose, gate.catalogue, {})
    except Unbounded:
        return False
    held = all_leaving(gate, domain)
    for each in circumstances:
        situation = replace(Situation(purpose), **each)
        for record, left in zip(people, leaving_each(gate, situation, people), strict=True):
            assert as_outcome(left) in held, (text, situation, record)
    return True
