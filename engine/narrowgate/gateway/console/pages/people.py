"""``/console/people``: who holds anything about a person.

The person's number comes in a form, so that it stands in no address, and so in no log or history.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Request, Response

from narrowgate.errors import InputError, UsageError
from narrowgate.gateway.access.caller import ANY
from narrowgate.gateway.asking import asked
from narrowgate.gateway.console.forms import fields
from narrowgate.gateway.console.navigation import ROOT, Entry
from narrowgate.gateway.console.rendering import page
from narrowgate.gateway.console.route import page_router
from narrowgate.gateway.console.visiting import visiting
from narrowgate.gateway.console.visitor import Visitor
from narrowgate.gateway.gatehouse import House
from narrowgate.gateway.problems import status_of
from narrowgate.ledger.questions.subject import person, require_identifier
from narrowgate.ledger.today import today
from narrowgate.model.person import PersonHolding, PersonReport
from narrowgate.model.scope import Scope
from narrowgate.service import Gate

router = page_router()
ENTRY = Entry("People", f"{ROOT}/people", 70, Scope.SUBJECTS)
Reader = Annotated[Visitor, visiting(Scope.SUBJECTS)]


@dataclass(frozen=True)
class _Holding:
    """Fields that a supplier was given alike."""

    of: PersonHolding
    fields: list[str]


@router.get("/people")
async def form_page(request: Request, house: House, visitor: Reader) -> Response:
    """The form."""
    return await _page(request, house, visitor)


@router.post("/people")
async def answer_page(request: Request, house: House, visitor: Reader) -> Response:
    """The answer."""
    visitor.caller.require_pair(ANY, ANY)
    identifier = (await fields(request, visitor.token)).get("identifier", "").strip()
    try:
        report = await asked(house, _report, identifier)
    except InputError as error:
        return await _page(request, house, visitor, error=error)
    return await _page(request, house, visitor, report=report)


async def _page(
    request: Request,
    house: House,
    visitor: Visitor,
    report: PersonReport | None = None,
    error: InputError | None = None,
) -> Response:
    holdings = _together(report) if report else []
    return page(
        request,
        visitor,
        "people.html",
        status_of(error) if error else 200,
        key=await asked(house, lambda gate: gate.catalogue[gate.catalogue.subject_key]),
        report=report,
        held=[each for each in holdings if each.of.held],
        gone=[each for each in holdings if not each.of.held],
        error=error,
    )


def _report(gate: Gate, identifier: str) -> PersonReport:
    if not identifier:
        raise UsageError("no number was given", "write one")
    ledger = gate.require_ledger()
    report = person(ledger.store, gate.catalogue, ledger.subject_key, identifier, today())
    if not report.known:
        require_identifier(identifier, gate.catalogue)
    return report


def _together(report: PersonReport) -> list[_Holding]:
    """Fields that left alike."""
    alike: dict[PersonHolding, list[str]] = {}
    for each in report.holdings:
        alike.setdefault(each.model_copy(update={"field": "", "category": ""}), []).append(each.field)
    return [_Holding(of, names) for of, names in alike.items()]
