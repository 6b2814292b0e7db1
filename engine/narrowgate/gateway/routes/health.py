"""``GET /healthz``."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter()


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """Whether the process answers. Nobody is asked who they are."""
    return {"status": "ok"}
