"""Headers that every answer has, and pages elsewhere that may call."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from narrowgate.gateway.access.access import Access
from narrowgate.gateway.access.addresses import Proxies
from narrowgate.gateway.app import create_app
from narrowgate.gateway.gatehouse import Gatehouse
from narrowgate.gateway.headers import SecurityHeaders
from narrowgate.model.serving import Serving
from narrowgate.service import Gate
from support.identity import EVERYTHING, bearer, register, serving

ORIGIN = "https://hr.force.example"


def client(*, is_off: bool = False, peer: str = "198.51.100.9") -> TestClient:
    """A client of an application whose answers have headers of their own, or none."""

    async def plain(_: Request) -> Response:
        return PlainTextResponse("x")

    async def own(_: Request) -> Response:
        return PlainTextResponse("x", headers={"Content-Security-Policy": "img-src 'self'", "Cache-Control": "public"})

    app = Starlette(routes=[Route("/plain", plain), Route("/own", own)])
    wrapped = SecurityHeaders(app, Proxies(("192.0.2.7",)), is_off=is_off)
    return TestClient(wrapped, client=(peer, 1))


def test_every_answer_has_them() -> None:
    for path in ("/plain", "/nothing"):
        headers = client().get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-frame-options"] == "DENY"
        assert headers["cache-control"] == "no-store"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "strict-transport-security" not in headers
        assert "narrowgate-access" not in headers


def test_an_answer_keeps_its_own() -> None:
    headers = client().get("/own").headers
    assert headers.get_list("content-security-policy") == ["img-src 'self'"]
    assert headers.get_list("cache-control") == ["public"]
    assert headers["x-content-type-options"] == "nosniff"


def test_it_is_told_that_access_control_is_off() -> None:
    assert client(is_off=True).get("/plain").headers["narrowgate-access"] == "off"


@pytest.mark.parametrize(
    ("url", "peer", "forwarded", "strict"),
    [
        ("https://testserver/plain", "198.51.100.9", "http", True),
        ("http://testserver/plain", "192.0.2.7", "https", True),
        ("http://testserver/plain", "192.0.2.7", "http", False),
        ("http://testserver/plain", "198.51.100.9", "https", False),
    ],
)
def test_who_came_by_https_is_to_stay_with_it(url: str, peer: str, forwarded: str, strict: bool) -> None:
    answer = client(peer=peer).get(url, headers={"X-Forwarded-Proto": forwarded})
    assert ("strict-transport-security" in answer.headers) is strict


def test_no_page_elsewhere_may_call_unless_it_is_named(gate: Gate, tmp_path: Path) -> None:
    key = register(tmp_path / "clients.yaml", hr=EVERYTHING)["hr"]
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "Authorization"}
    for origins in ((), (ORIGIN,)):
        settings = serving(tmp_path, origins=origins)
        app = create_app(Gatehouse(gate, settings), Access.of(settings))
        with TestClient(app) as calling:
            for origin in (ORIGIN, "https://elsewhere.example"):
                is_named = origin in origins
                first = calling.options("/v1/exports", headers=asked | {"Origin": origin})
                assert first.headers.get("access-control-allow-origin") == (origin if is_named else None)
                assert "access-control-allow-credentials" not in first.headers
                answer = calling.get("/v1/ledger/key", headers=bearer(key) | {"Origin": origin})
                assert answer.status_code == 200
                assert answer.headers.get("access-control-allow-origin") == (origin if is_named else None)
            assert calling.get("/v1/ledger/key", headers={"Origin": ORIGIN}).status_code == 401


@pytest.mark.parametrize("origin", ["*", "null", "hr.force.example", "https://*.force.example", "https://a.example/x"])
def test_an_origin_is_named_in_full(origin: str) -> None:
    with pytest.raises(ValueError, match="origins"):
        Serving(origins=(origin,))
