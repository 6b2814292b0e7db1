"""Who looks at a page."""

from __future__ import annotations

from dataclasses import dataclass

from narrowgate.gateway.access.caller import Caller
from narrowgate.gateway.access.scopes import Scope


@dataclass(frozen=True)
class Visitor:
    """Somebody who may look at pages.

    Args:
        caller: who they are.
        token: what their forms carry, so that nobody else's are taken for theirs.
        signed_in: whether they have said who they are; otherwise nobody is asked.
    """

    caller: Caller
    token: str
    signed_in: bool

    def may(self, scope: Scope | str) -> bool:
        """Whether they may do what ``scope`` says."""
        return Scope(scope) in self.caller.scopes
