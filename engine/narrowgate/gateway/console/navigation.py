"""The way from page to page."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from narrowgate.gateway.access.caller import Caller
from narrowgate.model.scope import Scope

ROOT = "/console"
SIGN_IN = f"{ROOT}/sign-in"
CALLBACK = f"{SIGN_IN}/callback"


@dataclass(frozen=True)
class Entry:
    """A page in the navigation.

    Args:
        title: what it is called there.
        path: its address.
        place: where it stands among the others.
        scope: what one must be allowed to do to see it; None: anybody who is signed in.
    """

    title: str
    path: str
    place: int
    scope: Scope | None = None

    def leads_to(self, path: str) -> bool:
        """Whether ``path`` is its page, or one below it."""
        return path == self.path or (self.path != ROOT and path.startswith(f"{self.path}/"))


@cache
def entries() -> tuple[Entry, ...]:
    """Every page that has an entry, in their order."""
    from narrowgate.gateway.console.pages import modules

    found = (module.ENTRY for module in modules() if hasattr(module, "ENTRY"))
    return tuple(sorted(found, key=lambda entry: entry.place))


def open_to(caller: Caller) -> list[Entry]:
    """The entries of the pages that ``caller`` may see."""
    return [entry for entry in entries() if entry.scope is None or entry.scope in caller.scopes]
