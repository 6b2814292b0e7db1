"""Key sets that are kept up to date."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from narrowgate.errors import Busy, SourceError
from narrowgate.gateway.access.key_source import KeySource
from narrowgate.model.algorithm import Algorithm
from support.clock import Clock
from support.identity import jwk, key_set, rsa_key

ONE, TWO = jwk(rsa_key(), "one"), jwk(rsa_key(1), "two")


class Provider(ThreadingHTTPServer):
    """Publishes a key set, and counts how often it is asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.body, self.status, self.location, self.asked = key_set(ONE).encode(), 200, "", 0
        self.url = f"http://127.0.0.1:{self.server_address[1]}/keys"


class _Handler(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        self.server.asked += 1
        self.send_response(self.server.status)
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def serving(provider: Provider) -> Iterator[None]:
    thread = Thread(target=provider.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield
    finally:
        provider.shutdown()
        thread.join()
        provider.server_close()


@pytest.fixture
def provider() -> Iterator[Provider]:
    made = Provider()
    with serving(made):
        yield made


def knows(source: KeySource, kid: str) -> bool:
    return asyncio.run(source.key(Algorithm.RS256, kid)) is not None


def test_it_is_fetched_once_for_many(provider: Provider) -> None:
    source = KeySource(provider.url, Clock())

    async def many() -> int:
        keys = await asyncio.gather(*(source.key(Algorithm.RS256, "one") for _ in range(20)))
        return sum(key is not None for key in keys)

    assert asyncio.run(many()) == 20
    assert provider.asked == 1
    assert source.state() is None


def test_an_unknown_key_has_it_fetched_anew_but_not_at_every_call(provider: Provider) -> None:
    clock = Clock()
    source = KeySource(provider.url, clock)
    assert knows(source, "one")
    provider.body = key_set(ONE, TWO).encode()
    for _ in range(5):
        assert not knows(source, "two")
    assert provider.asked == 1
    clock.at += 15
    assert knows(source, "two")
    assert not knows(source, "three")
    assert provider.asked == 2


def test_a_key_that_is_withdrawn_is_not_gone_by_for_long(provider: Provider) -> None:
    clock = Clock()
    source = KeySource(provider.url, clock)
    assert knows(source, "one")
    provider.body = key_set(TWO).encode()
    clock.at += 599
    assert knows(source, "one")
    clock.at += 1
    assert not knows(source, "one")
    assert knows(source, "two")


def test_a_provider_that_is_away_is_told_of_and_forgotten_in_the_end(provider: Provider) -> None:
    clock = Clock()
    source = KeySource(provider.url, clock)
    assert knows(source, "one")
    provider.status = 500
    clock.at += 600
    assert knows(source, "one")
    told = source.state()
    assert told is not None
    assert provider.url in told
    clock.at += 24 * 3600 - 600
    with pytest.raises(Busy, match="cannot be had") as caught:
        knows(source, "one")
    assert caught.value.retry_after == 15
    provider.status = 200
    clock.at += 15
    assert knows(source, "one")
    assert source.state() is None


@pytest.mark.parametrize("wrong", ["404", "elsewhere", "not JSON", "too long", "nobody there"])
def test_what_cannot_be_had(provider: Provider, wrong: str) -> None:
    other, url = Provider(), provider.url
    with serving(other):
        if wrong == "404":
            provider.status = 404
        elif wrong == "elsewhere":
            provider.status, provider.location = 302, other.url
        elif wrong == "not JSON":
            provider.body = b"<html>"
        elif wrong == "too long":
            provider.body = provider.body + b" " * (1 << 20)
    if wrong == "nobody there":
        url = other.url
    source = KeySource(url, Clock())
    with pytest.raises(Busy):
        knows(source, "one")
    assert source.state()
    assert other.asked == 0


def test_a_file_is_read_anew(tmp_path: Path) -> None:
    file, clock = tmp_path / "jwks.json", Clock()
    file.write_text(key_set(ONE))
    source = KeySource(str(file), clock)
    assert knows(source, "one")
    file.write_text(key_set(TWO))
    clock.at += 1
    assert not knows(source, "one")
    assert knows(source, "two")
    file.write_text("{}")
    clock.at += 1
    assert knows(source, "two")
    assert source.state()


@pytest.mark.parametrize("where", ["http://idp.example/keys", "ftp://idp.example/keys", "https:", "/nowhere/jwks.json"])
def test_where_a_key_set_cannot_come_from(where: str) -> None:
    with pytest.raises(SourceError):
        KeySource(where)
