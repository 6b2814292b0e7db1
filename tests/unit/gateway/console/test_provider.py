"""Signing in with an identity provider."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from narrowgate.errors import SourceError
from narrowgate.gateway.console.console import Console
from narrowgate.model.serving import Serving
from narrowgate.service import Gate
from support.identity import EVERYTHING
from support.pages import ELSEWHERE, console, people, text_of
from support.provider import CLIENT, SECRET, Provider, provider


@pytest.fixture
def issuer() -> Iterator[Provider]:
    with provider() as made:
        yield made


def serving_of(issuer: Provider, folder: Path, **more: Any) -> Serving:
    file = folder / "clients.yaml"
    if not file.exists():
        people(folder, officer=EVERYTHING.model_copy(update={"subject": "officer@force.example"}))
    usual = {
        "clients": file,
        "public_url": ELSEWHERE,
        "sign_in_issuer": issuer.url,
        "sign_in_client": CLIENT,
        "sign_in_secret": SECRET,
    }
    return Serving.model_validate(usual | more)


@pytest.fixture
def client(told: Gate, issuer: Provider, tmp_path: Path) -> Iterator[TestClient]:
    with console(told, ELSEWHERE, serving_of(issuer, tmp_path)) as made:
        yield made


def sent_off(client: TestClient, to: str = "/console/breach") -> dict[str, str]:
    """What the browser takes to the provider."""
    answer = client.get("/console/sign-in/provider", params={"next": to})
    assert answer.status_code == 303, text_of(answer)
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    return {name: value for name, (value,) in query.items()}


def come_back(client: TestClient, address: str) -> Response:
    parts = urlsplit(address)
    assert f"{parts.scheme}://{parts.netloc}" == ELSEWHERE
    return client.get(f"{parts.path}?{parts.query}")


@pytest.mark.parametrize("secret_in_form", [False, True])
def test_signing_in(client: TestClient, issuer: Provider, secret_in_form: bool) -> None:
    issuer.secret_in_form = secret_in_form
    assert "Sign in with your organisation" in text_of(client.get("/console/sign-in?next=/console/breach"))
    taken = sent_off(client)
    assert taken["response_type"] == "code"
    assert taken["scope"] == "openid"
    assert taken["tenant"] == "1"
    assert taken["code_challenge_method"] == "S256"
    assert taken["redirect_uri"] == f"{ELSEWHERE}/console/sign-in/callback"
    answer = come_back(client, issuer.authorise(taken))
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/breach")
    assert "Signed in as officer" in text_of(client.get("/console/breach"))


def test_state_nonce_and_verifier_are_of_one_sign_in(client: TestClient) -> None:
    first = sent_off(client)
    client.cookies.clear()
    second = sent_off(client)
    for name in ("state", "nonce", "code_challenge"):
        assert first[name] != second[name]
        assert len(first[name]) >= 43


def test_whoever_has_not_begun_cannot_end(client: TestClient, issuer: Provider) -> None:
    address = issuer.authorise(sent_off(client))
    client.cookies.clear()
    answer = come_back(client, address)
    assert answer.status_code == 403
    assert "This sign-in took too long, or was begun in another browser." in text_of(answer)
    sent_off(client)
    assert come_back(client, address).status_code == 403


@pytest.mark.parametrize("change", [lambda state: state.swapcase(), lambda state: "L2NvbnNvbGU" + state, lambda _: ""])
def test_a_state_that_is_changed(client: TestClient, issuer: Provider, change: Any) -> None:
    taken = sent_off(client)
    answer = come_back(client, issuer.authorise(taken | {"state": change(taken["state"])}))
    assert answer.status_code == 403


def test_a_code_is_good_once(client: TestClient, issuer: Provider) -> None:
    address = issuer.authorise(sent_off(client))
    assert come_back(client, address).status_code == 303
    assert come_back(client, address).status_code == 403


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({"nonce": "another"}, "The token answers something else."),
        ({"aud": "another"}, "The token is for somebody else."),
        ({"iss": "https://another.example"}, "The token is from somebody else."),
        ({"exp": 1}, "The token has expired."),
        ({"azp": "another"}, "The token was issued to somebody else."),
        ({"sub": "stranger"}, "You are not registered here."),
    ],
)
def test_tokens_that_are_not_believed(client: TestClient, issuer: Provider, claims: dict[str, Any], said: str) -> None:
    issuer.claims = claims
    answer = come_back(client, issuer.authorise(sent_off(client)))
    assert answer.status_code == 403
    assert said in text_of(answer)
    assert client.get("/console").status_code == 303


@pytest.mark.parametrize(
    ("status", "body", "answered", "said"),
    [
        (400, b'{"error": "invalid_grant"}', 403, "The identity provider does not vouch for this sign-in."),
        (200, b"<html>", 403, "The identity provider does not vouch for this sign-in."),
        (200, b"[]", 403, "The identity provider does not vouch for this sign-in."),
        (200, b'{"id_token": 7}', 403, "The identity provider does not vouch for this sign-in."),
        (200, b'{"id_token": "x.y.z"}', 403, "neither an API key nor a token"),
        (503, b"", 503, "The identity provider does not answer."),
        (302, b"", 403, "The identity provider does not vouch for this sign-in."),
    ],
)
def test_codes_that_bring_nothing(
    client: TestClient, issuer: Provider, status: int, body: bytes, answered: int, said: str
) -> None:
    issuer.status, issuer.answer = status, body
    answer = come_back(client, issuer.authorise(sent_off(client)))
    assert answer.status_code == answered
    assert said in text_of(answer)


def test_somebody_whom_the_provider_turns_away(client: TestClient) -> None:
    state = sent_off(client)["state"]
    answer = client.get("/console/sign-in/callback", params={"state": state, "error": "access_denied"})
    assert answer.status_code == 403
    assert "The identity provider has not signed you in." in text_of(answer)


def test_an_answer_from_another_provider(client: TestClient, issuer: Provider) -> None:
    address = issuer.authorise(sent_off(client))
    assert come_back(client, f"{address}&iss=https%3A%2F%2Fanother.example").status_code == 403
    address = issuer.authorise(sent_off(client))
    assert come_back(client, f"{address}&iss={issuer.url}").status_code == 303


def test_a_provider_that_says_who_it_is_has_to(told: Gate, issuer: Provider, tmp_path: Path) -> None:
    issuer.metadata = {"authorization_response_iss_parameter_supported": True}
    with console(told, ELSEWHERE, serving_of(issuer, tmp_path)) as client:
        answer = come_back(client, issuer.authorise(sent_off(client)))
    assert "The answer is from another identity provider." in text_of(answer)


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        ({"issuer": "https://another.example"}, "it calls itself otherwise"),
        ({"jwks_uri": "http://keys.example"}, "an address that does not begin with https://"),
        ({"token_endpoint": "http://tokens.example"}, "an address that does not begin with https://"),
        ({"token_endpoint": None}, "it does not answer as OpenID Connect Discovery has it"),
    ],
)
def test_providers_that_cannot_be_used(
    client: TestClient, issuer: Provider, metadata: dict[str, Any], said: str
) -> None:
    issuer.metadata = metadata
    answer = client.get("/console/sign-in/provider")
    assert answer.status_code == 503
    assert said in text_of(answer)
    issuer.metadata = {}
    assert client.get("/console/sign-in/provider").status_code == 303


def test_attempts_are_limited(told: Gate, issuer: Provider, tmp_path: Path) -> None:
    with console(told, ELSEWHERE, serving_of(issuer, tmp_path, failures=2)) as client:
        answers = [client.get("/console/sign-in/callback").status_code for _ in range(3)]
    assert answers == [403, 403, 429]


def test_without_a_provider_there_is_the_password_alone(told: Gate, tmp_path: Path) -> None:
    serving = Serving(clients=people(tmp_path, officer=EVERYTHING))
    with console(told, ELSEWHERE, serving) as client:
        assert "organisation" not in text_of(client.get("/console/sign-in"))
        assert client.get("/console/sign-in/provider").headers["location"] == "/console/sign-in"
        assert client.get("/console/sign-in/callback?code=x&state=y").status_code == 403


@pytest.mark.parametrize(
    "more", [{"sign_in_client": None}, {"public_url": None}, {"sign_in_issuer": "http://idp.force.example"}]
)
def test_settings_that_do_not_say_enough(issuer: Provider, tmp_path: Path, more: dict[str, Any]) -> None:
    with pytest.raises(SourceError):
        Console(serving_of(issuer, tmp_path, **more))
