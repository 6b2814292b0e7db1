"""The guard before the routes."""

from __future__ import annotations

import asyncio
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Message, Receive, Scope, Send

from narrowgate.gateway.access.access import Access
from narrowgate.gateway.access.guard import Guard
from support.identity import EVERYTHING, bearer, register, scope_of, serving


async def _app(scope: Scope, receive: Receive, send: Send) -> None:
    """Tells who the guard says is calling."""
    caller = getattr(Request(scope).state, "caller", None)
    answer: Response = PlainTextResponse(caller.name if caller else "unknown")
    await answer(scope, receive, send)


def told(access: Access, path: str, headers: dict[str, str]) -> tuple[int, str]:
    """Status and body."""
    messages: list[Message] = []

    async def send(message: Message) -> None:
        messages.append(message)

    async def receive() -> Message:
        raise AssertionError("nothing is to be read")

    asyncio.run(Guard(_app, access)(scope_of(headers, path=path), receive, send))
    return messages[0]["status"], messages[1]["body"].decode()


def test_the_caller_is_handed_on(tmp_path: Path) -> None:
    key = register(tmp_path / "clients.yaml", hr=EVERYTHING)["hr"]
    access = Access.of(serving(tmp_path))
    assert told(access, "/v1/exports", bearer(key)) == (200, "hr")
    assert told(access, "/v1/exports", {})[0] == 401
    assert told(access, "/nothing", {})[0] == 401


def test_what_is_open_is_open_and_nothing_like_it(tmp_path: Path) -> None:
    register(tmp_path / "clients.yaml", hr=EVERYTHING)
    access = Access.of(serving(tmp_path))
    for path in ("/healthz", "/readyz", "/console", "/console/", "/console/sign-in"):
        assert told(access, path, {}) == (200, "unknown")
    for path in ("/healthz/", "/Healthz", "/healthz/x", "//readyz", "/consoles", "/CONSOLE", "/", ""):
        assert told(access, path, {})[0] == 401


def test_off_the_console_too_is_for_whoever_is_here() -> None:
    access = Access.off()
    assert told(access, "/console", {"Host": "localhost"}) == (200, "anybody")
    for path in ("/console", "/v1/exports"):
        assert told(access, path, {"Host": "rebound.example"})[0] == 403
    assert told(access, "/healthz", {"Host": "rebound.example"}) == (200, "unknown")
