"""``POST /v1/plans``."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request

from narrowgate.gateway.access.caller import Caller
from narrowgate.gateway.access.depends import allowed
from narrowgate.gateway.access.scopes import Scope
from narrowgate.gateway.gatehouse import Gatehouse, House
from narrowgate.gateway.orders import OrderQuery, received
from narrowgate.plan.plan import Plan
from narrowgate.service import Order, plan_order

router = APIRouter()


@router.post("/v1/plans")
async def plans(
    request: Request,
    query: Annotated[OrderQuery, Query()],
    house: House,
    caller: Annotated[Caller, allowed(Scope.PLANS)],
) -> Plan:
    """Send an export as the body; learn what would leave of it."""
    async with received(request, query, house, caller) as (order, _):
        return await house.work.run(_planned, house, order)


def _planned(house: Gatehouse, order: Order) -> Plan:
    with house.gate() as gate:
        return plan_order(gate, order)
