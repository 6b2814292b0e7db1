"""``narrowgate serve``: who may reach it."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
import requests

from support.cli import narrowgate
from support.gateway import served
from support.identity import EVERYTHING, bearer, register


def test_off_it_says_so_loudly_and_answers_only_what_is_here(tmp_path: Path) -> None:
    with served(tmp_path) as gateway:
        url = f"{gateway.url}/v1/ledger/key"
        answer = requests.get(url, timeout=30)
        assert (answer.status_code, answer.headers["Narrowgate-Access"]) == (200, "off")
        for headers in ({"Host": "rebound.example"}, {"X-Forwarded-For": "203.0.113.5"}):
            assert requests.get(url, headers=headers, timeout=30).status_code == 403
        gateway.process.send_signal(signal.SIGTERM)
        gateway.process.wait(60)
    assert "ACCESS CONTROL IS OFF" in (tmp_path / "serve.log").read_text()


def test_with_clients_it_listens_anywhere_and_asks_who_is_calling(tmp_path: Path) -> None:
    clients = tmp_path / "clients.yaml"
    key = register(clients, hr=EVERYTHING)["hr"]
    with served(tmp_path, "--host", "0.0.0.0", GATEWAY_CLIENTS=clients) as gateway:
        url = f"{gateway.url}/v1/ledger/key"
        answer = requests.get(url, timeout=30)
        assert answer.status_code == 401
        assert not {"Narrowgate-Access", "Server"} & set(answer.headers)
        assert requests.get(url, headers=bearer(key), timeout=30).status_code == 200
        # The server's own notion of proxies is not asked.
        told = {"Client-Cert": ":AA==:", "X-Forwarded-For": "203.0.113.5"}
        assert requests.get(url, headers=told, timeout=30).status_code == 401
    log = (tmp_path / "serve.log").read_text()
    assert "ACCESS CONTROL IS OFF" not in log
    assert "unencrypted" in log
    assert key not in log


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "gateway.example"])
def test_off_it_listens_nowhere_else(host: str, tmp_path: Path) -> None:
    done = narrowgate("serve", "--host", host, cwd=tmp_path).require(2)
    assert "not a loopback address" in done.err
    assert "narrowgate client add" in done.err


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"CLIENTS": "nowhere.yaml"}, "nowhere.yaml cannot be read"),
        ({"TOKEN_KEYS": "https://idp.example/keys"}, "no registered clients"),
        ({"CLIENTS": "clients.yaml", "TOKEN_KEYS": "https://idp.example/keys"}, "token_issuer"),
        ({"CLIENTS": "clients.yaml", "PROXIES": "proxy.example"}, "gateway.proxies"),
        ({"CLIENTS": "clients.yaml", "TOKEN_ALGORITHMS": "HS256"}, "token_algorithms"),
        ({"RATE": "0"}, "rate"),
    ],
)
def test_settings_that_are_not_right(settings: dict[str, str], message: str, tmp_path: Path) -> None:
    register(tmp_path / "clients.yaml", hr=EVERYTHING)
    environment = {f"NARROWGATE_GATEWAY_{name}": value for name, value in settings.items()}
    done = narrowgate("serve", cwd=tmp_path, environment=environment).require(2)
    assert message in done.err
