"""Every route refuses whoever has not proved who they are, and whoever is not registered for what they ask.

The routes are the application's own, so one that is new is asked, too.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import re
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient

from narrowgate.gateway.access.access import Access
from narrowgate.gateway.access.api_keys import Key
from narrowgate.gateway.access.guard import CONSOLE, PUBLIC
from narrowgate.gateway.access.registering import change, with_key, without_keys
from narrowgate.gateway.app import create_app
from narrowgate.gateway.gatehouse import Gatehouse
from narrowgate.model.client import Client
from narrowgate.model.scope import Scope
from narrowgate.service import Gate
from support.identity import (
    EVERYTHING,
    ISSUER,
    Issuer,
    bearer,
    certificate,
    client_cert,
    public_pem,
    register,
    rsa_key,
    serving,
)
from support.officers import csv_text, officers

CARDS = {"supplier": "cardco", "purpose": "id_card_print"}
CLIENTS = {
    "hr": EVERYTHING.model_copy(update={"subject": "hr", "certificates": ("CN=hr,O=Force",)}),
    "revoked": EVERYTHING,
    "ended": Client(),
    "powerless": Client(pairs=EVERYTHING.pairs, subject="powerless"),
    "other": Client(scopes=EVERYTHING.scopes, pairs=frozenset({"learnly:training", "cardco:uniform"})),
}
WITH_ANY_CLIENT = {"/openapi.json"}
"""What any registered client may ask, whatever it is registered for."""
CONSOLE_PUBLIC = {
    "/console/sign-in",
    "/console/sign-in/provider",
    "/console/sign-in/callback",
    "/console/static/{name}",
    "/console/{path:path}",
}
"""What anybody may see of the console: how to sign in, and that there is nothing at an address."""
OF_NO_PAIR = {"/v1/inspections", "/v1/ledger/checkpoint", "/v1/ledger/key", "/metrics"}
"""What tells nothing of any supplier and purpose."""
OF_AN_ENTRY = {"/v1/receipts/{id}", "/v1/releases/{entry}", "/v1/ledger/proof"}
OF_A_JOB = {"/v1/jobs/{id}", "/v1/jobs/{id}/release"}
LISTS = {"/v1/releases"}
"""What leaves out whatever the client is not registered for."""
OF_EVERYBODY = {"/v1/subjects/{id}"}
"""What only a client gets that is registered for every supplier and purpose."""


@dataclass(frozen=True)
class Answer:
    """What came back, and whether the body was looked at."""

    status: int
    headers: dict[str, str]
    body: bytes
    read: bool


def ask(
    app: FastAPI, method: str, path: str, headers: dict[str, str], query: str = "", peer: str = "198.51.100.9"
) -> Answer:
    """Call the application as a server would."""
    return asyncio.run(_ask(app, method, path, headers, query, peer))


async def _ask(app: FastAPI, method: str, path: str, headers: dict[str, str], query: str, peer: str) -> Answer:
    read, status, told, body = False, 0, {}, b""

    async def receive() -> dict[str, Any]:
        nonlocal read
        if read:
            await asyncio.Event().wait()
        read = True
        return {"type": "http.request", "body": b"{}", "more_body": False}

    async def send(message: Any) -> None:
        nonlocal status, told, body
        if message["type"] == "http.response.start":
            status = message["status"]
            told = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            body += message.get("body", b"")

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in {"Host": "gate", **headers}.items()],
        "client": (peer, 40000),
        "server": ("127.0.0.1", 8480),
    }
    await app(scope, receive, send)
    return Answer(status, told, body, read)


@dataclass(frozen=True)
class World:
    """A gateway, its clients, and who issues their tokens."""

    app: FastAPI
    client: TestClient
    keys: dict[str, str]
    issuer: Issuer


@pytest.fixture(scope="module")
def world(gate: Gate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("refusals")
    file = folder / "clients.yaml"
    keys = register(file, **CLIENTS)
    ended = Key.new("ended")
    change(file, lambda before: with_key(without_keys(before, "revoked", None), "ended", ended, date(2020, 1, 1)))
    settings = serving(folder, failures=1_000_000)
    app = create_app(Gatehouse(gate, settings), Access.of(settings))
    with TestClient(app) as client:
        yield World(app, client, keys | {"ended": str(ended)}, Issuer(folder))


def routes(app: FastAPI) -> list[tuple[str, str]]:
    """Every method and path that the application answers."""
    found = [(method, each.path or "") for each in iter_route_contexts(app.routes) for method in each.methods or ()]
    return sorted(set(found))


def filled(path: str) -> str:
    """A path with something in each of its places."""
    return re.sub(r"\{[^}]*\}", "0" * 64, path)


def guarded(app: FastAPI) -> list[tuple[str, str]]:
    """What needs a client."""
    return [(method, path) for method, path in routes(app) if path not in PUBLIC and not path.startswith(CONSOLE)]


def by_hand(head: dict[str, Any], claims: dict[str, Any], secret: bytes | None = None) -> str:
    """A token that no library would make."""
    parts = [urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (head, claims)]
    signed = ".".join(parts)
    digest = hmac.digest(secret, signed.encode(), hashlib.sha256) if secret else b""
    return f"{signed}.{urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def false_proofs(world: World) -> dict[str, dict[str, str]]:
    """Headers by which nobody proves anything."""
    issuer, hr = world.issuer, world.keys["hr"]
    claims = {"iss": ISSUER, "aud": "narrowgate", "sub": "hr", "exp": int(time.time()) + 600, "scope": " ".join(Scope)}
    head, _, signature = issuer.token({"sub": "powerless"}).split(".")
    tampered = f"{head}.{by_hand({}, claims).split('.')[1]}.{signature}"
    return {
        "nothing": {},
        "another scheme": {"Authorization": f"Basic {hr}"},
        "a key in another header": {"X-API-Key": hr},
        "a key that is wrong": bearer(hr[:-1] + ("1" if hr[-1] == "0" else "0")),
        "a key of nobody's": bearer(hr.replace("ng_hr_", "ng_nobody_")),
        "a key that was revoked": bearer(world.keys["revoked"]),
        "a key that has ended": bearer(world.keys["ended"]),
        "an expired token": bearer(issuer.token({"exp": int(time.time()) - 60})),
        "a token that never expires": bearer(issuer.token(without=("exp",))),
        "a token of no good yet": bearer(issuer.token({"nbf": int(time.time()) + 600})),
        "an unsigned token": bearer(by_hand({"alg": "RS256", "kid": "one"}, claims)),
        "a token that says none": bearer(by_hand({"alg": "none"}, claims)),
        "a token signed with the public key": bearer(
            by_hand({"alg": "HS256", "kid": "one"}, claims, public_pem(issuer.key))
        ),
        "a token for somebody else": bearer(issuer.token({"aud": "others"})),
        "a token from somebody else": bearer(issuer.token({"iss": "https://others.example"})),
        "a token signed by an unknown key": bearer(issuer.token(key=rsa_key(1), header={"kid": "two"})),
        "a token signed by another key": bearer(issuer.token(key=rsa_key(1))),
        "a token that was tampered with": bearer(tampered),
        "a token of nobody registered": bearer(issuer.token({"sub": "nobody"})),
        "a certificate from no proxy": {"Client-Cert": client_cert(certificate())},
        "the word of no proxy": {"X-Forwarded-For": "127.0.0.1", "Forwarded": "for=127.0.0.1"},
        "a session": {"Cookie": "narrowgate=x; __Host-narrowgate=x"},
    }


def test_the_proofs_would_do_if_they_were_not_false(world: World) -> None:
    for headers, peer in (
        (bearer(world.keys["hr"]), "198.51.100.9"),
        (bearer(world.issuer.token()), "198.51.100.9"),
        ({"Client-Cert": client_cert(certificate())}, "192.0.2.7"),
    ):
        assert ask(world.app, "GET", "/openapi.json", headers, peer=peer).status == 200
        assert ask(world.app, "GET", "/v1/ledger/checkpoint", headers, peer=peer).status == 200


def test_nobody_gets_past_the_guard(world: World) -> None:
    asked = guarded(world.app)
    assert ("POST", "/v1/exports") in asked
    assert ("GET", "/openapi.json") in asked
    for what, headers in false_proofs(world).items():
        for method, path in [*asked, ("GET", "/nothing/here"), ("OPTIONS", "/v1/exports")]:
            answer = ask(world.app, method, filled(path), headers, "supplier=cardco&purpose=id_card_print")
            assert answer.status == 401, (what, method, path)
            assert answer.headers["www-authenticate"].startswith('Bearer realm="narrowgate"')
            assert ('error="invalid_token"' in answer.headers["www-authenticate"]) is (
                "Authorization" in headers or "Client-Cert" in headers
            )
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert json.loads(answer.body)["remedy"]
            assert not answer.read, (what, method, path)


def test_a_client_does_nothing_that_it_has_no_scope_for(world: World) -> None:
    for headers in (
        bearer(world.keys["powerless"]),
        bearer(world.issuer.token({"sub": "powerless"})),
        bearer(world.issuer.token({"scope": ""})),
        bearer(world.issuer.token(without=("scope",))),
    ):
        for method, path in guarded(world.app):
            answer = ask(world.app, method, filled(path), headers, "supplier=cardco&purpose=id_card_print")
            if path in WITH_ANY_CLIENT:
                assert answer.status == 200
            else:
                assert answer.status == 403, (method, path)
                assert json.loads(answer.body)["type"].endswith("/forbidden")
            assert not answer.read, (method, path)


def test_each_scope_is_for_something_and_for_that_alone(world: World) -> None:
    """With one scope, a client gets past the guard where it is for, and nowhere else."""
    opened: dict[str, set[str]] = {}
    for scope in Scope:
        headers = bearer(world.issuer.token({"scope": scope.value}))
        for method, path in guarded(world.app):
            # A call that is wrong besides, so that nothing comes of it.
            answer = ask(world.app, method, filled(path), headers, "nonsense=1&supplier=!&purpose=!")
            if path not in WITH_ANY_CLIENT and answer.status != 403:
                opened.setdefault(f"{method} {path}", set()).add(scope)
    assert {next(iter(scopes)) for scopes in opened.values()} == set(Scope)
    assert [path for path, scopes in opened.items() if len(scopes) > 1] == []


def test_another_clients_pair_is_refused_before_anything_is_read(world: World) -> None:
    headers = bearer(world.keys["other"])
    described = json.loads(ask(world.app, "GET", "/openapi.json", headers).body)["paths"]
    thought_of = OF_NO_PAIR | OF_AN_ENTRY | OF_A_JOB | LISTS | OF_EVERYBODY
    of_a_pair = 0
    for path, methods in described.items():
        for method, operation in methods.items():
            parameters = {each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"}
            if path in PUBLIC or path in thought_of:
                continue
            assert set(CARDS) <= parameters, f"who has thought of {path} for other clients' suppliers?"
            of_a_pair += 1
            for supplier, purpose in (("cardco", "id_card_print"), ("learnly", "uniform"), ("*", "*")):
                query = f"supplier={supplier}&purpose={purpose}"
                answer = ask(world.app, method.upper(), filled(path), headers, query)
                assert answer.status in {400, 403} if supplier == "*" else answer.status == 403, path
                assert not answer.read, path
    assert of_a_pair >= 5


def test_what_is_of_everybody_needs_every_pair(world: World) -> None:
    for path in OF_EVERYBODY:
        assert ask(world.app, "GET", filled(path), bearer(world.keys["other"])).status == 403


def exported(world: World, headers: dict[str, str] | None = None) -> Any:
    """The answer to an export that cardco may have."""
    return world.client.post(
        "/v1/exports",
        params=CARDS | {"on": "2026-06-01"},
        content=csv_text(officers(2)),
        headers={"Content-Type": "text/csv", **bearer(world.keys["hr"]), **(headers or {})},
    )


@pytest.fixture
def released(world: World) -> str:
    """The id of a release to cardco."""
    answer = exported(world)
    assert answer.status_code == 200, answer.text
    return str(answer.headers["Narrowgate-Receipt"])


def test_another_clients_release_is_not_shown(world: World, released: str) -> None:
    mine, others = bearer(world.keys["hr"]), bearer(world.keys["other"])
    for path in OF_AN_ENTRY:
        place, query = re.sub(r"\{[^}]*\}", released, path), "" if "{" in path else f"entry={released}"
        assert ask(world.app, "GET", place, mine, query).status == 200
        answer = ask(world.app, "GET", place, others, query)
        assert answer.status in {403, 404}
        assert released not in answer.body.decode()
    for path in LISTS:
        assert released in ask(world.app, "GET", path, mine).body.decode()
        assert released not in ask(world.app, "GET", path, others).body.decode()


def test_another_clients_job_is_not_there(world: World) -> None:
    began, client = exported(world, {"Prefer": "respond-async"}), world.client
    assert began.status_code == 202, began.text
    at = began.headers["Location"]
    for path in (at, f"{at}/release"):
        assert client.get(path, headers=bearer(world.keys["other"])).status_code == 404
    assert client.delete(at, headers=bearer(world.keys["other"])).status_code == 404
    assert client.get(at, headers=bearer(world.keys["hr"])).status_code == 200


def test_pages_send_whoever_is_not_signed_in_to_do_so(world: World) -> None:
    asked = [(method, path) for method, path in routes(world.app) if path.startswith(CONSOLE)]
    assert ("GET", CONSOLE) in asked
    for method, path in asked:
        if path in CONSOLE_PUBLIC:
            continue
        for headers in ({}, {"Cookie": "narrowgate=x; __Host-narrowgate=x"}, bearer(world.keys["hr"])):
            answer = ask(world.app, method, filled(path), headers)
            assert answer.status == 303, (method, path)
            assert answer.headers["location"].startswith("/console/sign-in")
            assert not answer.read, (method, path)


def test_anybody_may_ask_whether_it_is_well(world: World) -> None:
    assert {path for _, path in routes(world.app)} >= PUBLIC == {"/healthz", "/readyz"}
    for path in PUBLIC:
        answer = ask(world.app, "GET", path, {})
        assert answer.status == 200, answer.body
        assert "reason" not in answer.body.decode() or '"reason":null' in answer.body.decode()
    for path in (
        "/healthz/",
        "//healthz",
        "/healthz/../v1/exports",
        "/console/../v1/exports",
        "/consolex",
        "/%2e/healthz",
    ):
        answer = ask(world.app, "GET", path, {})
        assert answer.status in {401, 303, 404}, path
        assert answer.status == 401 or path.startswith("/console/"), path
