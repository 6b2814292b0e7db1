"""``GET /v1/breach``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Header, Response
from fastapi import Query as QueryParameters
from fastapi.responses import StreamingResponse
from pydantic import Field

from narrowgate.gateway.accepting import preferred
from narrowgate.gateway.access.caller import ANY, Caller
from narrowgate.gateway.access.depends import allowed
from narrowgate.gateway.asking import asked
from narrowgate.gateway.gatehouse import House
from narrowgate.gateway.queries import Day, Name, Query
from narrowgate.ledger.questions.article33 import draft
from narrowgate.ledger.questions.breach import breach
from narrowgate.ledger.questions.held import Question
from narrowgate.ledger.questions.people import PeopleHeld, people_held
from narrowgate.ledger.today import today
from narrowgate.model.breach import BreachReport
from narrowgate.model.scope import Scope
from narrowgate.model.spreadsheet import csv_pieces
from narrowgate.service import Gate

router = APIRouter(tags=["ledger"])

JSON, CSV, MARKDOWN = "application/json", "text/csv", "text/markdown"
Fields = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*(,[a-z][a-z0-9_]*)*$", max_length=4000)]


class BreachQuery(Query):
    """Whose holdings, and when."""

    supplier: Name = Field(description="Who was breached.", examples=["cardco"])
    first: Day | None = Field(
        None, alias="from", description="First day. Default: the beginning.", examples=["2026-05-01"]
    )
    last: Day | None = Field(None, alias="to", description="Last day. Default: today.")
    purpose: Name | None = Field(None, description="Only releases for this purpose.")
    fields: Fields | None = Field(
        None, description="Only these fields, with commas between.", examples=["surname,rank"]
    )

    def question(self) -> Question:
        """The same, as the ledger is asked."""
        only = tuple(dict.fromkeys(self.fields.split(","))) if self.fields else ()
        return Question(self.supplier, self.first, self.last or today(), self.purpose, only)


@router.get(
    "/v1/breach",
    summary="Say of whom a supplier held what",
    response_model=BreachReport,
    responses={
        200: {
            "description": "The report; or, as Accept asks, a line a person, or a draft of the Article 33 facts.",
            "content": {CSV: {"schema": {"type": "string"}}, MARKDOWN: {"schema": {"type": "string"}}},
        },
    },
)
async def breaches(
    query: Annotated[BreachQuery, QueryParameters()],
    house: House,
    caller: Annotated[Caller, allowed(Scope.BREACH)],
    accept: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> BreachReport | Response:
    """What a supplier held at any time from one day to another, and of how many people.

    It holds a release until it attests that it deleted it. Only a client that is registered for all of the supplier's
    purposes, or for the one that it asks about, gets an answer.
    """
    caller.require_pair(query.supplier, query.purpose or ANY)
    question, form = query.question(), preferred(accept, (JSON, CSV, MARKDOWN))
    if form == CSV:
        return StreamingResponse(_lines(await asked(house, _people, question)), media_type=f"{CSV}; charset=utf-8")
    report = await asked(house, _report, question)
    return Response(draft(report), media_type=f"{MARKDOWN}; charset=utf-8") if form == MARKDOWN else report


def _report(gate: Gate, question: Question) -> BreachReport:
    return breach(gate.require_ledger().store, gate.catalogue, question)


def _people(gate: Gate, question: Question) -> PeopleHeld:
    ledger = gate.require_ledger()
    return people_held(ledger.store, gate.catalogue, ledger.subject_key, question)


def _lines(found: PeopleHeld) -> Iterator[bytes]:
    return (piece.encode() for piece in csv_pieces(found.header, found.rows))
