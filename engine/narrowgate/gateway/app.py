"""The application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from narrowgate import __version__
from narrowgate.gateway.access.access import Access
from narrowgate.gateway.access.guard import Guard
from narrowgate.gateway.console.console import Console
from narrowgate.gateway.description import TAGS, Application
from narrowgate.gateway.gatehouse import Gatehouse
from narrowgate.gateway.headers import SecurityHeaders
from narrowgate.gateway.observing.middleware import Observed
from narrowgate.gateway.problems import install_problems
from narrowgate.gateway.quick import ShortWay
from narrowgate.gateway.routes import routers

_CORS_SENT = ("Authorization", "Content-Type", "Idempotency-Key", "Prefer")
_CORS_SEEN = ("Narrowgate-Receipt", "Content-Digest", "Content-Disposition", "Location", "Retry-After", "X-Request-Id")


def routed() -> Application:
    """The routes with nothing behind them, which is enough to describe them."""
    app = Application(
        title="Narrowgate",
        version=__version__,
        summary="The narrow gate between HR systems and suppliers.",
        openapi_tags=TAGS,
        generate_unique_id_function=lambda route: route.name,
        # Swagger's page fetches its scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
        # The address to go to would quote the call.
        redirect_slashes=False,
        lifespan=_open,
    )
    install_problems(app)
    for router in routers():
        app.include_router(router)
    return app


def create_app(house: Gatehouse, access: Access) -> Application:
    """The application over ``house``, for those whom ``access`` lets in."""
    app = routed()
    app.state.house, app.state.access = house, access
    app.state.console = Console(house.serving)
    # The last to be added is the first to see a call.
    app.add_middleware(ShortWay, routers=routers())
    app.add_middleware(Guard, access=access)
    if origins := house.serving.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["*"],
            allow_headers=_CORS_SENT,
            expose_headers=_CORS_SEEN,
        )
    app.add_middleware(Observed, count=house.observing.metrics.count, tracing=house.observing.tracer)
    app.add_middleware(SecurityHeaders, proxies=access.proxies, is_off=access.is_off)
    return app


@asynccontextmanager
async def _open(app: FastAPI) -> AsyncIterator[None]:
    yield
    await app.state.house.close()
