"""Asks every call who makes it, before anything of it is read."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from narrowgate.errors import AccessError, Busy
from narrowgate.gateway.access.access import Access
from narrowgate.gateway.problems import problem

PUBLIC = frozenset({"/healthz", "/readyz"})
"""What anybody may ask."""
CONSOLE = "/console"
"""Below it people sign in, which the console sees to itself."""


class Guard:
    """Lets a call in with ``request.state.caller`` set, or answers that it may not come in.

    Whatever is not named here needs a client, so a route that forgets to ask for one is not open to everybody.
    """

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app, self._access = app, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Ask, and pass the call on or not."""
        if scope["type"] == "http" and not self._is_open(scope["path"]):
            try:
                scope.setdefault("state", {})["caller"] = await self._access.caller(scope)
            except (AccessError, Busy) as error:
                await problem(error)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _is_open(self, path: str) -> bool:
        if path in PUBLIC:
            return True
        of_console = path == CONSOLE or path.startswith(f"{CONSOLE}/")
        return of_console and not self._access.is_off
