"""``/console``: the pages, found by being in ``console/pages``."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from narrowgate.errors import NotThere
from narrowgate.gateway.console.navigation import ROOT
from narrowgate.gateway.console.pages import modules
from narrowgate.gateway.console.route import error_page, page_router

router = APIRouter(include_in_schema=False)
for module in modules():
    router.include_router(module.router, prefix=ROOT)

_rest = page_router()


@_rest.api_route("/{path:path}", methods=["GET", "POST"])
async def nothing(request: Request) -> Response:
    """What is none of the pages."""
    return error_page(request, NotThere("there is nothing at this address", "go back to the front page"))


router.include_router(_rest, prefix=ROOT)
