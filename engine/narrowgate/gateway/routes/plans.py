"""``POST /v1/plans``."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request

from narrowgate.gateway.access.caller import Caller
from narrowgate.gateway.access.depends import allowed
from narrowgate.gateway.bodies import described
from narrowgate.gateway.gatehouse import House
from narrowgate.gateway.orders import OrderQuery, received
from narrowgate.gateway.presence import while_there
from narrowgate.gateway.problems import problems
from narrowgate.gateway.working import worked
from narrowgate.model.scope import Scope
from narrowgate.plan.plan import Plan
from narrowgate.service import plan_order

router = APIRouter(tags=["files"])


@router.post(
    "/v1/plans",
    summary="Ask what would leave",
    responses=problems(403, 408, 413, 415, 422, 429, 503, 507),
    openapi_extra=described(OrderQuery.model_json_schema()),
)
async def plans(
    request: Request,
    query: Annotated[OrderQuery, Query()],
    house: House,
    caller: Annotated[Caller, allowed(Scope.PLANS)],
) -> Plan:
    """Send an export; learn what would leave of it. Nothing is recorded."""
    async with received(request, query, house, caller) as errand:
        planning = worked(house, errand, lambda gate, _: plan_order(gate, errand.order))
        return await while_there(request.receive, planning)
