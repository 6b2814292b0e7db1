"""Pages ask here who looks at them, and whether a form is theirs."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from fastapi import Depends, Request

from narrowgate.errors import Forbidden, Unauthenticated
from narrowgate.gateway.access.caller import ANYBODY
from narrowgate.gateway.console import cookies
from narrowgate.gateway.console.console import Console
from narrowgate.gateway.console.visitor import Visitor
from narrowgate.model.scope import Scope

_AGAIN = "open the page anew, and fill the form in again"


def visiting(scope: Scope | None = None) -> Any:
    """A dependency: the visitor, who may do what ``scope`` says. A form is looked at no further if it comes from afar.

    Raises:
        Unauthenticated: they have not signed in.
        Forbidden: they may not see the page.
    """
    return Depends(_requiring(scope))


def _requiring(scope: Scope | None) -> Callable[[Request], Awaitable[Visitor]]:
    async def visitor(request: Request) -> Visitor:
        found = request.state.visitor = await _visitor(request)
        request.state.caller = found.caller
        if scope is not None:
            found.caller.require(scope)
        if request.method == "POST":
            require_from_here(request)
        return found

    return visitor


async def _visitor(request: Request) -> Visitor:
    console: Console = request.app.state.console
    registry = request.app.state.access.registry
    if registry is None:
        return Visitor(ANYBODY, console.token, signed_in=False)
    secret = cookies.read(request, cookies.SESSION)
    session = console.sessions.find(secret) if secret else None
    if registry.has_changed():
        await asyncio.to_thread(registry.look)
    caller = registry.by_name(session.name) if session else None
    if session is None or caller is None:
        raise Unauthenticated("nobody is signed in", "sign in")
    return Visitor(caller, session.token, signed_in=True)


def require_from_here(request: Request) -> None:
    """Make sure that a form was sent by a page of ours.

    Raises:
        Forbidden: it was not, or the browser does not say.
    """
    origin = urlsplit(request.headers.get("origin", "")).netloc
    public = urlsplit(request.app.state.house.serving.public_url or "").netloc
    if not origin or origin not in {request.headers.get("host"), public}:
        raise Forbidden("this form does not come from here", _AGAIN)


def require_token(given: object, token: str) -> None:
    """Make sure that a form is the visitor's own.

    Raises:
        Forbidden: it is not.
    """
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), token.encode()):
        raise Forbidden("this form is none of yours, or of an earlier session", _AGAIN)
