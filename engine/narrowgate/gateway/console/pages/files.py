"""``/console/static``: the few files that pages fetch. Nobody is asked who they are."""

from __future__ import annotations

from pathlib import Path

from fastapi import Response

from narrowgate.errors import NotThere
from narrowgate.gateway.console.route import page_router
from narrowgate.gateway.console.static_files import MEDIA_TYPES, static_files

router = page_router()


@router.get("/static/{name}")
async def static(name: str) -> Response:
    """One of them."""
    content = static_files().get(name)
    if content is None:
        raise NotThere("there is nothing at this address", "go back to the front page")
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(content, headers=headers, media_type=MEDIA_TYPES[Path(name).suffix])
