"""A short way to routes that have to answer at once: what a framework does for a call takes longer than they do."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Receive, Scope, Send


class QuickRoute(APIRoute):
    """A route that finds its arguments by itself.

    What it is said to take is what its function is written to take; ``quick`` has to be as strict with it.
    """

    async def quick(self, request: Request) -> Response:
        """The answer to a request."""
        raise NotImplementedError

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """See ``APIRoute``."""
        return self.quick


class ShortWay:
    """Passes calls on to the application, but for those of quick routes, which it finds by their path alone.

    Args:
        routers: those of the application.
    """

    def __init__(self, app: ASGIApp, routers: Iterable[APIRouter]) -> None:
        self._app = app
        found = [route for router in routers for route in router.routes if isinstance(route, QuickRoute)]
        self._quick = {(method, route.path): route for route in found for method in route.methods or ()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or have the application answer."""
        route = self._quick.get((scope["method"], scope["path"])) if scope["type"] == "http" else None
        if route is None:
            await self._app(scope, receive, send)
            return
        scope["route"], request = route, Request(scope, receive, send)
        try:
            response = await route.quick(request)
        except Exception as error:
            handlers = scope["app"].exception_handlers
            handler = next((handlers[kind] for kind in type(error).__mro__ if kind in handlers), None)
            if handler is None:
                raise
            response = await handler(request, error)
        await response(scope, receive, send)
