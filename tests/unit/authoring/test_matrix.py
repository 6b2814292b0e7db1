"""The matrix is what the engine decides, asked one by one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from itertools import product
from pathlib import Path

import pytest

from conftest import OpenGate
from narrowgate.authoring.matrix import Wanted, matrix
from narrowgate.model.actions import parse_action
from narrowgate.model.matrix import Matrix, MatrixCell
from narrowgate.model.request import Request
from narrowgate.service import Gate
from support.gates import DAY
from support.policies import HEADER, copy_policies, purpose

Asked = tuple[str, str, tuple[tuple[str, str], ...], bool]
"""Purpose, supplier, attributes, and whether the field was asked about alone."""

MANY = """\
agreements:
  - {id: T-1, supplier: cardco, from: 2026-01-01, until: 2027-12-31, formats: [csv], max_rows: 9, retention_days: 30}
  - {id: T-2, supplier: kitcorp, from: 2026-01-01, until: 2027-12-31, formats: [csv], max_rows: 9, retention_days: 30}
  - {id: T-3, supplier: vetright, from: 2026-01-01, until: 2027-12-31, formats: [csv], max_rows: 9, retention_days: 30}
  - {id: T-4, supplier: oldco, from: 2021-01-01, until: 2021-12-31, formats: [csv], max_rows: 9, retention_days: 30}
"""
RULES = """\
permit.photo := {"action": "image", "max_px": 600}

permit.home_address.action := "keep"

permit.vetting_level.action := "keep"

permit.surname := {"action": "keep"} if input.request.supplier != "kitcorp"

permit.surname := {"action": "truncate", "length": 1} if input.request.supplier == "kitcorp"

permit.forename := {"action": "keep"} if "surname" in input.request.columns

permit.rank := {"action": "keep"} if input.request.attributes == {"run": "x", "kind": "1"}

permit.rank := {"action": "keep"} if input.request.attributes == {"run": "y", "kind": "2"}

permit.unit := {"action": "keep"} if input.request.attributes.run == "x"

permit.email.action := "keep"

refuse contains "kitcorp has to say which run" if {
	input.request.supplier == "kitcorp"
	not input.request.attributes.run
}

release if input.record.status == "active"

override.email := {"action": "drop"} if input.record.posting == "firearms"

override.email := {"action": "mask"} if {
	input.record.posting == "response"
}
"""


@pytest.fixture
def many(open_gate: OpenGate, tmp_path: Path) -> Gate:
    """A purpose with several suppliers, whose fields hang on everything that they can."""
    meta = HEADER.format(purpose="many").replace(
        '"retention_days": 30}', '"retention_days": 30, "attributes": {"run": ["x", "y"], "kind": ["1", "2"]}}'
    )
    files = purpose("many", RULES, MANY) | {"purposes/many/many.rego": meta + RULES}
    return open_gate(copy_policies(tmp_path / "policies", files))


def brute_force(
    gate: Gate, on: date, only: str | None = None, fields: Sequence[str] = ()
) -> dict[str, dict[Asked, str]]:
    """By field, the form in which it leaves in every situation in which it does.

    Args:
        fields: those asked about alone, where not all.
    """
    found: dict[str, dict[Asked, str]] = {field: {} for field in gate.catalogue.fields}
    for name in [only] if only else gate.engine.policies.purposes:
        declared = gate.engine.policies.meta(name).attributes
        choices = [[(key, value) for value in values] + [None] for key, values in declared.items()]
        for supplier, chosen in product(gate.engine.policies.suppliers, product(*choices)):
            attributes = tuple(pair for pair in chosen if pair is not None)
            every = tuple(gate.catalogue.fields)
            together = _leaving(gate, Request(
                supplier=supplier, purpose=name, on=on, columns=every, attributes=dict(attributes)
            ))  # fmt: skip
            for field, form in together.items():
                found[field][name, supplier, attributes, False] = form
            if any(each.supplier == supplier for each in gate.engine.policies.agreements(name)):
                for field in fields or every:
                    asked = Request(
                        supplier=supplier, purpose=name, on=on, columns=(field,), attributes=dict(attributes)
                    )
                    for form in _leaving(gate, asked).values():
                        found[field][name, supplier, attributes, True] = form
    return found


def _leaving(gate: Gate, request: Request) -> dict[str, str]:
    decision = gate.engine.decide(request)
    actions = {field: parse_action(answer.action) for field, answer in decision.columns.items()}
    return {
        field: action.describe()
        for field, action in actions.items()
        if decision.effect == "release" and action and action.action != "drop"
    }


def _fields_named(rules: str) -> list[str]:
    return sorted(set(re.findall(r"^permit\.(\w+)", rules, re.MULTILINE)))


def of_whole_columns(cell: MatrixCell) -> set[tuple[str, str]]:
    return {
        (supplier, form.words)
        for form in cell.forms
        if all(condition.kind != "record" for condition in form.conditions)
        for supplier in form.suppliers
    }


def require_same(made: Matrix, gate: Gate, expected: dict[str, dict[Asked, str]]) -> None:
    cells = {(cell.purpose, cell.field): cell for cell in made.cells}
    for field, head in product(gate.catalogue.fields, made.purposes):
        leaving = {asked: form for asked, form in expected[field].items() if asked[0] == head.purpose}
        cell = cells.get((head.purpose, field), MatrixCell(purpose=head.purpose, field=field))
        assert of_whole_columns(cell) == {(asked[1], form) for asked, form in leaving.items()}
        attributes = gate.engine.policies.meta(head.purpose).attributes
        situations = 2 * len(head.suppliers)
        for values in attributes.values():
            situations *= len(values) + 1
        always = len(leaving) == situations and len(set(leaving.values())) == 1
        conditions = [c.kind for form in cell.forms for c in form.conditions if c.kind != "record"]
        assert always == (not conditions and bool(cell.forms)), (head.purpose, field)
    assert set(made.unreceived) == {field for field, leaving in expected.items() if not leaving}


def test_the_shipped_policies(gate: Gate) -> None:
    require_same(matrix(gate.engine, gate.catalogue, DAY, Wanted()), gate, brute_force(gate, DAY))


def test_a_purpose_that_hangs_on_everything(many: Gate) -> None:
    made = matrix(many.engine, many.catalogue, DAY, Wanted(purpose="many"))
    require_same(made, many, brute_force(many, DAY, "many", [*_fields_named(RULES), "login"]))
    said = {
        (cell.field, form.brief): [condition.text for condition in form.conditions]
        for cell in made.cells
        for form in cell.forms
        if form.suppliers != ("kitcorp",) or form.brief == "initial"
    }
    assert said["photo", "image 600"] == ["the supplier is cardco or vetright", "home_address is not in the export"]
    assert said["vetting_level", "keep"] == ["the supplier is vetright"]
    assert said["rank", "keep"] == ["kind is 1 and run is x; or kind is 2 and run is y"]
    assert said["unit", "keep"] == ["run is x"]
    assert said["surname", "initial"] == ["the supplier is kitcorp", "run is x or y"]
    assert said["email", "drop"] == ['posting == "firearms"']
    assert said["email", "mask"] == [f"{_line(many, 'email', 'mask', made)} holds"]


def _line(gate: Gate, field: str, brief: str, made: Matrix) -> str:
    (form,) = [form for cell in made.cells if cell.field == field for form in cell.forms if form.brief == brief]
    (rule,) = form.rules
    module = next(module for module in gate.engine.policies.modules if module.path == rule.file)
    assert module.text.splitlines()[rule.line - 1].startswith(f"override.{field}")
    return str(rule)


def test_suppliers_with_the_same_terms_share_a_form(many: Gate) -> None:
    made = matrix(many.engine, many.catalogue, DAY, Wanted(purpose="many", fields=("surname", "email")))
    forms = {form.suppliers for cell in made.cells for form in cell.forms if form.brief == "keep"}
    assert forms == {("cardco", "vetright"), ("kitcorp",)}


def test_a_refusal_is_told(many: Gate) -> None:
    made = matrix(many.engine, many.catalogue, DAY, Wanted(supplier="kitcorp", purpose="many"))
    (head,) = made.purposes
    assert {tuple(each.said.items()) for each in head.refusals} == {(), (("kind", "1"),), (("kind", "2"),)}
    assert {each.reasons for each in head.refusals} == {("kitcorp has to say which run",)}


def test_rules_are_located(gate: Gate) -> None:
    made = matrix(gate.engine, gate.catalogue, DAY, Wanted(purpose="id_card_print"))
    cells = {cell.field: cell for cell in made.cells}
    (form,) = cells["photo"].forms
    (rule,) = form.rules
    module = next(module for module in gate.engine.policies.modules if module.path == rule.file)
    assert module.text.splitlines()[rule.line - 1] == 'permit.photo := {"action": "image", "max_px": 600}'
    assert form.reason == "permitted by the purpose"


@pytest.mark.parametrize(
    ("on", "suppliers"), [(DAY, ("cardco",)), (date(2025, 3, 31), ("oldco",)), (date(2025, 4, 1), ())]
)
def test_only_agreements_in_force_count(gate: Gate, on: date, suppliers: tuple[str, ...]) -> None:
    made = matrix(gate.engine, gate.catalogue, on, Wanted(purpose="id_card_print"))
    (head,) = made.purposes
    assert head.suppliers == suppliers
    assert bool(made.fields) == bool(suppliers)


def test_fields_that_nobody_receives_are_counted_or_shown(gate: Gate) -> None:
    made = matrix(gate.engine, gate.catalogue, DAY, Wanted())
    shown = [field.field for field in made.fields]
    assert "login" in made.unreceived
    assert sorted([*shown, *made.unreceived]) == sorted(gate.catalogue.fields)
    whole = matrix(gate.engine, gate.catalogue, DAY, Wanted(unreceived=True))
    assert [field.field for field in whole.fields] == list(gate.catalogue.fields)
    assert len(whole.cells) == len(whole.fields) * len(whole.purposes)
    login = next(cell for cell in whole.cells if (cell.purpose, cell.field) == ("payroll", "login"))
    assert (login.forms, login.withheld) == ((), ("the purpose does not permit it",))


def test_a_supplier_sees_its_own_purposes(gate: Gate) -> None:
    made = matrix(gate.engine, gate.catalogue, DAY, Wanted(supplier="vetright"))
    assert [head.purpose for head in made.purposes] == ["vetting"]
    assert {cell.purpose for cell in made.cells} == {"vetting"}


def test_the_format_and_the_source_count_where_rules_go_by_them(open_gate: OpenGate, tmp_path: Path) -> None:
    rules = (
        'permit.rank := {"action": "keep"} if input.request.format == "xlsx"\n\n'
        'permit.unit := {"action": "keep"} if input.request.source == "adventureworks"\n\n'
        'permit.surname.action := "keep"\n\nrelease if input.record.status == "active"\n'
    )
    agreement = MANY.splitlines()[0] + "\n" + MANY.splitlines()[1].replace("[csv]", "[csv, xlsx]") + "\n"
    gate = open_gate(copy_policies(tmp_path / "policies", purpose("formed", rules, agreement)))
    made = matrix(gate.engine, gate.catalogue, DAY, Wanted(purpose="formed"))
    said = {cell.field: [c.text for form in cell.forms for c in form.conditions] for cell in made.cells}
    assert said == {"rank": ["the format is xlsx"], "unit": ["the source is adventureworks"], "surname": []}
