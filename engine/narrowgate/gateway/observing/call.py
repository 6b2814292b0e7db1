"""What is known of a call once it is over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Call:
    """A call. None of it tells anything of a person."""

    id: str
    client: str | None
    """As it is registered; None where nobody has proved who they are."""
    method: str
    route: str
    """Its template: what stood in the path's places is not told."""
    status: int
    seconds: float
    bytes_in: int
    """Of the body, as far as it was read."""
    bytes_out: int


def method_of(scope: Mapping[str, Any]) -> str:
    """The method, if it is one: callers may send any word."""
    method: str = scope["method"]
    return method if method in _METHODS else "other"


def route_of(scope: Mapping[str, Any]) -> str:
    """The template of the route that took the call; ``none`` where none did."""
    return getattr(scope.get("route"), "path", None) or "none"


def client_of(scope: Mapping[str, Any]) -> str | None:
    """Who called, if they proved it."""
    caller = scope.get("state", {}).get("caller")
    return caller.name if caller is not None else None
