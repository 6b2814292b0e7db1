"""``GET /v1/receipts/{id}``."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from fastapi import Path as PathParameter

from narrowgate.gateway.access.caller import Caller
from narrowgate.gateway.access.depends import allowed
from narrowgate.gateway.asking import asked
from narrowgate.gateway.gatehouse import House
from narrowgate.gateway.problems import problems
from narrowgate.model.receipt import Receipt
from narrowgate.model.scope import Scope
from narrowgate.service import receipt_of

router = APIRouter(tags=["ledger"])


@router.get("/v1/receipts/{id}", summary="Get the receipt of a release", responses=problems(404))
async def receipts(
    id: Annotated[str, PathParameter(pattern="^[0-9a-f]{64}$", description="As the release's headers gave it.")],
    house: House,
    caller: Annotated[Caller, allowed(Scope.RECEIPTS)],
) -> Receipt:
    """The receipt, with a proof that the ledger as it is now has the release."""
    receipt = await asked(house, receipt_of, id)
    caller.require_pair(receipt.entry.request.supplier, receipt.entry.request.purpose)
    return receipt
