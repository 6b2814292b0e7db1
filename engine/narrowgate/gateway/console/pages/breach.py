"""``/console/breach``: what a supplier held, of how many people, and who they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Request, Response
from fastapi.responses import StreamingResponse

from narrowgate.errors import InputError
from narrowgate.gateway.access.caller import ANY
from narrowgate.gateway.asking import asked
from narrowgate.gateway.console.chart import chart
from narrowgate.gateway.console.navigation import ROOT, Entry
from narrowgate.gateway.console.rendering import page
from narrowgate.gateway.console.route import page_router
from narrowgate.gateway.console.visiting import visiting
from narrowgate.gateway.console.visitor import Visitor
from narrowgate.gateway.gatehouse import House
from narrowgate.gateway.problems import status_of
from narrowgate.ledger.questions.article33 import draft
from narrowgate.ledger.questions.breach import breach
from narrowgate.ledger.questions.course import course
from narrowgate.ledger.questions.held import Question
from narrowgate.ledger.questions.names import suppliers_known
from narrowgate.ledger.questions.people import PeopleHeld, people_held
from narrowgate.ledger.today import today
from narrowgate.model.breach import BreachReport, HeldThen
from narrowgate.model.day import parse_day
from narrowgate.model.scope import Scope
from narrowgate.model.spreadsheet import csv_pieces
from narrowgate.service import Gate

router = page_router()
ENTRY = Entry("Breach", f"{ROOT}/breach", 60, Scope.BREACH)
Reader = Annotated[Visitor, visiting(Scope.BREACH)]


@dataclass(frozen=True)
class Asked:
    """The form as it was filled in."""

    supplier: str = ""
    first: str = ""
    last: str = ""

    def question(self, visitor: Visitor) -> Question:
        """What is asked.

        Raises:
            UsageError: a day is none.
            Forbidden: the visitor may not ask about the supplier.
        """
        visitor.caller.require_pair(self.supplier, ANY)
        first = parse_day("the first day", self.first) if self.first else None
        last = parse_day("the last day", self.last) if self.last else today()
        return Question(self.supplier, first, last)

    @property
    def query(self) -> str:
        """As part of an address."""
        return urlencode({"supplier": self.supplier, "first": self.first, "last": self.last})


Form = Annotated[Asked, Depends(Asked)]


@router.get("/breach")
async def breach_page(request: Request, house: House, visitor: Reader, given: Form) -> Response:
    """What a supplier held in a window of days."""
    suppliers = [each for each in await asked(house, _suppliers) if visitor.caller.may(each, ANY)]
    report, error = None, None
    held: tuple[HeldThen, ...] = ()
    if given.supplier:
        try:
            report, held = await asked(house, _report, given.question(visitor))
        except InputError as fault:
            error = fault
    return page(
        request,
        visitor,
        "breach.html",
        status_of(error) if error else 200,
        given=given,
        suppliers=[(each, each) for each in suppliers],
        report=report,
        held=held,
        chart=chart(held) if held else None,
        error=error,
    )


@router.get("/breach/people.csv")
async def people(house: House, visitor: Reader, given: Form) -> Response:
    """Everybody of whom the supplier held something, a line each."""
    found = await asked(house, _people, given.question(visitor))
    return StreamingResponse(
        _encoded(found),
        headers=_attached(f"{given.supplier}-people.csv"),
        media_type="text/csv; charset=utf-8",
    )


@router.get("/breach/article-33.md")
async def article_33(house: House, visitor: Reader, given: Form) -> Response:
    """A draft of the facts that a notification has to give."""
    report, _ = await asked(house, _report, given.question(visitor))
    return Response(
        draft(report), headers=_attached(f"{given.supplier}-article-33.md"), media_type="text/markdown; charset=utf-8"
    )


def _suppliers(gate: Gate) -> tuple[str, ...]:
    return suppliers_known(gate.require_ledger().store)


def _report(gate: Gate, question: Question) -> tuple[BreachReport, tuple[HeldThen, ...]]:
    store = gate.require_ledger().store
    return breach(store, gate.catalogue, question), course(store, gate.catalogue, question)


def _people(gate: Gate, question: Question) -> PeopleHeld:
    ledger = gate.require_ledger()
    return people_held(ledger.store, gate.catalogue, ledger.subject_key, question)


def _encoded(found: PeopleHeld) -> Iterator[bytes]:
    return (piece.encode() for piece in csv_pieces(found.header, found.rows))


def _attached(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
