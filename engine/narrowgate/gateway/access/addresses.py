"""Addresses: whose they are, and which of them count as one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from narrowgate.errors import SourceError

_ONE_SUBSCRIBER = 64
"""Bits of an IPv6 address that tell one subscriber from another (RFC 6177)."""
_REMEMBERED = 1024


class Proxies:
    """The proxies whose word is taken for who is behind them.

    Args:
        addresses: of the proxies, or networks that hold nothing else, ``10.0.4.0/28``.

    Raises:
        SourceError: one is no address.
    """

    def __init__(self, addresses: Sequence[str] = ()) -> None:
        try:
            self._networks = tuple(ip_network(each) for each in addresses)
        except ValueError:
            raise SourceError(
                "setting gateway.proxies: one is neither an address nor a network",
                "write it like 10.0.4.7 or 10.0.4.0/28",
            ) from None
        self.trusts = lru_cache(_REMEMBERED)(self._trusts)

    def __bool__(self) -> bool:
        return bool(self._networks)

    def _trusts(self, address: str) -> bool:
        """Whether the proxy at ``address`` is one of them."""
        found = parse_address(address)
        return found is not None and any(found in network for network in self._networks)

    def behind(self, peer: str, forwarded_for: str) -> str:
        """Where a call comes from: the last address in X-Forwarded-For that is none of theirs.

        Args:
            peer: who sent it.
            forwarded_for: the header; what a stranger says there is not believed.
        """
        found = peer
        for each in reversed(forwarded_for.split(",")):
            if not self.trusts(found) or parse_address(each.strip()) is None:
                break
            found = each.strip()
        return found


@lru_cache(4096)
def parse_address(text: str) -> IPv4Address | IPv6Address | None:
    """The address that ``text`` writes, an IPv4 one as such however it is written; None where it is none."""
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def is_loopback(host: str) -> bool:
    """Whether a host, by name or address, can be nowhere but here."""
    found = parse_address(host)
    return host.lower() == "localhost" if found is None else found.is_loopback


def subscriber(address: str) -> str:
    """What stands for everybody who could have this address as well as another: an IPv6 network, or itself."""
    found = parse_address(address)
    if isinstance(found, IPv6Address):
        return str(ip_network((found, _ONE_SUBSCRIBER), strict=False))
    return address if found is None else str(found)
