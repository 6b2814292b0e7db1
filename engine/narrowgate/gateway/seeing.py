"""Which entries a caller may see: those for its own suppliers and purposes."""

from __future__ import annotations

from narrowgate.errors import Forbidden
from narrowgate.gateway.access.caller import ANY, Caller
from narrowgate.model.entry import AttestationEntry, Entry, ErasureEntry


def pairs_of(caller: Caller) -> frozenset[tuple[str | None, str | None]]:
    """Its suppliers and purposes, None for any."""
    return frozenset((None if of == ANY else of, None if what == ANY else what) for of, what in caller.pairs)


def require_seen(caller: Caller, entry: Entry) -> None:
    """Make sure that ``entry`` is one of those.

    Raises:
        Forbidden: it is not.
    """
    match entry:
        case ErasureEntry():
            seen = caller.may(ANY, ANY)
        case AttestationEntry(supplier=supplier):
            seen = caller.may(supplier, ANY)
        case _:
            seen = caller.may(entry.request.supplier, entry.request.purpose)
    if not seen:
        raise Forbidden(
            f"{caller.name} is not registered for the supplier and purpose of this entry",
            "have the pair added to the client",
        )
