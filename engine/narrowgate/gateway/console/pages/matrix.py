"""``/console/matrix``: purposes by fields, and the rule behind each cell."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Request, Response

from narrowgate.authoring.matrix import Wanted, require_known
from narrowgate.authoring.matrix_words import cells_of, remarks
from narrowgate.errors import InputError, NotThere
from narrowgate.gateway.asking import asked, suppliers_of
from narrowgate.gateway.console.excerpts import excerpts
from narrowgate.gateway.console.navigation import ROOT, Entry
from narrowgate.gateway.console.rendering import page
from narrowgate.gateway.console.route import page_router
from narrowgate.gateway.console.visiting import visiting
from narrowgate.gateway.console.visitor import Visitor, narrowed
from narrowgate.gateway.gatehouse import House
from narrowgate.gateway.matrices import Matrices
from narrowgate.gateway.problems import status_of
from narrowgate.ledger.today import today
from narrowgate.model.day import parse_day
from narrowgate.model.matrix import Matrix, MatrixCell
from narrowgate.model.scope import Scope
from narrowgate.service import Gate

router = page_router()
ENTRY = Entry("What leaves", f"{ROOT}/matrix", 20, Scope.POLICIES)
Reader = Annotated[Visitor, visiting(Scope.POLICIES)]


@router.get("/matrix")
async def matrix(
    request: Request,
    house: House,
    visitor: Reader,
    supplier: str = "",
    purpose: str = "",
    on: str = "",
    every: str = "",
) -> Response:
    """Purposes by fields."""
    supplier, purpose = narrowed(visitor.caller, supplier, purpose)
    suppliers, purposes = await asked(house, _choices, visitor)
    found, error, day = None, None, today()
    try:
        day = parse_day("the day", on) if on else day
        wanted = Wanted(supplier or None, purpose or None, unreceived=bool(every))
        found = await asked(house, _matrix, house.matrices, day, wanted)
    except InputError as fault:
        error = fault
    return page(
        request,
        visitor,
        "matrix.html",
        status_of(error) if error else 200,
        matrix=found,
        error=error,
        day=day,
        suppliers=suppliers,
        purposes=purposes,
        supplier=supplier,
        purpose=purpose,
        every=bool(every),
        query=urlencode({"on": day, "supplier": supplier}),
        cells=cells_of(found) if found else {},
        remarks=list(remarks(found, "tick the box above to see them")) if found else [],
    )


@router.get("/matrix/{purpose}/{field}")
async def cell(
    request: Request,
    house: House,
    visitor: Reader,
    purpose: str,
    field: str,
    supplier: str = "",
    on: str = "",
) -> Response:
    """Why a field leaves for a purpose, or does not."""
    day = parse_day("the day", on) if on else today()
    supplier, _ = narrowed(visitor.caller, supplier, purpose)
    return page(
        request,
        visitor,
        "cell.html",
        **await asked(house, _cell, house.matrices, purpose, field, supplier, day),
        day=day,
        purpose=purpose,
        back=f"{ROOT}/matrix?{urlencode({'on': day, 'supplier': supplier})}",
    )


def _choices(gate: Gate, visitor: Visitor) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The suppliers and purposes that somebody may ask about."""
    bundle, may = gate.engine.policies, visitor.caller.may
    suppliers = [each for each in suppliers_of(gate) if any(may(each[0], purpose) for purpose in bundle.purposes)]
    theirs = [name for name in bundle.purposes if any(may(supplier, name) for supplier in bundle.suppliers)]
    return suppliers, [(name, bundle.meta(name).title) for name in theirs]


def _matrix(gate: Gate, matrices: Matrices, day: date, wanted: Wanted) -> Matrix:
    require_known(gate.engine.policies, gate.catalogue, wanted)
    return matrices.get(gate, day, wanted)


def _cell(gate: Gate, matrices: Matrices, purpose: str, field: str, supplier: str, day: date) -> dict[str, Any]:
    bundle = gate.engine.policies
    if purpose not in bundle.purposes or field not in gate.catalogue or supplier not in {"", *bundle.suppliers}:
        raise NotThere("there is no such purpose, field or supplier", "choose a cell of the matrix")
    whole = matrices.get(gate, day, Wanted(supplier or None, unreceived=True))
    found = cells_of(whole).get((field, purpose)) or MatrixCell(
        purpose=purpose, field=field, withheld=(f"no agreement with {supplier} for it is in force",)
    )
    return {
        "cell": found,
        "forms": [(form, excerpts(bundle, form.rules)) for form in found.forms],
        "field": gate.catalogue[field],
        "title": bundle.meta(purpose).title,
    }
