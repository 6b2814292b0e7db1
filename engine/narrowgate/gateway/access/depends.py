"""Access as routes ask for it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import Depends, Request

from narrowgate.gateway.access.caller import ANYBODY, Caller
from narrowgate.gateway.access.scopes import Scope


def allowed(scope: Scope) -> Any:
    """A dependency: the caller, who may do what ``scope`` says.

    Raises:
        Unauthenticated: nobody has proved who they are.
        Forbidden: the client is not registered for that.
    """
    return Depends(_requiring(scope))


def _requiring(scope: Scope) -> Callable[[Request], Awaitable[Caller]]:
    async def caller(request: Request) -> Caller:
        found = ANYBODY
        found.require(scope)
        return found

    return caller
