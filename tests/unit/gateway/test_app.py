"""The HTTP surface."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from fastapi.testclient import TestClient

from narrowgate.gateway.gatehouse import Gatehouse
from narrowgate.gateway.releases import RECEIPT_HEADER
from narrowgate.ledger.receipts import prove_receipt
from narrowgate.model.receipt import Receipt
from narrowgate.model.serving import Serving
from narrowgate.service import Gate
from support.cli import files_in
from support.gateway import CARDS, CSV, answering, problem, served
from support.officers import CARD, csv_text, officer, officers, open_document, workbook


@pytest.fixture
def client(gate: Gate, scratch: Path) -> Iterator[TestClient]:
    with answering(Gatehouse(gate, Serving())) as made:
        yield made
    assert files_in(scratch) == set()


def test_an_export_in_a_release_out(client: TestClient, gate: Gate) -> None:
    body = csv_text([*officers(3), officer(posting="covert")])
    answer = client.post("/v1/exports", params=CARDS, content=body, headers=CSV)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.text.splitlines()[0] == ",".join(CARD)
    assert len(answer.text.splitlines()) == 4
    name = answer.headers[RECEIPT_HEADER]
    receipt = Receipt.model_validate_json(client.get(f"/v1/receipts/{name}").text)
    assert receipt.id == name
    assert receipt.entry.release.sha256 == hashlib.sha256(answer.content).hexdigest()
    assert gate.verifier is not None
    prove_receipt(receipt, gate.verifier)
    problem(client.get(f"/v1/receipts/{'0' * 64}"), 404, "not-there")


def test_formats_in_and_out(client: TestClient) -> None:
    body = gzip.compress(csv_text(officers(2)).encode())
    answer = client.post("/v1/exports", params=CARDS | {"from": "csv.gz", "to": "json"}, content=body)
    assert answer.headers["content-type"] == "application/json"
    assert [set(row) for row in answer.json()] == [set(CARD)] * 2
    body = json.dumps(officers(2)).encode()
    headers = {"Content-Type": "application/json; charset=utf-8"}
    assert len(client.post("/v1/exports", params=CARDS, content=body, headers=headers).json()) == 2


def test_a_refusal_is_a_problem(client: TestClient) -> None:
    answer = client.post(
        "/v1/exports", params=CARDS | {"supplier": "oldco"}, content=csv_text(officers(2)), headers=CSV
    )
    document = problem(answer, 403, "refused")
    assert "not in force" in document["reasons"][0]


@pytest.mark.parametrize(
    ("params", "body", "headers", "status", "kind"),
    [
        (CARDS, "P0048213,P0048213\nx,y\n", CSV, 422, "bad-data"),
        (CARDS, "", CSV, 422, "bad-data"),
        (CARDS, "x", {"Content-Type": "text/plain"}, 415, "unknown-type"),
        (CARDS, "x", {}, 415, "unknown-type"),
        (CARDS | {"from": "xml"}, "x", CSV, 400, "bad-usage"),
        (CARDS | {"to": "xml"}, "x", CSV, 400, "bad-usage"),
        (CARDS | {"source": "nothing"}, "x", CSV, 400, "bad-usage"),
        (CARDS | {"attr": "x"}, "x", CSV, 400, "bad-usage"),
        (CARDS | {"on": "yesterday"}, "x", CSV, 400, "bad-usage"),
        (CARDS | {"purpose": "Cards!"}, csv_text(officers(1)), CSV, 400, "bad-usage"),
        (CARDS | {"nonsense": "1"}, "x", CSV, 400, "bad-usage"),
        ({"supplier": "cardco"}, "x", CSV, 400, "bad-usage"),
    ],
)
def test_what_is_wrong_is_a_problem(
    client: TestClient, params: dict[str, str], body: str, headers: dict[str, str], status: int, kind: str
) -> None:
    for path in ("/v1/exports", "/v1/checks", "/v1/plans"):
        answer = client.post(path, params=params, content=body, headers=headers)
        document = problem(answer, status, kind)
        assert "P0048213" not in json.dumps(document)


def test_checks(client: TestClient) -> None:
    answer = client.post("/v1/checks", params=CARDS, content=csv_text(officers(2)), headers=CSV)
    assert answer.status_code == 200
    assert answer.json()["compliant"] is False
    assert any("vetting_level" in objection for objection in answer.json()["objections"])


def test_plans(client: TestClient) -> None:
    answer = client.post("/v1/plans", params=CARDS, content=csv_text(officers(2)), headers=CSV)
    assert [column["field"] for column in answer.json()["columns"]] == list(CARD)


def test_inspections(client: TestClient) -> None:
    answer = client.post("/v1/inspections", params={"from": "csv"}, content=csv_text(officers(2)))
    assert answer.json() == {"kind": "csv", "findings": []}
    answer = client.post("/v1/inspections", content=workbook(officers(2)))
    assert answer.json()["kind"] == "xlsx"
    assert {finding["channel"] for finding in answer.json()["findings"]} >= {"authors", "zip_times"}
    assert client.post("/v1/inspections", content=b"what is this").status_code == 422


def test_workbooks_and_archives(client: TestClient) -> None:
    params = CARDS | {"from": "xlsx", "to": "csv.zip"}
    answer = client.post("/v1/exports", params=params, content=workbook(officers(2)))
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as release:
        assert release.namelist() == ["records.csv"]
    headers = {"Content-Type": "application/zip"}
    again = client.post("/v1/exports", params=CARDS, content=answer.content, headers=headers)
    assert again.status_code == 403
    assert "no posting" in again.json()["detail"]
    ods = {"Content-Type": "application/vnd.oasis.opendocument.spreadsheet"}
    answer = client.post("/v1/exports", params=CARDS, content=open_document(officers(2)), headers=ods)
    assert answer.headers["content-disposition"] == 'attachment; filename="release.xlsx"'


def test_health_and_description(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    paths = client.get("/openapi.json").json()["paths"]
    assert set(paths) >= {
        "/v1/exports",
        "/v1/receipts/{id}",
        "/v1/jobs/{id}",
        "/v1/jobs/{id}/release",
        "/v1/checks",
        "/v1/plans",
        "/v1/inspections",
        "/healthz",
    }


def test_an_engine_that_is_gone(client: TestClient, gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    from narrowgate.errors import EngineUnavailable

    def gone(*_: object) -> None:
        raise EngineUnavailable("OPA does not answer", "start it")

    monkeypatch.setattr(gate.engine, "decide", gone)
    answer = client.post("/v1/exports", params=CARDS, content=csv_text(officers(1)), headers=CSV)
    problem(answer, 503, "engine-unavailable")


def test_served_for_real(tmp_path: Path) -> None:
    body = io.BytesIO(csv_text(officers(200)).encode())
    with served(tmp_path) as gateway:
        answer = requests.post(f"{gateway.url}/v1/exports", params=CARDS, data=body, headers=CSV, timeout=30)
        assert answer.status_code == 200
        assert len(answer.text.splitlines()) == 201
        name = answer.headers[RECEIPT_HEADER]
        assert requests.get(f"{gateway.url}/v1/receipts/{name}", timeout=30).json()["id"] == name
