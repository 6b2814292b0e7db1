"""Trying a file: what is shown, and that nothing is kept."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from narrowgate.ledger.questions.releases import Filter, list_entries
from narrowgate.model.client import Client
from narrowgate.model.scope import Scope
from narrowgate.model.serving import Serving
from narrowgate.service import Gate
from support.cli import files_in
from support.officers import csv_text, officer, officers, workbook
from support.pages import ELSEWHERE, console, people, sign_in, text_of, upload

CARDS = {"supplier": "cardco", "purpose": "id_card_print", "on": "2026-06-01", "source": "", "attr": ""}


@pytest.fixture
def spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where files lie meanwhile."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path / "spool"


@pytest.fixture
def client(gate: Gate, spool: Path) -> Iterator[TestClient]:
    before = list_entries(gate.require_ledger().store, Filter(), 1).found
    with console(gate, serving=Serving(spool=spool)) as made:
        yield made
    assert files_in(spool.parent) == set()
    assert list_entries(gate.require_ledger().store, Filter(), 1).found == before


def test_what_came_in_beside_what_would_leave(client: TestClient) -> None:
    body = csv_text([*officers(3), officer(posting="covert")])
    answer = upload(client, "/console/try", body.encode(), "staff.csv", **CARDS)
    assert answer.status_code == 200
    text = text_of(answer)
    assert "3 of 4 records would leave, with 4 of 27 columns." in text
    assert "<del>vetting_level</del>" in answer.text
    assert "<del>MV</del>" in answer.text
    assert "Withheld: covert posting" in text
    assert "covert posting: 1" in text
    assert "pictures leave only in a ZIP" in text
    assert "Nothing was found." in text


def test_a_file_with_too_much_that_is_wrong_is_refused(client: TestClient) -> None:
    body = csv_text([*officers(3), officer(surname="<b>Hale</b>")])
    answer = upload(client, "/console/try", body.encode(), "staff.csv", **CARDS)
    assert "Nothing would leave. 1 of 4 cells under surname do not hold what the catalogue allows" in text_of(answer)
    assert "&lt;b&gt;Hale&lt;/b&gt;" in answer.text
    assert "surname: 1 cell that the catalogue does not allow" in text_of(answer)


def test_what_a_file_hides_is_listed(client: TestClient) -> None:
    answer = upload(client, "/console/try", workbook(officers(2)), "staff.xlsx", **CARDS)
    text = text_of(answer)
    assert "2 of 2 records would leave" in text
    assert "What the file hides Where What" in text
    assert "docProps/core.xml people, firms, titles and keywords in the properties 1 property medium" in text


def test_a_refusal_is_an_answer(client: TestClient) -> None:
    answer = upload(
        client, "/console/try", csv_text(officers(2)).encode(), "staff.csv", **CARDS | {"supplier": "oldco"}
    )
    assert answer.status_code == 200
    assert "Nothing would leave. Agreement DSA-2021-003 runs from" in text_of(answer)
    assert "<del>Kestrelby</del>" in answer.text


@pytest.mark.parametrize(
    ("fields", "content", "name", "status", "said"),
    [
        ({}, b"", "staff.csv", 400, "No file was chosen, or an empty one."),
        ({}, b"a\nb\n", "staff.csv", 422, "no column is one that the catalogue knows"),
        ({}, b"surname,surname\nx,y\n", "staff.csv", 422, "export.csv:1: columns 1 and 2"),
        ({}, b"surname\nx\n", "staff.doc", 415, "The format of the body is not told"),
        ({"supplier": ""}, b"surname\nx\n", "staff.csv", 400, "Who receives or what for is not told"),
        ({"on": "yesterday"}, b"surname\nx\n", "staff.csv", 400, "Something in the form is not right"),
        ({"source": "nothing"}, b"surname\nx\n", "staff.csv", 400, "There is no source nothing"),
        ({"purpose": "Cards!"}, b"surname\nx\n", "staff.csv", 400, "Purpose: "),
        ({"attr": "x"}, b"surname\nx\n", "staff.csv", 400, "NAME=VALUE"),
    ],
)
def test_what_is_wrong_is_told_above_the_form(
    client: TestClient, fields: dict[str, str], content: bytes, name: str, status: int, said: str
) -> None:
    answer = upload(client, "/console/try", content, name, **CARDS | fields)
    assert said in text_of(answer)
    assert answer.status_code == status
    assert 'role="alert"' in answer.text
    assert ('<option value="cardco" selected>' in answer.text) is ("supplier" not in fields)


def test_somebody_may_try_their_own_pairs_alone(gate: Gate, spool: Path) -> None:
    reader = Client(scopes=frozenset({Scope.PLANS}), pairs=frozenset({"kitcorp:uniform"}))
    serving = Serving(clients=people(spool.parent, reader=reader), spool=spool)
    with console(gate, ELSEWHERE, serving) as client:
        sign_in(client, "reader")
        page = client.get("/console/try").text
        assert '<option value="uniform">' in page
        assert '<option value="payroll">' not in page
        assert '<option value="cardco">' not in page
        body = csv_text(officers(2)).encode()
        assert upload(client, "/console/try", body, "staff.csv", **CARDS).status_code == 403
        theirs = CARDS | {"supplier": "kitcorp", "purpose": "uniform"}
        assert upload(client, "/console/try", body, "staff.csv", **theirs).status_code == 200
