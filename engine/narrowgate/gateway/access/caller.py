"""Who is calling, and what they are registered for."""

from __future__ import annotations

from dataclasses import dataclass

from narrowgate.errors import Forbidden
from narrowgate.model.scope import Scope

ANY = "*"
"""Stands for every supplier or purpose."""


@dataclass(frozen=True)
class Caller:
    """A client that has proved who it is.

    Args:
        name: as it is registered.
        scopes: what it may do.
        pairs: the suppliers and purposes that it may do it for; ``*`` stands for any.
        rate: calls a minute that it may make; None: as many as any client.
    """

    name: str
    scopes: frozenset[Scope]
    pairs: frozenset[tuple[str, str]]
    rate: int | None = None

    def require(self, scope: Scope) -> None:
        """Raise ``Forbidden`` where it is not registered for ``scope``."""
        if scope not in self.scopes:
            raise Forbidden(
                f"{self.name} is not registered for {scope}, or its token is not for that",
                "have the scope added to the client, or ask for a token with it",
            )

    def may(self, supplier: str, purpose: str) -> bool:
        """Whether it is registered for a supplier and purpose."""
        return any(of in {ANY, supplier} and what in {ANY, purpose} for of, what in self.pairs)

    def require_pair(self, supplier: str, purpose: str) -> None:
        """Raise ``Forbidden`` where it is not registered for a supplier and purpose."""
        if not self.may(supplier, purpose):
            raise Forbidden(
                f"{self.name} is not registered for that supplier and purpose", "have the pair added to the client"
            )


ANYBODY = Caller("anybody", frozenset(Scope), frozenset({(ANY, ANY)}))
"""Who calls where nobody is asked who they are: on loopback, with access control off."""
