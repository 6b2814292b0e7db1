"""``GET /v1/subjects/{id}``."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from fastapi import Path as PathParameter

from narrowgate.gateway.access.caller import ANY, Caller
from narrowgate.gateway.access.depends import allowed
from narrowgate.gateway.asking import asked
from narrowgate.gateway.gatehouse import House
from narrowgate.ledger.questions.subject import person, require_identifier
from narrowgate.ledger.today import today
from narrowgate.model.person import PersonReport
from narrowgate.model.scope import Scope
from narrowgate.service import Gate

router = APIRouter(tags=["ledger"])


@router.get("/v1/subjects/{id}", summary="Say who holds anything about a person")
async def subjects(
    id: Annotated[
        str,
        PathParameter(
            min_length=1,
            max_length=200,
            description="The person's number, as the HR system writes it.",
            examples=["0012345"],
        ),
    ],
    house: House,
    caller: Annotated[Caller, allowed(Scope.SUBJECTS)],
) -> PersonReport:
    """Which suppliers hold anything about a person: fields, purposes, dates, and by when to be deleted.

    The person's number is in the address: no log, counter or trace of the gateway has it, but a proxy's may. Only a
    client that is registered for all suppliers and purposes gets an answer.
    """
    caller.require_pair(ANY, ANY)
    return await asked(house, _report, id)


def _report(gate: Gate, identifier: str) -> PersonReport:
    ledger = gate.require_ledger()
    report = person(ledger.store, gate.catalogue, ledger.subject_key, identifier, today())
    if not report.known:
        require_identifier(identifier, gate.catalogue)
    return report
