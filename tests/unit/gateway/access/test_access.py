"""Who is calling."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from narrowgate.errors import Busy, FileError, Forbidden, NarrowgateError, SourceError, TooMany, Unauthenticated
from narrowgate.gateway.access.access import Access
from narrowgate.gateway.access.caller import ANYBODY, Caller
from narrowgate.gateway.access.hashes import StoredHash
from narrowgate.gateway.access.hashing import Hashing
from narrowgate.gateway.access.registering import change, with_password, without_keys
from narrowgate.model.client import Client
from narrowgate.model.scope import Scope
from narrowgate.model.serving import Serving
from support.clock import Clock
from support.identity import (
    EVERYTHING,
    Issuer,
    bearer,
    certificate,
    client_cert,
    jwk,
    register,
    rsa_key,
    scope_of,
    serving,
)

PROXY, PASSWORD = "192.0.2.7", "correct horse battery"
HR = EVERYTHING.model_copy(update={"subject": "hr", "certificates": ("CN=hr,O=Force",)})


@pytest.fixture
def keys(tmp_path: Path) -> dict[str, str]:
    """The keys of the registered clients."""
    return register(tmp_path / "clients.yaml", hr=HR, slow=Client(rate=1), una=Client(scopes=frozenset({Scope.PLANS})))


@pytest.fixture
def access(tmp_path: Path, keys: dict[str, str]) -> Access:
    return Access.of(serving(tmp_path))


def caller(access: Access, headers: Mapping[str, str], peer: str = "198.51.100.9") -> Caller:
    return asyncio.run(access.caller(scope_of(headers, peer)))


def test_each_way_finds_the_client(tmp_path: Path, access: Access, keys: dict[str, str]) -> None:
    shown = {"Client-Cert": client_cert(certificate())}
    for headers, peer in (
        (bearer(keys["hr"]), "198.51.100.9"),
        (bearer(Issuer(tmp_path).token()), "198.51.100.9"),
        ({"Authorization": f"bEARER  {keys['hr']}"}, "198.51.100.9"),
        (shown, PROXY),
    ):
        for _ in range(2):
            found = caller(access, headers, peer)
            assert (found.name, found.scopes) == ("hr", frozenset(Scope))


def test_a_token_can_do_what_both_it_and_its_client_may(tmp_path: Path, access: Access) -> None:
    issuer = Issuer(tmp_path)
    for scope, may in {
        "exports plans others": {Scope.EXPORTS, Scope.PLANS},
        "": set(),
        "Exports": set(),
        5: set(),
        "everything *": set(),
    }.items():
        assert caller(access, bearer(issuer.token({"scope": scope}))).scopes == may
    assert caller(access, bearer(issuer.token(without=("scope",)))).scopes == frozenset()


def test_what_a_call_says_of_itself_counts_before_what_the_proxy_says(access: Access, keys: dict[str, str]) -> None:
    shown = {"Client-Cert": client_cert(certificate())}
    assert caller(access, shown | bearer(keys["una"]), PROXY).name == "una"
    with pytest.raises(Unauthenticated):
        caller(access, shown | bearer("nonsense"), PROXY)


NOBODY: dict[str, tuple[dict[str, str], str]] = {
    "nothing": ({}, PROXY),
    "another scheme": ({"Authorization": "Basic aHI6aHI="}, PROXY),
    "no token": ({"Authorization": "Bearer"}, PROXY),
    "an empty token": ({"Authorization": "Bearer "}, PROXY),
    "no scheme": ({"Authorization": "ng_hr"}, PROXY),
    "a key of nobody's": (bearer("ng_hr_00000000_" + "0" * 64), PROXY),
    "a certificate of nobody's": ({"Client-Cert": client_cert(certificate("CN=other"))}, PROXY),
    "a certificate from a stranger": ({"Client-Cert": client_cert(certificate())}, "198.51.100.9"),
    "a certificate that is over": (
        {"Client-Cert": client_cert(certificate(ends=datetime.now(UTC) - timedelta(hours=1)))},
        PROXY,
    ),
    "a certificate in another header": ({"X-Client-Cert": client_cert(certificate())}, PROXY),
}


@pytest.mark.parametrize("what", NOBODY)
def test_who_proves_nothing_is_nobody(access: Access, what: str) -> None:
    headers, peer = NOBODY[what]
    with pytest.raises(Unauthenticated) as caught:
        caller(access, headers, peer)
    assert caught.value.presented is (what not in {"nothing", "a certificate in another header"})


def test_a_token_of_nobody_registered(tmp_path: Path, access: Access) -> None:
    with pytest.raises(Unauthenticated, match="subject is no client"):
        caller(access, bearer(Issuer(tmp_path).token({"sub": "nobody"})))


def test_without_a_proxy_no_certificate_is_believed(tmp_path: Path, keys: dict[str, str]) -> None:
    access = Access.of(serving(tmp_path, proxies=()))
    with pytest.raises(Unauthenticated, match="no trusted proxy"):
        caller(access, {"Client-Cert": client_cert(certificate())}, PROXY)


def test_a_certificate_is_not_good_any_longer_than_it_says(access: Access, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = {"Client-Cert": client_cert(certificate(ends=datetime.now(UTC) + timedelta(hours=1)))}
    assert caller(access, shown, PROXY).name == "hr"
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now + 3601)
    with pytest.raises(Unauthenticated, match="not any more"):
        caller(access, shown, PROXY)


def test_a_checked_token_is_not_good_any_longer_than_it_says(tmp_path: Path, keys: dict[str, str]) -> None:
    """Its keys are gone from the set, so that only what is remembered can let it in."""
    clock = Clock()
    access, issuer = Access.of(serving(tmp_path), clock), Issuer(tmp_path)
    short, long = (issuer.token({"exp": int(time.time()) + seconds}) for seconds in (30, 600))
    assert caller(access, bearer(short)).name == caller(access, bearer(long)).name == "hr"
    issuer.publish(jwk(rsa_key(1), "two"))
    for later, good in ((20, [short, long]), (31, [long]), (61, [])):
        clock.at = later
        for token in (short, long):
            if token in good:
                assert caller(access, bearer(token)).name == "hr"
            else:
                with pytest.raises(Unauthenticated):
                    caller(access, bearer(token))


def test_a_change_to_the_clients_counts_within_a_second(tmp_path: Path, keys: dict[str, str]) -> None:
    clock = Clock()
    access, headers = Access.of(serving(tmp_path), clock), bearer(keys["hr"])
    assert caller(access, headers).name == "hr"
    change(tmp_path / "clients.yaml", lambda before: without_keys(before, "hr", None))
    clock.at = 1
    with pytest.raises(Unauthenticated):
        caller(access, headers)
    (tmp_path / "clients.yaml").write_text("clients: [")
    clock.at = 2
    assert caller(access, bearer(keys["una"])).name == "una"
    assert access.states()["clients"]
    assert access.states()["token_keys"] is None


def test_a_client_that_calls_too_often_waits(tmp_path: Path, keys: dict[str, str]) -> None:
    access = Access.of(serving(tmp_path, rate=60, burst=3), Clock())
    for _ in range(3):
        caller(access, bearer(keys["una"]))
    with pytest.raises(TooMany, match="una has called too often") as caught:
        caller(access, bearer(keys["una"]))
    assert caught.value.retry_after == 1
    assert caller(access, bearer(keys["hr"])).name == "hr"
    for _ in range(3):
        caller(access, bearer(keys["slow"]))
    with pytest.raises(TooMany) as caught:
        caller(access, bearer(keys["slow"]))
    assert caught.value.retry_after == 60


def test_an_address_that_fails_too_often_is_not_listened_to(tmp_path: Path, keys: dict[str, str]) -> None:
    access = Access.of(serving(tmp_path, failures=3), Clock())
    assert caller(access, bearer(keys["hr"])).name == "hr"
    for number in range(3):
        with pytest.raises(Unauthenticated):
            caller(access, bearer(f"nonsense-{number}"))
    with pytest.raises(TooMany, match="too many attempts"):
        caller(access, bearer("nonsense"))
    with pytest.raises(TooMany):
        caller(access, bearer(keys["una"]))
    assert caller(access, bearer(keys["hr"])).name == "hr", "who was known before is not locked out"
    assert caller(access, bearer(keys["una"]), "198.51.100.10").name == "una"
    behind = {"X-Forwarded-For": "10.0.0.1, 203.0.113.5"}
    for number in range(4):
        with pytest.raises(TooMany if number == 3 else Unauthenticated):
            caller(access, bearer("nonsense") | behind, PROXY)
    assert caller(access, bearer(keys["una"]) | {"X-Forwarded-For": "203.0.113.6"}, PROXY).name == "una"


def test_what_succeeds_does_not_count_as_failed(tmp_path: Path, keys: dict[str, str]) -> None:
    access, issuer = Access.of(serving(tmp_path, failures=1)), Issuer(tmp_path)
    for number in range(5):
        assert caller(access, bearer(issuer.token({"jti": str(number)}))).name == "hr"


def test_many_attempts_at_once_are_no_more_than_the_limit(
    tmp_path: Path, keys: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    access, tried = Access.of(serving(tmp_path, failures=3), Clock()), []
    monkeypatch.setattr(StoredHash, "matches", lambda self, secret: tried.append(secret))

    async def attempts() -> list[Any]:
        calls = [scope_of(bearer(f"ng_hr_00000000_{number:064x}")) for number in range(20)]
        return await asyncio.gather(*map(access.caller, calls), return_exceptions=True)

    outcomes = [type(each) for each in asyncio.run(attempts())]
    assert outcomes.count(Unauthenticated) == 3
    assert outcomes.count(TooMany) == 17
    assert len(tried) == 3


def test_by_password(tmp_path: Path, keys: dict[str, str]) -> None:
    change(tmp_path / "clients.yaml", lambda before: with_password(before, "una", PASSWORD))
    access = Access.of(serving(tmp_path, failures=2), Clock())
    assert asyncio.run(access.by_password("una", PASSWORD, scope_of())).name == "una"
    for name, password in (("una", "wrong"), ("nobody", PASSWORD)):
        with pytest.raises(Unauthenticated, match="name or password"):
            asyncio.run(access.by_password(name, password, scope_of()))
    with pytest.raises(TooMany):
        asyncio.run(access.by_password("una", PASSWORD, scope_of()))


def test_too_many_that_wait_for_a_hash_are_told_so() -> None:
    hashing, done = Hashing(at_most=1), Event()

    async def two() -> bool:
        first = asyncio.create_task(hashing.run(done.wait))
        await asyncio.sleep(0)
        with pytest.raises(Busy):
            await hashing.run(len, "abc")
        done.set()
        return await first

    assert asyncio.run(two())
    assert asyncio.run(hashing.run(len, "abcd")) == 4


def test_an_attempt_that_had_no_turn_does_not_count_as_failed(
    tmp_path: Path, keys: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    access = Access.of(serving(tmp_path, failures=1), Clock())

    async def busy(*_: object) -> None:
        raise Busy("too many wait", "wait")

    with monkeypatch.context() as patched:
        patched.setattr(Hashing, "run", busy)
        for _ in range(3):
            with pytest.raises(Busy):
                caller(access, bearer(keys["hr"]))
    assert caller(access, bearer(keys["hr"])).name == "hr"


def test_off_lets_everybody_here_do_everything() -> None:
    access = Access.off()
    assert access.is_off
    assert access.states() == {}
    for host in ("127.0.0.1:8480", "localhost", "LOCALHOST:1", "[::1]:8480", "[::1]"):
        assert caller(access, {"Host": host}) == ANYBODY
    for origin in ("http://127.0.0.1:8480", "http://localhost", "http://[::1]:8480"):
        assert caller(access, {"Host": "localhost", "Origin": origin}) == ANYBODY


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Host": ""},
        {"Host": "rebound.example"},
        {"Host": "127.0.0.1.rebound.example:8480"},
        {"Host": "192.0.2.1"},
        {"Host": "0.0.0.0"},
        {"Host": "[::1].rebound.example"},
        {"Host": "localhost", "Origin": "https://elsewhere.example"},
        {"Host": "localhost", "Origin": "null"},
        {"Host": "localhost", "X-Forwarded-For": "127.0.0.1"},
        {"Host": "localhost", "Forwarded": "for=127.0.0.1"},
        {"Host": "localhost", "Via": "1.1 proxy"},
        {"Host": "localhost", "X-Real-IP": "127.0.0.1"},
        {"Host": "localhost", "Client-Cert": ":AA==:"},
    ],
)
def test_off_lets_nobody_from_elsewhere_do_anything(headers: dict[str, str]) -> None:
    with pytest.raises(Forbidden, match="access control is off"):
        caller(Access.off(), headers)


def test_off_a_host_is_not_hidden_behind_another() -> None:
    scope = scope_of() | {"headers": [(b"host", b"rebound.example"), (b"host", b"localhost")]}
    with pytest.raises(Forbidden, match="Host is not loopback"):
        asyncio.run(Access.off().caller(scope))


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"clients": None}, SourceError),
        ({"clients": None, "token_keys": None}, SourceError),
        ({"token_issuer": None}, SourceError),
        ({"token_audience": ""}, SourceError),
        ({"token_algorithms": ()}, SourceError),
        ({"token_keys": "http://idp.example/keys"}, SourceError),
        ({"token_keys": "/nowhere"}, SourceError),
        ({"proxies": ("proxy.example",)}, SourceError),
        ({"clients": "/nowhere"}, FileError),
    ],
)
def test_settings_that_contradict_themselves(
    tmp_path: Path, keys: dict[str, str], settings: dict[str, Any], error: type[NarrowgateError]
) -> None:
    with pytest.raises(error) as caught:
        Access.of(serving(tmp_path, **settings))
    assert caught.value.remedy


def test_without_any_setting_it_is_off() -> None:
    assert Access.of(Serving()).is_off
