"""Exports over HTTP: as bodies and in forms, with keys, and bounded in every way."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from narrowgate.gateway.download import Download
from narrowgate.gateway.gatehouse import Gatehouse
from narrowgate.gateway.releases import RECEIPT_HEADER
from narrowgate.model.client import Client
from narrowgate.model.scope import Scope
from narrowgate.model.serving import Serving
from narrowgate.service import Gate
from support.cli import files_in
from support.gateway import CARDS, CARDS_QUERY, CSV, Brake, answer_on, answering, asking, entered, listening, problem
from support.identity import register
from support.officers import CARD, csv_text, officer, officers, workbook
from support.processes import wait_until

EXPORT = csv_text(officers(3))


@pytest.fixture
def house(gate: Gate, scratch: Path) -> Gatehouse:
    return Gatehouse(gate, Serving())


@pytest.fixture
def client(house: Gatehouse, scratch: Path) -> Iterator[TestClient]:
    with answering(house) as made:
        yield made
    assert files_in(scratch) == set()


def in_a_form(client: TestClient, fields: dict[str, Any], file: Any = None, **more: Any) -> Any:
    given = file or ("Kestrelby.csv", EXPORT.encode(), "text/csv")
    return client.post("/v1/exports", data=fields, files={"file": given}, **more)


def test_the_answer_says_what_was_released(client: TestClient) -> None:
    answer = client.post("/v1/exports", params=CARDS, content=EXPORT, headers=CSV)
    digest = base64.b64encode(hashlib.sha256(answer.content).digest()).decode()
    assert answer.headers["content-digest"] == f"sha-256=:{digest}:"
    assert answer.headers["content-length"] == str(len(answer.content))
    assert answer.headers["content-disposition"] == 'attachment; filename="release.csv"'
    assert len(answer.headers[RECEIPT_HEADER]) == 64


@pytest.mark.parametrize("in_the_form", [(), ("supplier",), ("purpose", "on"), tuple(CARDS)])
def test_a_form_or_the_query_tells_what_for(client: TestClient, in_the_form: tuple[str, ...]) -> None:
    fields = {name: CARDS[name] for name in in_the_form}
    answer = in_a_form(client, fields, params={name: CARDS[name] for name in CARDS.keys() - set(in_the_form)})
    assert answer.status_code == 200, answer.text
    assert answer.text == client.post("/v1/exports", params=CARDS, content=EXPORT, headers=CSV).text


@pytest.mark.parametrize(
    ("name", "media_type", "body"),
    [
        ("staff.csv", "application/octet-stream", EXPORT.encode()),
        ("staff.csv.gz", "application/gzip", gzip.compress(EXPORT.encode())),
        ("staff", "text/csv; charset=utf-8", EXPORT.encode()),
        ("STAFF.XLSX", "application/octet-stream", workbook(officers(3))),
        ("staff.json", "application/octet-stream", json.dumps(officers(3)).encode()),
    ],
)
def test_the_format_is_told_by_media_type_or_name(client: TestClient, name: str, media_type: str, body: bytes) -> None:
    answer = in_a_form(client, CARDS | {"to": "csv"}, (name, body, media_type))
    assert answer.status_code == 200, answer.text
    assert answer.text.splitlines()[0] == ",".join(CARD)
    as_a_body = {"Content-Type": media_type, "Content-Disposition": f'attachment; filename="{name}"'}
    again = client.post("/v1/exports", params=CARDS | {"to": "csv"}, content=body, headers=as_a_body)
    assert again.text == answer.text


def test_how_it_is_written_is_told(client: TestClient) -> None:
    text = EXPORT.replace(",", ";").replace("Mill Lane; Saltby", "Mill Lane, Saltby").encode("utf-16")
    told = {"encoding": "utf-16", "delimiter": ";", "quote": "none"}
    answer = client.post("/v1/exports", params=CARDS | told, content=text.replace(b'"\0', b""), headers=CSV)
    assert answer.status_code == 200, answer.text
    assert len(answer.text.splitlines()) == 4
    answer = in_a_form(client, CARDS | {"delimiter": "Kestrelby"})
    assert "Kestrelby" not in json.dumps(problem(answer, 400, "bad-usage"))


@pytest.mark.parametrize(
    ("fields", "status", "kind"),
    [
        ({"supplier": "cardco"}, 400, "bad-usage"),
        (CARDS | {"nonsense": "Kestrelby"}, 400, "bad-usage"),
        (CARDS | {"on": "Kestrelby"}, 400, "bad-usage"),
        (CARDS | {"header_rows": "9"}, 400, "bad-usage"),
        (CARDS | {"supplier": ["cardco", "cardco"]}, 400, "bad-usage"),
        (CARDS | {"attr": "Kestrelby"}, 400, "bad-usage"),
        (CARDS | {"source": "x" * 9000}, 413, "too-large"),
        (CARDS | {f"n{number}": "" for number in range(70)}, 400, "bad-usage"),
    ],
)
def test_a_form_that_is_wrong(client: TestClient, fields: dict[str, Any], status: int, kind: str) -> None:
    assert "Kestrelby" not in json.dumps(problem(in_a_form(client, fields), status, kind))


def test_what_is_told_twice_is_not_guessed(client: TestClient) -> None:
    problem(in_a_form(client, CARDS, params={"supplier": "cardco"}), 400, "bad-usage")


def test_an_inspection_by_form(client: TestClient) -> None:
    file = {"file": ("staff", EXPORT.encode(), "application/octet-stream")}
    assert client.post("/v1/inspections", files=file, data={"from": "csv"}).json()["kind"] == "csv"
    problem(client.post("/v1/inspections", files=file, data={"supplier": "cardco"}), 400, "bad-usage")


FORM = "multipart/form-data; boundary=x"
PART = 'Content-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nx\r\n'


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", f"--x\r\n{PART}--x--\r\n"),
        (f"multipart/form-data; boundary={'x' * 2000}", ""),
        (FORM, ""),
        (FORM, "no form at all"),
        (FORM, f"--x\r\n{PART}"),
        (FORM, f"--x\r\n{PART}--x\r\n{PART}--x--\r\n"),
        (FORM, f"--x\r\n{PART.replace('file', 'elif')}--x--\r\n"),
        (FORM, "--x\r\nno header\r\n\r\nx\r\n--x--\r\n"),
    ],
)
def test_a_form_that_is_none(client: TestClient, content_type: str, body: str) -> None:
    for path in ("/v1/exports", "/v1/checks", "/v1/plans", "/v1/inspections"):
        params = {} if path.endswith("inspections") else CARDS
        answer = client.post(path, params=params, content=body, headers={"Content-Type": content_type})
        problem(answer, 400, "bad-usage")


def test_a_field_that_is_not_text(client: TestClient) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="supplier"\r\n\r\n\xff\r\n--x--\r\n'
    problem(client.post("/v1/exports", content=body, headers={"Content-Type": FORM}), 400, "bad-usage")


@pytest.mark.parametrize(
    ("headers", "params"),
    [({}, {}), ({"Content-Type": "text/plain"}, {}), (CSV | {"Content-Encoding": "gzip"}, {"from": "csv"})],
)
def test_formats_that_nobody_tells_or_takes(
    client: TestClient, headers: dict[str, str], params: dict[str, str]
) -> None:
    answer = client.post("/v1/exports", params=CARDS | params, content=EXPORT, headers=headers)
    problem(answer, 415, "unknown-type")


def test_problems_name_the_export_and_no_place(client: TestClient, scratch: Path) -> None:
    for path in ("/v1/exports", "/v1/checks"):
        headers = CSV | {"Content-Disposition": 'attachment; filename="Kestrelby.csv"'}
        answer = client.post(path, params=CARDS, content=f"{EXPORT}x,y\n", headers=headers)
        document = problem(answer, 422, "bad-data")
        assert document["detail"].startswith("export.csv:5: ")
        assert "Kestrelby" not in answer.text
        assert str(scratch) not in answer.text
        assert "narrowgate-call" not in answer.text
    answer = client.post("/v1/exports", params=CARDS, content="", headers=CSV)
    assert problem(answer, 422, "bad-data")["detail"] == "export.csv is empty"
    answer = client.post("/v1/inspections", content=b"what is this")
    assert problem(answer, 422, "bad-data")["detail"].startswith("export.bin: ")


def test_a_disk_that_is_full(client: TestClient, monkeypatch: pytest.MonkeyPatch, scratch: Path) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("narrowgate.tables.files.OutputFile.write", full)
        answer = client.post("/v1/exports", params=CARDS, content=EXPORT, headers=CSV)
    document = problem(answer, 507, "bad-file")
    assert document["detail"] == "spool/out/release.csv cannot be written: No space left on device"
    with monkeypatch.context() as patched:
        patched.setattr("os.writev", full)
        problem(client.post("/v1/exports", params=CARDS, content=EXPORT, headers=CSV), 503, "busy")


def test_larger_than_is_taken(gate: Gate, scratch: Path) -> None:
    with answering(Gatehouse(gate, Serving(max_upload=len(EXPORT)))) as client:
        assert client.post("/v1/exports", params=CARDS, content=EXPORT, headers=CSV).status_code == 200
        for body in (f"{EXPORT}\n", iter([EXPORT.encode(), b"\n"])):
            problem(client.post("/v1/exports", params=CARDS, content=body, headers=CSV), 413, "too-large")


@pytest.mark.parametrize("room", [{"spool_quota": 10}, {"spool_reserve": 1 << 60}])
def test_no_room_on_disk(gate: Gate, scratch: Path, room: dict[str, Any]) -> None:
    with answering(Gatehouse(gate, Serving(**room))) as client:
        answer = client.post("/v1/exports", params=CARDS, content=EXPORT, headers=CSV)
        problem(answer, 503, "busy")
        assert answer.headers["retry-after"] == "30"


def test_nothing_is_taken_once_it_stops(house: Gatehouse, client: TestClient) -> None:
    house.files.stop()
    for path in ("/v1/exports", "/v1/checks", "/v1/plans"):
        answer = client.post(path, params=CARDS, content=EXPORT, headers=CSV)
        assert "stopping" in problem(answer, 503, "busy")["detail"]
        assert answer.headers["retry-after"]
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200


def test_a_client_gets_half_of_the_places(gate: Gate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scopes, pairs = frozenset(Scope), frozenset({"*:*"})
    keys = register(
        tmp_path / "clients.yaml", a=Client(scopes=scopes, pairs=pairs), b=Client(scopes=scopes, pairs=pairs)
    )
    house = Gatehouse(gate, Serving(clients=tmp_path / "clients.yaml", places=2))
    brake = Brake(gate, monkeypatch)

    with answering(house) as client, ThreadPoolExecutor(2) as threads:

        def post(name: str) -> Any:
            headers = CSV | {"Authorization": f"Bearer {keys[name]}"}
            return client.post("/v1/exports", params=CARDS, content=EXPORT, headers=headers)

        first = threads.submit(post, "a")
        assert brake.reached.wait(30)
        assert problem(post("a"), 429, "too-many")
        second = threads.submit(post, "b")
        wait_until(lambda: house.files.places.taken == 2)
        answer = post("b")
        problem(answer, 503, "busy")
        assert answer.headers["retry-after"] == "5"
        brake.let_go()
        assert {first.result().status_code, second.result().status_code} == {200}
        assert post("a").status_code == 200


def test_a_client_may_only_send_to_its_own(gate: Gate, tmp_path: Path) -> None:
    keys = register(
        tmp_path / "clients.yaml", kit=Client(scopes=frozenset(Scope), pairs=frozenset({"kitcorp:uniform"}))
    )
    with answering(Gatehouse(gate, Serving(clients=tmp_path / "clients.yaml"))) as client:
        client.headers["Authorization"] = f"Bearer {keys['kit']}"
        problem(client.post("/v1/exports", params=CARDS, content=EXPORT, headers=CSV), 403, "forbidden")
        problem(in_a_form(client, CARDS), 403, "forbidden")


def test_the_same_key_gives_the_same_and_enters_it_once(client: TestClient, gate: Gate) -> None:
    def post(key: str, body: str = EXPORT, **params: str) -> Any:
        headers = CSV | {"Idempotency-Key": key}
        return client.post("/v1/exports", params=CARDS | params, content=body, headers=headers)

    first = post('"8e03978e-40d5-43dd-bc93-6894a57f9324"')
    count = entered(gate)
    again = post('"8e03978e-40d5-43dd-bc93-6894a57f9324"')
    assert (again.content, again.headers[RECEIPT_HEADER]) == (first.content, first.headers[RECEIPT_HEADER])
    assert entered(gate) == count
    problem(post('"8e03978e-40d5-43dd-bc93-6894a57f9324"', csv_text(officers(4))), 409, "conflict")
    assert post("another").headers[RECEIPT_HEADER] != first.headers[RECEIPT_HEADER]
    refused = problem(post("refused", supplier="oldco"), 403, "refused")
    count = entered(gate)
    assert problem(post("refused", supplier="oldco"), 403, "refused")["reasons"] == refused["reasons"]
    assert entered(gate) == count


@pytest.mark.parametrize("key", ["", "x" * 256, "two words", "\xfc"])
def test_keys_that_are_none(client: TestClient, key: str) -> None:
    headers = {b"Content-Type": b"text/csv", b"Idempotency-Key": key.encode("latin-1")}
    problem(client.post("/v1/exports", params=CARDS, content=EXPORT, headers=headers), 400, "bad-usage")


def test_a_key_that_is_in_use(client: TestClient, gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    brake = Brake(gate, monkeypatch)
    headers = CSV | {"Idempotency-Key": "in-use"}
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(client.post, "/v1/exports", params=CARDS, content=EXPORT, headers=headers)
        assert brake.reached.wait(30)
        answer = client.post("/v1/exports", params=CARDS, content=EXPORT, headers=headers)
        problem(answer, 409, "conflict")
        assert answer.headers["retry-after"] == "2"
        brake.let_go()
        assert first.result().status_code == 200
    assert client.post("/v1/exports", params=CARDS, content=EXPORT, headers=headers).content == first.result().content


def test_a_check_with_a_receipt(client: TestClient) -> None:
    release = client.post("/v1/exports", params=CARDS, content=csv_text([officer()]), headers=CSV)
    receipt = client.get(f"/v1/receipts/{release.headers[RECEIPT_HEADER]}").json()
    file = ("release.csv", release.content, "text/csv")

    def check(*given: tuple[str, Any]) -> Any:
        return client.post("/v1/checks", params=CARDS, files=[("file", file), *given])

    report = check(("receipt", ("receipt.json", json.dumps(receipt), "application/json"))).json()
    assert report["compliant"], report
    assert report["receipt"] == release.headers[RECEIPT_HEADER]
    assert not check().json()["compliant"]
    problem(check(("receipt", ("receipt.json", "{}", "application/json"))), 422, "bad-data")
    forged = json.dumps(receipt | {"id": "0" * 64})
    problem(check(("receipt", ("receipt.json", forged, "application/json"))), 422, "bad-data")
    elsewhere: dict[str, Any] = {"file": file, "receipt": ("receipt.json", "{}", "application/json")}
    problem(client.post("/v1/exports", params=CARDS, files=elsewhere), 400, "bad-usage")
    problem(check(("receipt", ("receipt.json", "x" * (5 << 20), "application/json"))), 413, "too-large")


def test_a_client_that_is_too_slow(gate: Gate, scratch: Path) -> None:
    with listening(gate, Serving(upload_idle=0.2)) as (house, port):
        with asking(port, 1000, b"warrant_number") as silent:
            answer = answer_on(silent)
        assert b" 408 " in answer.partition(b"\r\n")[0]
        assert b"/too-slow" in answer
        wait_until(lambda: house.files.is_idle and not any(scratch.iterdir()))


def test_a_client_that_sends_too_little(gate: Gate, scratch: Path) -> None:
    """It is never silent for long, and yet it is not to hold its place for ever."""
    with listening(gate, Serving(upload_idle=0.5, upload_rate=1 << 30)) as (house, port):
        with asking(port, 100_000) as slow:
            slow.settimeout(0.05)
            answer = b""
            while not answer:
                try:
                    slow.sendall(b"x")
                    answer = slow.recv(65536)
                except TimeoutError:
                    continue
        assert b" 408 " in answer.partition(b"\r\n")[0]
        wait_until(lambda: house.files.is_idle and not any(scratch.iterdir()))


def test_a_client_that_leaves_in_the_middle_of_its_body(gate: Gate, scratch: Path) -> None:
    with listening(gate, Serving()) as (house, port):
        with asking(port, 10_000_000, b"x" * 3_000_000):
            wait_until(lambda: house.files.spool.used > 0)
        wait_until(lambda: house.files.is_idle and not any(scratch.iterdir()))
        assert house.files.spool.used == 0


@pytest.mark.parametrize("path", ["/v1/exports", "/v1/checks"])
def test_a_client_that_leaves_while_its_export_is_worked_on(
    gate: Gate, scratch: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr("narrowgate.tables.formats._delimited.BLOCK", 1 << 10)
    monkeypatch.setattr("narrowgate.tables.formats._delimited.CHUNK", 1 << 10)
    before, brake = entered(gate), Brake(gate, monkeypatch)
    body = csv_text(officers(1000)).encode()
    with listening(gate, Serving()) as (house, port):
        with asking(port, len(body), body, f"{path}?{CARDS_QUERY}"):
            assert brake.reached.wait(30)
        assert brake.stopped.wait(30)
        brake.let_go()
        wait_until(lambda: house.files.is_idle and not any(scratch.iterdir()))
        assert (house.files.lanes.running, house.files.spool.used) == (0, 0)
    assert entered(gate) == before


def test_a_client_that_leaves_while_it_waits(gate: Gate, scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, brake = entered(gate), Brake(gate, monkeypatch)
    body = EXPORT.encode()
    with listening(gate, Serving(at_once=1)) as (house, port):
        with asking(port, len(body), body) as first:
            assert brake.reached.wait(30)
            with asking(port, len(body), body):
                wait_until(lambda: house.files.places.taken == 2)
            wait_until(lambda: house.files.places.taken == 1)
            brake.let_go()
            assert b" 200 " in first.recv(65536).partition(b"\r\n")[0]
        wait_until(lambda: not any(scratch.iterdir()))
    assert entered(gate) == before + 1


def test_a_client_that_does_not_take_its_release(gate: Gate, scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def impatient(path: Path, media_type: str, headers: dict[str, str], _: float, then: Callable[[bool], None]) -> Any:
        return Download(path, media_type, headers, 0.2, then)

    monkeypatch.setattr("narrowgate.gateway.releases.Download", impatient)
    body = csv_text(officers(100_000)).encode()
    with listening(gate, Serving()) as (house, port):
        with asking(port, len(body), body, f"/v1/exports?{CARDS_QUERY}&to=json") as connection:
            wait_until(lambda: house.files.is_idle and not any(scratch.iterdir()))
            head, _, got = answer_on(connection).partition(b"\r\n\r\n")
        length = re.search(rb"content-length: ([0-9]+)", head)
        assert length is not None
        assert len(got) < int(length[1])
