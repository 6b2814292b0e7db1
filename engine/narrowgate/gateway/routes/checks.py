"""``POST /v1/checks``."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request

from narrowgate.errors import DataError, EvidenceError
from narrowgate.gateway.access.caller import Caller
from narrowgate.gateway.access.depends import allowed
from narrowgate.gateway.bodies import described
from narrowgate.gateway.gatehouse import House
from narrowgate.gateway.orders import RECEIPT, Errand, OrderQuery, received
from narrowgate.gateway.presence import while_there
from narrowgate.gateway.problems import problems
from narrowgate.gateway.working import worked
from narrowgate.ledger.receipts import parse_receipt
from narrowgate.model.check import CheckReport
from narrowgate.model.receipt import Receipt
from narrowgate.model.scope import Scope
from narrowgate.service import Gate, Progress, check_export

router = APIRouter(tags=["files"])


@router.post(
    "/v1/checks",
    summary="Have a file checked",
    responses=problems(403, 408, 413, 415, 422, 429, 503, 507),
    openapi_extra=described(OrderQuery.model_json_schema(), (RECEIPT,)),
)
async def checks(
    request: Request,
    query: Annotated[OrderQuery, Query()],
    house: House,
    caller: Annotated[Caller, allowed(Scope.CHECKS)],
) -> CheckReport:
    """Send a file; learn whether it is already no more than is permitted.

    A form may hold its receipt, as the part ``receipt``.
    """
    async with received(request, query, house, caller, with_receipt=True) as errand:
        return await while_there(request.receive, worked(house, errand, partial(_checked, errand)))


def _checked(errand: Errand, gate: Gate, passing: Progress) -> CheckReport:
    receipt = None if errand.receipt is None else _receipt(errand.receipt)
    return check_export(gate, errand.order, receipt, passing)


def _receipt(given: bytes) -> Receipt:
    try:
        return parse_receipt(given, "the receipt")
    except EvidenceError as error:
        # It is not our ledger that is at fault.
        raise DataError(error.message, error.remedy) from error
