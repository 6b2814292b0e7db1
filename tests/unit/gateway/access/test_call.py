"""What a call says of who makes it."""

from __future__ import annotations

import pytest

from narrowgate.errors import Unauthenticated
from narrowgate.gateway.access.addresses import Proxies
from narrowgate.gateway.access.call import Call, call_of
from support.identity import scope_of

PROXY, STRANGER = "192.0.2.7", "198.51.100.9"
PROXIES = Proxies((PROXY,))


def test_what_it_says() -> None:
    headers = {"Authorization": "Bearer x", "Client-Cert": ":AA==:", "X-Forwarded-For": "203.0.113.5", "Accept": "*/*"}
    assert call_of(scope_of(headers, PROXY), PROXIES) == Call("203.0.113.5", "Bearer x", ":AA==:")
    assert call_of(scope_of({}, STRANGER), PROXIES) == Call(STRANGER)
    assert call_of(scope_of({"X-Forwarded-For": "203.0.113.5"}, STRANGER), PROXIES) == Call(STRANGER)
    assert call_of(scope_of() | {"client": None}, PROXIES) == Call("")


@pytest.mark.parametrize("header", ["Client-Cert", "Client-Cert-Chain"])
def test_a_certificate_that_no_proxy_tells_of_is_refused(header: str) -> None:
    for headers in ({header: ":AA==:"}, {header: ":AA==:", "Authorization": "Bearer x"}):
        for proxies in (PROXIES, Proxies()):
            with pytest.raises(Unauthenticated, match="no trusted proxy"):
                call_of(scope_of(headers, STRANGER), proxies)


@pytest.mark.parametrize("header", [b"authorization", b"client-cert"])
def test_what_is_said_twice_is_refused(header: bytes) -> None:
    scope = scope_of({}, PROXY) | {"headers": [(header, b"one"), (header, b"two")]}
    with pytest.raises(Unauthenticated, match="twice"):
        call_of(scope, PROXIES)


def test_addresses_in_several_headers_are_one_list() -> None:
    scope = scope_of({}, PROXY)
    scope["headers"] = [(b"x-forwarded-for", b"10.9.9.9"), (b"x-forwarded-for", b"203.0.113.5")]
    assert call_of(scope, PROXIES).address == "203.0.113.5"
