"""Who looks at a page."""

from __future__ import annotations

from dataclasses import dataclass

from narrowgate.gateway.access.caller import ANY, Caller
from narrowgate.model.scope import Scope


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


def narrowed(caller: Caller, supplier: str, purpose: str) -> tuple[str, str]:
    """The supplier and purpose that are asked about, empty for all of them, brought within what the caller may see.

    Raises:
        Forbidden: nothing of that may be seen.
    """
    if not caller.may(supplier or ANY, purpose or ANY):
        fits = [(of, what) for of, what in caller.pairs if supplier in {"", of} or of == ANY]
        fits = sorted((of, what) for of, what in fits if purpose in {"", what} or what == ANY)
        of, what = fits[0] if fits else ("", "")
        supplier, purpose = supplier or of.replace(ANY, ""), purpose or what.replace(ANY, "")
    caller.require_pair(supplier or ANY, purpose or ANY)
    return supplier, purpose
