"""What a call says of who makes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from narrowgate.errors import Unauthenticated
from narrowgate.gateway.access.addresses import Proxies

_WANTED = frozenset({b"authorization", b"client-cert", b"client-cert-chain", b"x-forwarded-for"})
_ONCE = (b"authorization", b"client-cert")


@dataclass(frozen=True)
class Call:
    """A call's proofs, none of them looked into yet.

    Args:
        address: where it comes from.
        authorization: the header of that name (RFC 9110, section 11.6.2).
        certificate: the header Client-Cert (RFC 9440), as a trusted proxy gave it.
    """

    address: str
    authorization: str | None = None
    certificate: str | None = None


def call_of(scope: Mapping[str, Any], proxies: Proxies) -> Call:
    """The call that an ASGI scope is of.

    Raises:
        Unauthenticated: it forges what only a proxy may say, or says who it is from twice.
    """
    found: dict[bytes, list[str]] = {}
    for name, value in scope["headers"]:
        if name in _WANTED:
            found.setdefault(name, []).append(value.decode("latin-1"))
    peer = (scope.get("client") or ("",))[0]
    if not found:
        return Call(peer)
    if any(len(found.get(name, ())) > 1 for name in _ONCE):
        raise Unauthenticated("the call says twice who it is from", "send each header once", presented=True)
    if (b"client-cert" in found or b"client-cert-chain" in found) and not proxies.trusts(peer):
        raise Unauthenticated(
            "the header Client-Cert comes from no trusted proxy",
            "call through the proxy, or name the proxy's address in the setting gateway.proxies",
            presented=True,
        )
    return Call(
        proxies.behind(peer, ",".join(found.get(b"x-forwarded-for", ()))),
        found.get(b"authorization", [None])[0],
        found.get(b"client-cert", [None])[0],
    )
