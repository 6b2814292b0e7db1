"""``GET /metrics``."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response

from narrowgate.gateway.access.caller import Caller
from narrowgate.gateway.access.depends import TheAccess, allowed
from narrowgate.gateway.gatehouse import House
from narrowgate.gateway.observing.look import look
from narrowgate.gateway.observing.metrics import MEDIA_TYPE
from narrowgate.model.scope import Scope

router = APIRouter(tags=["operation"])


@router.get(
    "/metrics",
    summary="Read the counters",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def metrics(house: House, access: TheAccess, _: Annotated[Caller, allowed(Scope.METRICS)]) -> Response:
    """Counters, in Prometheus's text format."""
    await look(house, access.states())
    return Response(house.observing.metrics.text(), media_type=MEDIA_TYPE)
