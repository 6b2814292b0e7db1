"""Whose an address is."""

from __future__ import annotations

import pytest

from narrowgate.errors import SourceError
from narrowgate.gateway.access.addresses import Proxies, is_loopback, subscriber

PROXIES = Proxies(("192.0.2.7", "2001:db8:1::/64", "198.51.100.0/28"))


@pytest.mark.parametrize(
    ("address", "trusted"),
    [
        ("192.0.2.7", True),
        ("::ffff:192.0.2.7", True),
        ("192.0.2.8", False),
        ("2001:db8:1::9", True),
        ("2001:db8:2::9", False),
        ("198.51.100.15", True),
        ("198.51.100.16", False),
        ("", False),
        ("testclient", False),
        ("192.0.2.7 ", False),
    ],
)
def test_only_named_proxies_are_trusted(address: str, trusted: bool) -> None:
    assert PROXIES.trusts(address) is trusted
    assert not Proxies().trusts(address)


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "behind"),
    [
        ("203.0.113.5", "", "203.0.113.5"),
        ("203.0.113.5", "10.9.9.9", "203.0.113.5"),
        ("192.0.2.7", "", "192.0.2.7"),
        ("192.0.2.7", "203.0.113.5", "203.0.113.5"),
        ("192.0.2.7", "10.9.9.9, 203.0.113.5", "203.0.113.5"),
        ("192.0.2.7", "10.9.9.9,203.0.113.5 , 198.51.100.1", "203.0.113.5"),
        ("192.0.2.7", "203.0.113.5, nonsense", "192.0.2.7"),
        ("192.0.2.7", "nonsense, 203.0.113.5", "203.0.113.5"),
        ("192.0.2.7", "198.51.100.1", "198.51.100.1"),
    ],
)
def test_where_a_call_comes_from(peer: str, forwarded_for: str, behind: str) -> None:
    assert PROXIES.behind(peer, forwarded_for) == behind


@pytest.mark.parametrize("address", ["proxy.example", "192.0.2.7/24", "192.0.2.300", ""])
def test_what_is_no_address_is_no_proxy(address: str) -> None:
    with pytest.raises(SourceError, match="setting gateway"):
        Proxies((address,))


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("localhost", True),
        ("LOCALHOST", True),
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("0.0.0.0", False),
        ("192.0.2.1", False),
        ("localhost.example", False),
        ("127.0.0.1.example", False),
        ("", False),
    ],
)
def test_what_can_be_nowhere_but_here(host: str, here: bool) -> None:
    assert is_loopback(host) is here


def test_a_network_of_ipv6_counts_as_one() -> None:
    assert subscriber("2001:db8:1:2:3:4:5:6") == subscriber("2001:db8:1:2::") == "2001:db8:1:2::/64"
    assert subscriber("2001:db8:1:3::") != subscriber("2001:db8:1:2::")
    assert subscriber("::ffff:192.0.2.1") == subscriber("192.0.2.1") == "192.0.2.1"
    assert subscriber("testclient") == "testclient"
