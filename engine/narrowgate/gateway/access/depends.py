"""Access as routes ask for it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase

from narrowgate.errors import Unauthenticated
from narrowgate.gateway.access.access import Access
from narrowgate.gateway.access.caller import Caller
from narrowgate.model.scope import Scope


def allowed(scope: Scope) -> Any:
    """A dependency: the caller, who may do what ``scope`` says.

    Raises:
        Unauthenticated: nobody has proved who they are.
        Forbidden: the client is not registered for that.
    """
    return Depends(Allowed(scope))


class Allowed(SecurityBase):
    """Looks whether the caller, whom the guard has found, may do a thing."""

    model = HTTPBearer(bearerFormat="API key or JWT", description="An API key, or a token of the identity provider.")
    scheme_name = "bearer"

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    async def __call__(self, request: Request) -> Caller:
        """The caller."""
        caller: Caller | None = request.scope.get("state", {}).get("caller")
        if caller is None:
            raise Unauthenticated("nobody has proved who they are", "sign in, or send an API key or a token")
        caller.require(self.scope)
        return caller


async def _access(request: Request) -> Access:
    access: Access = request.app.state.access
    return access


TheAccess = Annotated[Access, Depends(_access)]
"""Access control itself, as routes ask for it."""
