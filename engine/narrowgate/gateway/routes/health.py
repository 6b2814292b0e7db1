"""``GET /healthz`` and ``GET /readyz``. Nobody is asked who they are."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Response

from narrowgate.gateway.gatehouse import House
from narrowgate.gateway.observing.readiness import is_ready
from narrowgate.model.base import Document

router = APIRouter(tags=["operation"])


class Health(Document):
    """That the process answers."""

    status: Literal["ok"] = "ok"


class State(Document):
    """One thing that is needed to answer calls."""

    ok: bool
    reason: str | None = None
    """What is wrong."""


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
async def readyz(house: House, response: Response) -> Ready:
    """Whether the engine answers by policies that were vetted, and the ledger can be written.

    Also whether policies and clients that were changed have been taken over: where they have not, the gateway goes on
    by those before, and is ready.
    """
    states = await house.observing.readiness.states()
    ready = is_ready(states)
    response.status_code = 200 if ready else 503
    return Ready(ready=ready, states={name: State(ok=reason is None, reason=reason) for name, reason in states.items()})
