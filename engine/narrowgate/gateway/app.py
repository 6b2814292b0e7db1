"""The application."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from narrowgate import __version__
from narrowgate.gateway.gatehouse import Gatehouse
from narrowgate.gateway.problems import MEDIA_TYPE, install_problems
from narrowgate.gateway.routes import routers

_PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"description": text, "content": {MEDIA_TYPE: {}}}
    for status, text in {
        400: "The call is wrong",
        401: "Nobody has proved who they are",
        403: "Refused, or the client is not registered for that",
        422: "The export is malformed",
        503: "No decision can be had, or no release recorded",
    }.items()
}


def create_app(house: Gatehouse) -> FastAPI:
    """The application over ``house``."""
    app = FastAPI(
        title="Narrowgate",
        version=__version__,
        summary="The narrow gate between HR systems and suppliers.",
        responses=_PROBLEMS,
        # Swagger's page fetches its scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
    )
    app.state.house = house
    install_problems(app)
    for router in routers():
        app.include_router(router)
    return app
