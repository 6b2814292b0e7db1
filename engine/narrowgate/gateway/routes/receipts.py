"""``GET /v1/receipts/{id}``."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from fastapi import Path as PathParameter

from narrowgate.gateway.access.caller import Caller
from narrowgate.gateway.access.depends import allowed
from narrowgate.gateway.access.scopes import Scope
from narrowgate.gateway.gatehouse import Gatehouse, House
from narrowgate.model.receipt import Receipt
from narrowgate.service import receipt_of

router = APIRouter()


@router.get("/v1/receipts/{id}")
async def receipts(
    id: Annotated[str, PathParameter(pattern="^[0-9a-f]{64}$")],
    house: House,
    caller: Annotated[Caller, allowed(Scope.RECEIPTS)],
) -> Receipt:
    """The receipt of a release, by its id."""
    receipt = await house.work.run(_receipt, house, id)
    caller.require_pair(receipt.entry.request.supplier, receipt.entry.request.purpose)
    return receipt


def _receipt(house: Gatehouse, id: str) -> Receipt:
    with house.gate() as gate:
        return receipt_of(gate, id)
