"""``/console``: the state of things."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

from fastapi import Request, Response

from narrowgate.errors import LedgerError
from narrowgate.gateway.asking import asked
from narrowgate.gateway.console.navigation import ROOT, Entry
from narrowgate.gateway.console.rendering import page
from narrowgate.gateway.console.route import page_router
from narrowgate.gateway.console.visiting import visiting
from narrowgate.gateway.console.visitor import Visitor
from narrowgate.gateway.gatehouse import House
from narrowgate.gateway.problems import status_of
from narrowgate.gateway.seeing import pairs_of
from narrowgate.ledger.questions.obligations import obligations
from narrowgate.ledger.questions.releases import Filter, list_entries
from narrowgate.ledger.stores.interface import Store
from narrowgate.ledger.today import today
from narrowgate.model.listing import EntryList, Kind
from narrowgate.model.obligation import ObligationsReport
from narrowgate.model.scope import Scope
from narrowgate.service import Gate

router = page_router()
ENTRY = Entry("Overview", ROOT, 10)

_LATEST = 8
_MONTH = timedelta(30)
_KINDS: tuple[Kind, ...] = ("release", "refusal")


@dataclass(frozen=True)
class _Month:
    """Entries of the last 30 days."""

    releases: int
    refusals: int


@router.get("")
@router.get("/")
async def front(request: Request, house: House, visitor: Annotated[Visitor, visiting()]) -> Response:
    """Whether all is well, what is overdue, what was released last."""
    reads_ledger = visitor.may(Scope.RELEASES)
    overdue, month, latest, error = None, None, None, None
    try:
        if reads_ledger:
            overdue, month, latest = await asked(house, _ledger, visitor, today())
    except LedgerError as fault:
        error = fault
    states = await house.observing.readiness.states()
    revision, engine = await asked(house, lambda gate: (gate.engine.revision, gate.engine.info))
    return page(
        request,
        visitor,
        "front.html",
        status_of(error) if error else 200,
        error=error,
        ailing={name: why for name, why in states.items() if why},
        overdue=overdue,
        month=month,
        latest=latest,
        revision=revision,
        engine=engine,
    )


def _ledger(gate: Gate, visitor: Visitor, on: date) -> tuple[ObligationsReport, _Month, EntryList]:
    store, pairs = gate.require_ledger().store, pairs_of(visitor.caller)
    released, refused = (Filter(kind=kind, first=on - _MONTH, pairs=pairs) for kind in _KINDS)
    month = _Month(list_entries(store, released, 1).found, list_entries(store, refused, 1).found)
    return _overdue(store, visitor, on), month, list_entries(store, Filter(pairs=pairs), _LATEST)


def _overdue(store: Store, visitor: Visitor, on: date) -> ObligationsReport:
    report, may = obligations(store, on, due_only=True), visitor.caller.may
    theirs = tuple(each for each in report.obligations if may(each.supplier, each.purpose))
    return report.model_copy(update={"obligations": theirs, "due": len(theirs)})
