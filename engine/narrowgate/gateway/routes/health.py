"""``GET /healthz`` and ``GET /readyz``. Nobody is asked who they are."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request, Response

from narrowgate.errors import AccessError, Busy
from narrowgate.gateway.access.access import Access
from narrowgate.gateway.access.depends import TheAccess
from narrowgate.gateway.gatehouse import House
from narrowgate.gateway.observing.readiness import is_ready
from narrowgate.model.base import Document
from narrowgate.model.scope import Scope

router = APIRouter(tags=["operation"])


class Health(Document):
    """That the process answers."""

    status: Literal["ok"] = "ok"


class State(Document):
    """One thing that is needed to answer calls."""

    ok: bool
    reason: str | None = None
    """What is wrong; told to those who may read the counters."""


class Ready(Document):
    """Whether calls can be answered."""

    ready: bool
    states: dict[str, State]
    """What was looked at, by name."""


@router.get("/healthz", summary="See whether the process answers")
async def healthz() -> Health:
    """Whether the process answers."""
    return Health()


@router.get("/readyz", summary="See whether calls can be answered", responses={503: {"model": Ready}})
async def readyz(request: Request, response: Response, house: House, access: TheAccess) -> Ready:
    """Whether the engine answers by policies that were vetted, and the ledger can be written.

    Also whether policies, clients and keys that were changed have been taken over: where they have not, the gateway
    goes on by those before, and is ready. Reasons are told to those who may read the counters; the log has them too.
    """
    states = await house.observing.readiness.states()
    ready, why = is_ready(states), await _may_know_why(request, access)
    response.status_code = 200 if ready else 503
    every = {**states, **access.states()}
    return Ready(ready=ready, states={name: _state(fault, why) for name, fault in every.items()})


async def _may_know_why(request: Request, access: Access) -> bool:
    try:
        caller = await access.caller(request.scope)
    except (AccessError, Busy):
        return False
    return Scope.METRICS in caller.scopes


def _state(fault: str | None, why: bool) -> State:
    return State(ok=fault is None, reason=fault if why else None)
