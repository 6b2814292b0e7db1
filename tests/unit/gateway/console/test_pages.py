"""What pages say."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from starlette.requests import ClientDisconnect

from narrowgate.errors import Busy, EngineUnavailable, LedgerError
from narrowgate.gateway.console.navigation import entries
from narrowgate.gateway.problems import CLIENT_GONE
from narrowgate.ledger.receipts import prove_receipt
from narrowgate.model.receipt import Receipt
from narrowgate.service import Gate
from support.officers import officers
from support.pages import console, text_of, token_of, upload
from support.paths import POLICIES

EVERY_PAGE = (
    "/console",
    "/console/matrix?on=2026-06-01",
    "/console/matrix?on=2026-06-01&supplier=cardco&every=yes",
    "/console/matrix/id_card_print/surname?on=2026-06-01",
    "/console/matrix/id_card_print/salary?on=2026-06-01",
    "/console/purposes",
    "/console/purposes/training?on=2026-06-01",
    "/console/try",
    "/console/releases",
    "/console/releases/0",
    "/console/releases/2",
    "/console/releases/3",
    "/console/breach",
    "/console/breach?supplier=cardco",
    "/console/people",
    "/console/change",
)


@pytest.mark.parametrize("path", EVERY_PAGE)
def test_pages_are_whole_and_fetch_nothing_from_elsewhere(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200, text_of(answer)
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert "script-src" not in policy
    assert answer.headers.get_list("referrer-policy") == ["same-origin"]
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert re.findall(r"<script|<style|\sstyle=|\son\w+=|javascript:", answer.text) == []
    addresses = re.findall(r'(?:href|src|action)="([^"]*)"', answer.text)
    assert [each for each in addresses if not each.startswith(("/console", "#", "?"))] == []
    assert len(re.findall("<h1", answer.text)) == 1
    assert "Nobody is asked who they are" in text_of(answer)


def test_every_page_can_be_come_by(client: TestClient) -> None:
    front = client.get("/console").text
    for entry in entries():
        assert f'<a href="{entry.path}"' in front
        assert f'<a href="{entry.path}" aria-current="page">' in client.get(entry.path).text
    assert client.get("/console/").status_code == 200


def test_static_files_can_be_kept(client: TestClient) -> None:
    (address,) = re.findall(r'<link rel="stylesheet" href="([^"]*)"', client.get("/console").text)
    answer = client.get(address)
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert "immutable" in answer.headers["cache-control"]
    assert client.get("/console/static/console.py").status_code == 404
    assert client.get("/console/static/..%2fconsole.py").status_code == 404


def test_the_front_page_tells_what_is_overdue(client: TestClient) -> None:
    text = text_of(client.get("/console"))
    assert "Ready Policies, engine and ledger are as they should be." in text
    assert "2 releases that suppliers should have deleted by now" in text
    assert "3 releases in the last 30 days" in text
    assert "1 refusal in the last 30 days" in text


def test_the_front_page_tells_what_is_wrong(told: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object) -> None:
        raise EngineUnavailable("OPA does not answer", "start it")

    monkeypatch.setattr(told.engine, "decide", gone)
    with console(told) as client:
        text = text_of(client.get("/console"))
    assert "Not ready" in text
    assert "engine: OPA does not answer" in text


def test_the_matrix_leads_to_rule_line_and_reason(client: TestClient) -> None:
    page = client.get("/console/matrix", params={"on": "2026-06-01", "supplier": "learnly"}).text
    (address,) = re.findall(r'href="(/console/matrix/training/surname[^"]*)"', page)
    text = text_of(client.get(address.replace("&amp;", "&")))
    assert "as it is To learnly Because permitted by the purpose" in text
    source = (POLICIES / "purposes/training/training.rego").read_text().split("\n")
    lines = re.findall(r"purposes/training/training\.rego, line (\d+)", text)
    assert lines
    for line in lines:
        assert source[int(line) - 1].strip() in text


def test_a_withheld_cell_tells_why(client: TestClient) -> None:
    text = text_of(client.get("/console/matrix/id_card_print/vetting_level?on=2026-06-01"))
    assert "withheld from everybody" in text
    assert "It leaves only to a vetting provider." in text


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/console/matrix?on=tomorrow", 400, "The day is not a day."),
        ("/console/matrix?on=0001-01-01", 400, "The day is too far away."),
        ("/console/matrix?supplier=nobody", 400, "There is no supplier nobody."),
        ("/console/matrix/uniform/nothing", 404, "There is no such purpose, field or supplier."),
        ("/console/purposes/nothing", 404, "There is no such purpose."),
        ("/console/releases?supplier=nobody", 400, "The ledger knows no supplier nobody."),
        ("/console/releases?before=x", 400, "before: "),
        ("/console/releases/99", 404, "There is no entry 99"),
        ("/console/releases/x", 400, "number: "),
        ("/console/releases/3/receipt.json", 400, "Entry 3 is a refusal"),
        ("/console/breach?supplier=nobody", 400, "The ledger knows no supplier nobody."),
        ("/console/breach?supplier=cardco&first=2026-06-02&last=2026-06-01", 400, "is after the last"),
        ("/console/nothing", 404, "There is nothing at this address."),
    ],
)
def test_what_is_wrong_is_told_on_a_page(client: TestClient, path: str, status: int, said: str) -> None:
    answer = client.get(path)
    assert said in text_of(answer)
    assert answer.status_code == status
    assert 'role="alert"' in answer.text
    assert "What to do: " in text_of(answer)


def test_a_fault_of_ours_is_told_without_its_text(told: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("Tamsin Kestrelby")

    monkeypatch.setattr("narrowgate.gateway.console.pages.purposes.about", broken)
    with console(told) as client:
        answer = client.get("/console/purposes/uniform")
    assert answer.status_code == 500
    assert "Something went wrong here." in text_of(answer)
    assert answer.headers["x-request-id"] in answer.text
    assert "Kestrelby" not in answer.text


def test_somebody_who_is_gone_is_told_nothing(
    told: Gate, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def gone(*_: object) -> None:
        raise ClientDisconnect

    monkeypatch.setattr("narrowgate.gateway.console.pages.change._compared", gone)
    with console(told) as client:
        answer = upload(client, "/console/change", b"x", "policies.tar.gz")
    assert answer.status_code == CLIENT_GONE
    assert "fault" not in caplog.text


def test_what_is_busy_tells_when_to_come_back(told: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object) -> None:
        raise Busy("too many calls wait for an answer", "try again in a little while", 7)

    monkeypatch.setattr("narrowgate.gateway.console.pages.purposes.about", busy)
    with console(told) as client:
        answer = client.get("/console/purposes/uniform")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "7"


def test_a_ledger_that_fails_is_told(told: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object) -> None:
        raise LedgerError("the ledger is gone", "put it back")

    for page in ("releases", "front"):
        monkeypatch.setattr(f"narrowgate.gateway.console.pages.{page}.list_entries", gone)
    with console(told) as client:
        for path in ("/console/releases", "/console"):
            answer = client.get(path)
            assert answer.status_code == 503
            assert "The ledger is gone. What to do: put it back." in text_of(answer)
    assert "What decides" in text_of(answer)


def test_a_purpose_tells_its_terms(client: TestClient) -> None:
    text = text_of(client.get("/console/purposes/id_card_print?on=2026-06-01"))
    assert "Lawful basis Public task" in text
    assert "Kept for at most 30 days" in text
    assert "DSA-2025-014 Cardco Ltd cardco, card printer, GB 1 January 2026 to 31 December 2027 in force" in text
    assert "DSA-2021-003 Oldco Cards oldco, card printer, GB 1 April 2021 to 31 March 2025 ended" in text
    assert "photo photo, confidential as a JPEG of 600 px cardco" in text
    assert "Each record is judged by posting and status." in text
    assert "Covert officers never leave" in text
    assert "to come" in text_of(client.get("/console/purposes/uniform?on=2020-01-01"))


def test_entries_are_searched_and_paged(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    text = text_of(client.get("/console/releases?words=unif"))
    assert "1 entry." in text
    assert "There are no such entries." in text_of(client.get("/console/releases?words=nothing"))
    assert "2 entries." in text_of(client.get("/console/releases?supplier=cardco&kind=release"))
    monkeypatch.setattr("narrowgate.gateway.console.pages.releases._A_PAGE", 2)
    first = client.get("/console/releases?kind=release")
    assert "3 entries, 2 of them here." in text_of(first)
    (older,) = re.findall(r'href="([^"]*)" rel="next"', first.text)
    second = client.get("/console/releases" + older.replace("&amp;", "&"))
    assert "3 entries, 1 of them here." in text_of(second)
    assert '<a href="?kind=release">Back to the newest</a>' in second.text


def test_a_receipt_is_shown_proven_and_downloaded(client: TestClient, told: Gate) -> None:
    text = text_of(client.get("/console/releases/0"))
    assert "3 of 3 released" in text
    assert "holds this entry, as number 0 of 5, and has signed that it does." in text
    answer = client.get("/console/releases/0/receipt.json")
    assert answer.headers["content-disposition"] == 'attachment; filename="release-0.receipt.json"'
    receipt = Receipt.model_validate_json(answer.text)
    assert told.verifier is not None
    prove_receipt(receipt, told.verifier)
    assert receipt.id in text
    assert receipt.entry.release.sha256 in text


def test_a_refusal_tells_its_reasons(client: TestClient) -> None:
    text = text_of(client.get("/console/releases/3"))
    assert "Nothing left." in text
    assert "Agreement DSA-2021-003 runs from 2021-04-01" in text


def test_a_breach_is_told_with_numbers_and_lists(client: TestClient) -> None:
    query = {"supplier": "cardco", "first": "2026-01-01", "last": "2026-05-31"}
    answer = client.get("/console/breach", params=query)
    text = text_of(answer)
    assert "cardco held data of 5 people, in 2 releases, from 1 January 2026 to 31 May 2026." in text
    assert "2 of them, with data of 5 people, should have been deleted by then." in text
    assert '<svg viewBox="' in answer.text
    assert "From 0 on 1 January 2026 to 5 on 31 May 2026; 5 at most." in text
    listed = client.get("/console/breach/people.csv", params=query)
    rows = list(csv.DictReader(io.StringIO(listed.text)))
    assert sorted(row["identifier"] for row in rows) == [each["employee_number"] for each in officers(5)]
    drafted = client.get("/console/breach/article-33.md", params=query)
    assert drafted.text.startswith("# Personal data breach at cardco")
    assert drafted.headers["content-disposition"] == 'attachment; filename="cardco-article-33.md"'


def test_a_supplier_that_held_nothing_then(client: TestClient) -> None:
    answer = client.get("/console/breach?supplier=cardco&last=2026-01-01")
    assert "cardco held data of 0 people, in 0 releases" in text_of(answer)
    assert "<svg viewBox" not in answer.text


def test_who_holds_anything_about_a_person(client: TestClient) -> None:
    number = officers(1)[0]["employee_number"]
    token = token_of(client.get("/console/people"))
    answer = client.post("/console/people", data={"token": token, "identifier": f" {number} "})
    text = text_of(answer)
    assert "Held by cardco." in text
    assert "No longer held, as suppliers say" in text
    assert number not in answer.text
    answer = client.post("/console/people", data={"token": token, "identifier": "E4999999"})
    assert "Nobody holds anything about this person" in text_of(answer)
    for wrong in ("", "Kestrelby"):
        answer = client.post("/console/people", data={"token": token, "identifier": wrong})
        assert answer.status_code == 400
        assert "Kestrelby" not in answer.text


def test_nothing_that_somebody_wrote_becomes_markup(client: TestClient) -> None:
    answer = client.get("/console/releases", params={"words": '"><script>alert(1)</script>'})
    assert "<script>" not in answer.text
    assert "&lt;script&gt;" in answer.text


def test_the_description_of_the_api_leaves_pages_out(client: TestClient) -> None:
    assert "/console" not in json.dumps(client.get("/openapi.json").json()["paths"])


def test_templates_and_files_are_in_the_package() -> None:
    folder = Path(__file__).parents[4] / "engine/narrowgate/gateway/console"
    assert {path.suffix for path in (folder / "templates").iterdir()} == {".html"}
    assert {path.suffix for path in (folder / "static").iterdir()} == {".css", ".svg"}
