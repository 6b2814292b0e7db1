"""Signing in with a password, and what a session may do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from narrowgate.gateway.access.registering import change, removed
from narrowgate.model.client import Client
from narrowgate.model.scope import Scope
from narrowgate.model.serving import Serving
from narrowgate.service import Gate
from support.identity import EVERYTHING
from support.pages import ELSEWHERE, PASSWORD, console, people, sign_in, text_of, token_of, upload

READER = Client(scopes=frozenset({Scope.RELEASES, Scope.POLICIES}), pairs=frozenset({"kitcorp:uniform"}))


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return people(tmp_path_factory.mktemp("people"), officer=EVERYTHING, reader=READER)


@pytest.fixture
def client(told: Gate, file: Path) -> Iterator[TestClient]:
    with console(told, ELSEWHERE, Serving(clients=file)) as made:
        yield made


def test_whoever_is_not_signed_in_is_sent_to_do_so_and_comes_back(client: TestClient) -> None:
    answer = client.get("/console/breach?supplier=cardco")
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/sign-in?next=/console/breach")
    page = client.get(answer.headers["location"])
    assert '<input type="hidden" name="next" value="/console/breach">' in page.text
    answer = sign_in(client, "officer", next="/console/breach")
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/breach")
    page = client.get("/console/breach")
    assert "Signed in as officer" in text_of(page)
    assert "Nobody is asked" not in text_of(page)


@pytest.mark.parametrize(
    "to",
    [
        "https://elsewhere.example/console",
        "//elsewhere.example/console",
        "/console\\@elsewhere.example",
        "/v1/receipts",
        "/consoles",
        "javascript:alert(1)",
        "",
    ],
)
def test_nobody_is_sent_elsewhere_after_signing_in(client: TestClient, to: str) -> None:
    assert sign_in(client, "officer", next=to).headers["location"] == "/console"


def test_cookies_are_strict(client: TestClient) -> None:
    given = client.get("/console/sign-in").headers["set-cookie"]
    for part in ("__Host-narrowgate-sign-in=", "HttpOnly", "Secure", "SameSite=lax", "Path=/", "Max-Age=600"):
        assert part in given
    assert "Domain" not in given
    every = sign_in(client, "officer").headers.get_list("set-cookie")
    (session,) = [each for each in every if each.startswith("__Host-narrowgate-session=")]
    for part in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"):
        assert part in session
    assert "Domain" not in session
    assert "Max-Age" not in session


def test_on_this_machine_cookies_go_over_plain_http(told: Gate, file: Path) -> None:
    with console(told, serving=Serving(clients=file)) as client:
        given = sign_in(client, "officer").headers["set-cookie"]
        assert "narrowgate-session=" in given
        assert "__Host-" not in given
        assert "Secure" not in given
        assert client.get("/console").status_code == 200


@pytest.mark.parametrize(("name", "password"), [("officer", "wrong" * 4), ("nobody", PASSWORD), ("", "")])
def test_a_wrong_password_is_told_as_a_wrong_name(client: TestClient, name: str, password: str) -> None:
    answer = sign_in(client, name, password=password)
    assert answer.status_code == 403
    assert "Name or password is not right." in text_of(answer)
    assert password not in answer.text or not password
    assert client.get("/console").status_code == 303


def test_attempts_are_limited(told: Gate, file: Path) -> None:
    with console(told, serving=Serving(clients=file, failures=2)) as client:
        for _ in range(2):
            assert sign_in(client, "officer", password="wrong").status_code == 403
        answer = sign_in(client, "officer")
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) > 0
        assert "Too many attempts from this address have failed." in text_of(answer)


def test_a_session_has_a_new_secret_each_time(client: TestClient) -> None:
    def secret() -> str:
        return client.cookies["__Host-narrowgate-session"]

    sign_in(client, "officer")
    first = secret()
    sign_in(client, "officer")
    assert secret() != first
    client.cookies.set("__Host-narrowgate-session", first, domain="gateway.force.example")
    client.cookies.delete("__Host-narrowgate-session")
    client.cookies.set("__Host-narrowgate-session", first)
    assert client.get("/console").status_code == 303


def test_signing_out_ends_the_session(client: TestClient) -> None:
    sign_in(client, "officer")
    secret = client.cookies["__Host-narrowgate-session"]
    token = token_of(client.get("/console/people"))
    assert client.post("/console/sign-out", data={"token": "x"}).status_code == 403
    assert client.get("/console").status_code == 200
    answer = client.post("/console/sign-out", data={"token": token})
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/sign-in")
    client.cookies.set("__Host-narrowgate-session", secret)
    assert client.get("/console").status_code == 303


def test_whoever_is_removed_is_signed_out(told: Gate, tmp_path: Path) -> None:
    file = people(tmp_path, officer=EVERYTHING)
    with console(told, ELSEWHERE, Serving(clients=file)) as client:
        sign_in(client, "officer")
        assert client.get("/console").status_code == 200
        change(file, lambda before: removed(before, "officer"))
        assert client.get("/console").status_code == 303


@pytest.mark.parametrize("origin", [None, "null", "https://elsewhere.example", "http://127.0.0.1:1"])
def test_forms_from_elsewhere_are_none(client: TestClient, origin: str | None) -> None:
    sign_in(client, "officer")
    token = token_of(client.get("/console/people"))
    del client.headers["origin"]
    headers = {} if origin is None else {"Origin": origin}
    for path in ("/console/people", "/console/try", "/console/change", "/console/sign-out", "/console/sign-in"):
        answer = client.post(path, data={"token": token, "identifier": "E4000000"}, headers=headers)
        assert answer.status_code == 403, path
        assert "This form does not come from here." in text_of(answer)


def test_forms_of_another_session_are_none(client: TestClient) -> None:
    sign_in(client, "officer")
    stale = token_of(client.get("/console/people"))
    sign_in(client, "officer")
    for token in (stale, "", "é"):
        answer = client.post("/console/people", data={"token": token, "identifier": "E4000000"})
        assert answer.status_code == 403
        assert "This form is none of yours, or of an earlier session." in text_of(answer)
    answer = client.post("/console/try", data={"token": stale}, files={"file": ("a.csv", b"surname\nx\n")})
    assert answer.status_code == 403


def test_a_form_of_signing_in_is_good_in_its_own_browser_alone(client: TestClient) -> None:
    token = token_of(client.get("/console/sign-in"))
    client.cookies.clear()
    form = {"token": token, "name": "officer", "password": PASSWORD}
    assert "This sign-in took too long" in text_of(client.post("/console/sign-in", data=form))
    client.get("/console/sign-in")
    assert client.post("/console/sign-in", data=form).status_code == 403


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"token=%ff", 400), (b"&".join([b"a=b"] * 100), 400), (b"x" * (17 << 10), 413), ("é".encode(), 400)],
)
def test_a_form_that_is_none(client: TestClient, body: bytes, status: int) -> None:
    sign_in(client, "officer")
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert client.post("/console/people", content=body, headers=headers).status_code == status


def test_pages_that_one_may_not_see_are_not_there(client: TestClient) -> None:
    sign_in(client, "reader")
    front = client.get("/console").text
    assert "/console/releases" in front
    for path in ("/console/breach", "/console/people", "/console/try"):
        assert f'href="{path}"' not in front
        answer = client.get(path)
        assert answer.status_code == 403
        assert "reader is not registered for" in text_of(answer).lower()
    assert client.get("/console/releases/1/receipt.json").status_code == 403


def test_one_sees_ones_own_suppliers_and_purposes_alone(client: TestClient) -> None:
    sign_in(client, "reader")
    text = text_of(client.get("/console/releases"))
    assert "1 entry." in text
    assert "id_card_print" not in text.partition("Kind Entered")[2]
    assert client.get("/console/releases/1").status_code == 200
    for other in (0, 2, 3, 4):
        assert client.get(f"/console/releases/{other}").status_code == 403
    front = text_of(client.get("/console"))
    assert "0 releases that suppliers should have deleted by now" in front
    assert "1 release in the last 30 days" in front
    matrix = client.get("/console/matrix?on=2026-06-01")
    assert "/console/matrix/uniform/" in matrix.text
    assert "/console/matrix/id_card_print/" not in matrix.text
    assert client.get("/console/matrix?supplier=cardco").status_code == 403
    assert client.get("/console/matrix/id_card_print/surname").status_code == 403
    listed = text_of(client.get("/console/purposes"))
    assert "Uniform supply" in listed
    assert "ID card printing" not in listed
    assert client.get("/console/purposes/uniform").status_code == 200
    assert client.get("/console/purposes/id_card_print").status_code == 403
    assert upload(client, "/console/change", b"x", "policies.tar.gz").status_code == 403


def test_behind_a_proxy_that_calls_us_by_our_own_address(told: Gate, file: Path) -> None:
    with console(told, serving=Serving(clients=file, public_url=ELSEWHERE)) as client:
        assert "__Host-narrowgate-sign-in=" in client.get("/console/sign-in").headers["set-cookie"]
        client.headers["Origin"] = ELSEWHERE
        answer = client.post("/console/sign-in", data={"token": "x", "name": "officer", "password": PASSWORD})
        assert "This sign-in took too long" in text_of(answer)
        client.headers["Origin"] = "https://elsewhere.example"
        answer = client.post("/console/sign-in", data={"token": "x", "name": "officer", "password": PASSWORD})
        assert "This form does not come from here." in text_of(answer)
