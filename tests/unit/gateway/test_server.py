"""The server: connections on which nothing comes of what comes."""

from __future__ import annotations

import socket

import requests

from narrowgate.model.serving import Serving
from narrowgate.service import Gate
from support.gateway import answer_on, asking, listening


def trickled(connection: socket.socket) -> bytes:
    """What comes until the other end closes the connection, on which a byte is sent again and again."""
    connection.settimeout(0.02)
    found = b""
    try:
        while True:
            try:
                connection.sendall(b"x")
                piece = connection.recv(65536)
            except TimeoutError:
                continue
            if not piece:
                return found
            found += piece
    except ConnectionError:
        return found


def test_a_call_that_never_begins(gate: Gate) -> None:
    with listening(gate, Serving(upload_idle=0.3)) as (_, port):
        with socket.create_connection(("127.0.0.1", port), timeout=30) as silent:
            assert silent.recv(65536) == b""
        with socket.create_connection(("127.0.0.1", port), timeout=30) as slow:
            slow.sendall(b"POST /v1/exports HTTP/1.1\r\nX-Slow: ")
            assert trickled(slow) == b""


def test_a_second_call_that_never_begins(gate: Gate) -> None:
    with (
        listening(gate, Serving(upload_idle=0.3)) as (_, port),
        socket.create_connection(("127.0.0.1", port), timeout=30) as slow,
    ):
        slow.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert b" 200 " in slow.recv(65536).partition(b"\r\n")[0]
        slow.sendall(b"GET /healthz HTTP/1.1\r\nX-Slow: ")
        assert trickled(slow) == b""


def test_a_body_that_goes_on_after_its_answer(gate: Gate) -> None:
    with listening(gate, Serving(upload_idle=0.3, max_upload=10)) as (house, port):
        with asking(port, 1_000_000) as too_large:
            assert b" 413 " in trickled(too_large).partition(b"\r\n")[0]
        assert house.files.is_idle


def test_calls_that_take_longer_are_none_of_these(gate: Gate) -> None:
    """What is under way is looked after by whoever does it."""
    with listening(gate, Serving(upload_idle=0.3, upload_rate=1)) as (_, port):
        with requests.Session() as session:
            for _ in range(3):
                assert session.get(f"http://127.0.0.1:{port}/healthz", timeout=30).status_code == 200
        with asking(port, 1000, b"x") as silent:
            assert b" 408 " in answer_on(silent).partition(b"\r\n")[0]
