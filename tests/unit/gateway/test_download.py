"""A file as an answer, to clients that stay, leave or do not read."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from narrowgate.gateway import download
from narrowgate.gateway.download import Download

CONTENT = b"0123456789" * 10
BLOCK = 40


class Client:
    """Leaves, or stops to read, once it has got so many bytes; None: never."""

    def __init__(self, leaves: int | None = None, stops: int | None = None) -> None:
        self._leaves, self._stops, self._gone = leaves, stops, asyncio.Event()
        self.got, self.whole = b"", False

    async def receive(self) -> dict[str, Any]:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            return
        if self._stops is not None and len(self.got) >= self._stops:
            await asyncio.Event().wait()
        self.got += message["body"]
        self.whole = not message["more_body"]
        if self._leaves is not None and len(self.got) >= self._leaves:
            self._gone.set()


def sent(path: Path, content: bytes = CONTENT, **client: int) -> tuple[Client, list[bool]]:
    """The client, and what was told in the end."""
    path.write_bytes(content)
    told: list[bool] = []

    async def send() -> Client:
        made = Client(**client)
        answer = Download(path, "text/csv", {}, 0.05, told.append)
        assert answer.headers["content-length"] == str(len(content))
        await answer({"type": "http"}, made.receive, made.send)
        assert len(asyncio.all_tasks()) == 1
        return made

    return asyncio.run(send()), told


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "_BLOCK", BLOCK)


@pytest.mark.parametrize("content", [b"", b"x", CONTENT])
def test_a_client_that_stays(tmp_path: Path, content: bytes) -> None:
    client, told = sent(tmp_path / "release", content)
    assert (client.got, client.whole, told) == (content, True, [True])


@pytest.mark.parametrize("content", [b"x", CONTENT])
def test_a_client_that_leaves_as_soon_as_it_has_got_all(tmp_path: Path, content: bytes) -> None:
    client, told = sent(tmp_path / "release", content, leaves=len(content))
    assert (client.got, told) == (content, [True])


def test_a_client_that_leaves_before(tmp_path: Path) -> None:
    client, told = sent(tmp_path / "release", leaves=BLOCK)
    assert len(client.got) < len(CONTENT)
    assert (client.whole, told) == (False, [False])


@pytest.mark.parametrize("stops", [0, BLOCK, len(CONTENT)])
def test_a_client_that_does_not_read(tmp_path: Path, stops: int) -> None:
    client, told = sent(tmp_path / "release", stops=stops)
    assert (len(client.got), client.whole, told) == (stops, False, [False])
