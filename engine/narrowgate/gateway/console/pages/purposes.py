"""``/console/purposes``: what data is given to suppliers for, and on what terms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import Request, Response

from narrowgate.authoring.matrix import Wanted
from narrowgate.errors import NotThere
from narrowgate.gateway.access.caller import ANY
from narrowgate.gateway.asking import asked
from narrowgate.gateway.console.excerpts import about, excerpts
from narrowgate.gateway.console.navigation import ROOT, Entry
from narrowgate.gateway.console.rendering import page
from narrowgate.gateway.console.route import page_router
from narrowgate.gateway.console.visiting import visiting
from narrowgate.gateway.console.visitor import Visitor, narrowed
from narrowgate.gateway.gatehouse import House
from narrowgate.gateway.matrices import Matrices
from narrowgate.ledger.today import today
from narrowgate.model.agreement import Agreement, PurposeMeta, Supplier
from narrowgate.model.day import parse_day
from narrowgate.model.scope import Scope
from narrowgate.plan.explanation import record_rules
from narrowgate.policy.bundle import GUARDRAILS, PURPOSES, Bundle
from narrowgate.service import Gate

router = page_router()
ENTRY = Entry("Purposes", f"{ROOT}/purposes", 30, Scope.POLICIES)
Reader = Annotated[Visitor, visiting(Scope.POLICIES)]


@dataclass(frozen=True)
class _Line:
    """A purpose in the list."""

    name: str
    meta: PurposeMeta
    in_force: list[Agreement]


@dataclass(frozen=True)
class _Agreed:
    """An agreement, and with whom."""

    agreement: Agreement
    name: str
    kind: str
    country: str
    status: str


@router.get("/purposes")
async def purposes(request: Request, house: House, visitor: Reader) -> Response:
    """All of them."""
    return page(request, visitor, "purposes.html", purposes=await asked(house, _lines, visitor, today()))


@router.get("/purposes/{purpose}")
async def purpose_page(request: Request, house: House, visitor: Reader, purpose: str, on: str = "") -> Response:
    """One of them: what leaves, why, on what terms."""
    day = parse_day("the day", on) if on else today()
    found = await asked(house, _purpose, house.matrices, visitor, purpose, day)
    return page(request, visitor, "purpose.html", **found, purpose=purpose, day=day)


def _lines(gate: Gate, visitor: Visitor, day: date) -> list[_Line]:
    bundle = gate.engine.policies
    return [
        _Line(name, bundle.meta(name), [each for each in agreements if each.starts <= day <= each.until])
        for name in bundle.purposes
        if (agreements := _theirs(bundle, visitor, name)) or visitor.caller.may(ANY, name)
    ]


def _purpose(gate: Gate, matrices: Matrices, visitor: Visitor, purpose: str, day: date) -> dict[str, Any]:
    bundle = gate.engine.policies
    if purpose not in bundle.purposes:
        raise NotThere("there is no such purpose", f"see {ROOT}/purposes for those that there are")
    supplier, _ = narrowed(visitor.caller, "", purpose)
    matrix = matrices.get(gate, day, Wanted(supplier or None, purpose))
    rows = {row.field: row for row in matrix.fields}
    module = next(module for module in bundle.modules if module.package == (*PURPOSES, purpose))
    return {
        "meta": bundle.meta(purpose),
        "description": about(module).description,
        "agreements": [_agreed(bundle, each, day) for each in _theirs(bundle, visitor, purpose)],
        "leaving": [(rows[cell.field], form) for cell in matrix.cells for form in cell.forms],
        "refusals": [each for column in matrix.purposes for each in column.refusals],
        "withheld": matrix.unreceived,
        "reads": bundle.reads(purpose),
        "record_rules": excerpts(bundle, record_rules(purpose, bundle)),
        "guardrails": [about(each) for each in bundle.modules if each.package[:2] == GUARDRAILS],
    }


def _theirs(bundle: Bundle, visitor: Visitor, purpose: str) -> list[Agreement]:
    """The agreements that somebody may see."""
    return [each for each in bundle.agreements(purpose) if visitor.caller.may(each.supplier, purpose)]


def _agreed(bundle: Bundle, agreement: Agreement, day: date) -> _Agreed:
    status = "to come" if day < agreement.starts else "ended" if day > agreement.until else "in force"
    known = bundle.suppliers.get(agreement.supplier)
    if known is None:
        return _Agreed(agreement, agreement.supplier, "not among the suppliers", "–", status)
    supplier = Supplier.model_validate(known)
    return _Agreed(agreement, supplier.name, supplier.kind, supplier.country, status)
