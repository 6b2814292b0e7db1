"""``POST /v1/checks``."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request

from narrowgate.gateway.access.caller import Caller
from narrowgate.gateway.access.depends import allowed
from narrowgate.gateway.access.scopes import Scope
from narrowgate.gateway.gatehouse import Gatehouse, House
from narrowgate.gateway.orders import OrderQuery, received
from narrowgate.model.check import CheckReport
from narrowgate.service import Order, check_export

router = APIRouter()


@router.post("/v1/checks")
async def checks(
    request: Request,
    query: Annotated[OrderQuery, Query()],
    house: House,
    caller: Annotated[Caller, allowed(Scope.CHECKS)],
) -> CheckReport:
    """Send a file as the body; learn whether it is already no more than is permitted."""
    async with received(request, query, house, caller) as (order, _):
        return await house.work.run(_checked, house, order)


def _checked(house: Gatehouse, order: Order) -> CheckReport:
    with house.gate() as gate:
        return check_export(gate, order)
