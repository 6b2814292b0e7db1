"""Gateways for tests: in this process, listening in a thread, or as a process of their own."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi.testclient import TestClient

from narrowgate.gateway.access.access import Access
from narrowgate.gateway.app import create_app
from narrowgate.gateway.gatehouse import Gatehouse
from narrowgate.gateway.server import Server
from narrowgate.gateway.stopping import Stop
from narrowgate.ledger.questions.releases import Filter, list_entries
from narrowgate.model.serving import Serving
from narrowgate.service import Gate
from support.processes import wait_until

CARDS = {"supplier": "cardco", "purpose": "id_card_print", "on": "2026-06-01"}
CARDS_QUERY = "supplier=cardco&purpose=id_card_print&on=2026-06-01"
CSV = {"Content-Type": "text/csv"}
ASYNC = {"Prefer": "respond-async"}


@contextmanager
def answering(house: Gatehouse) -> Iterator[TestClient]:
    """A client of a gateway in this process. Nothing is left of its files in the end."""
    app = create_app(house, Access.of(house.serving))
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as made:
        yield made
    assert house.files.is_idle
    assert house.files.spool.used == 0


def problem(answer: Any, status: int, kind: str) -> dict[str, Any]:
    """The problem document that ``answer`` must be."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert document["type"].endswith(f"/{kind}")
    assert document["status"] == status
    assert document["remedy"]
    return document


def entered(gate: Gate) -> int:
    """How many entries the gate's ledger has."""
    newest = list_entries(gate.require_ledger().store, Filter(), 1).entries
    return newest[0].number + 1 if newest else 0


@contextmanager
def listening(gate: Gate, serving: Serving) -> Iterator[tuple[Gatehouse, int]]:
    """A gateway that listens in a thread of this process, and its port."""
    house = Gatehouse(gate, serving)
    app = create_app(house, Access.of(serving))
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, access_log=False)
    server = Server(config, house, serving.stopping)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_until(lambda: server.started)
        yield house, server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()


def asking(
    port: int, length: int, begun: bytes = b"", path: str = f"/v1/exports?{CARDS_QUERY}", *headers: str
) -> socket.socket:
    """A connection on which an export of ``length`` bytes has been announced, and begun."""
    connection = socket.socket()
    # So that a release does not fit into what the system keeps for the two ends.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
    connection.settimeout(30)
    connection.connect(("127.0.0.1", port))
    usual = (f"POST {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: text/csv", f"Content-Length: {length}")
    connection.sendall("\r\n".join([*usual, *headers, "", ""]).encode() + begun)
    return connection


def answer_on(connection: socket.socket) -> bytes:
    """All that comes until the other end closes the connection."""
    found = b""
    while piece := connection.recv(65536):
        found += piece
    return found


class Brake:
    """Stops a gate's judging until it is let go, and knows who was told to stop meanwhile."""

    def __init__(self, gate: Gate, patched: pytest.MonkeyPatch) -> None:
        self.reached, self._going, self.stopped = threading.Event(), threading.Event(), threading.Event()
        judge, want = gate.engine.judge, Stop.want

        def held(*arguments: Any) -> Any:
            self.reached.set()
            assert self._going.wait(30)
            return judge(*arguments)

        def wanted(stop: Stop) -> None:
            want(stop)
            self.stopped.set()

        patched.setattr(gate.engine, "judge", held)
        patched.setattr(Stop, "want", wanted)

    def let_go(self) -> None:
        """Let everything go on."""
        self._going.set()

    def let_go_when_stopped(self) -> None:
        """Let everything go on once somebody was told to stop."""
        assert self.stopped.wait(30)
        self.let_go()


@dataclass(frozen=True)
class Served:
    """A gateway as a process of its own."""

    process: subprocess.Popen[bytes]
    port: int
    folder: Path

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def spool(self) -> Path:
        """Where its temporary files are."""
        return self.folder / "spool"

    def files(self) -> set[Path]:
        """Temporary files of calls."""
        return {path for path in self.spool.glob("*/narrowgate-call-*/**/*") if path.is_file()}


@contextmanager
def served(folder: Path, *options: object, **settings: object) -> Iterator[Served]:
    """``narrowgate serve`` with its ledger, keys and spool in ``folder``. What it still runs is killed in the end."""
    usual = {"KEYS": folder / "keys", "LEDGER": folder / "ledger.db", "GATEWAY_SPOOL": folder / "spool"}
    environment = {f"NARROWGATE_{name}": str(value) for name, value in (usual | settings).items()}
    log = folder / "serve.log"
    with (
        log.open("wb") as stderr,
        subprocess.Popen(
            [sys.executable, "-m", "narrowgate", "serve", "--port", "0", *map(str, options)],
            env=os.environ | environment,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
        ) as process,
    ):
        try:
            wait_until(lambda: _port(log) is not None or process.poll() is not None)
            port = _port(log)
            assert port is not None, log.read_text()
            yield Served(process, port, folder)
        finally:
            process.kill()


def _port(log: Path) -> int | None:
    found = re.search(r"running on http://[0-9.]+:([0-9]+)", log.read_text())
    return int(found[1]) if found else None


@contextmanager
def getting(
    port: int, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b""
) -> Iterator[HTTPResponse]:
    """An answer as it comes; the connection is dropped when the block is left."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, body, headers or {})
        yield connection.getresponse()
    finally:
        connection.close()
