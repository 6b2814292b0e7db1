"""Questions about what left, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from narrowgate.authoring.matrix import Wanted, matrix
from narrowgate.errors import LedgerError, Refused
from narrowgate.gateway.access.access import Access
from narrowgate.gateway.app import create_app
from narrowgate.gateway.gatehouse import Gatehouse
from narrowgate.ledger import merkle
from narrowgate.ledger.checkpoints import Checkpoint, open_checkpoint
from narrowgate.ledger.questions.article33 import draft
from narrowgate.ledger.questions.breach import breach
from narrowgate.ledger.questions.held import Question
from narrowgate.ledger.questions.releases import Filter, list_entries
from narrowgate.ledger.receipts import prove_receipt
from narrowgate.model.breach import BreachReport
from narrowgate.model.client import Client
from narrowgate.model.listing import EntryList, ShownEntry
from narrowgate.model.matrix import Matrix
from narrowgate.model.person import PersonReport
from narrowgate.model.receipt import Receipt
from narrowgate.model.scope import Scope
from narrowgate.model.serving import Serving
from narrowgate.service import Gate, Order, filter_export
from support.gates import DAY, private_gate
from support.identity import register
from support.officers import officers, write_records
from support.paths import POLICIES

EVERY_SCOPE = frozenset(Scope)
PEOPLE = 3


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gate]:
    """A gate that released cards twice and uniforms once, refused one card, and then forgot somebody."""
    folder = tmp_path_factory.mktemp("told")
    export = write_records(folder / "staff.csv", officers(PEOPLE))
    with private_gate(POLICIES) as gate:
        for number, (supplier, purpose) in enumerate(
            [
                ("cardco", "id_card_print"),
                ("kitcorp", "uniform"),
                ("oldco", "id_card_print"),
                ("cardco", "id_card_print"),
            ]
        ):
            order = Order(supplier=supplier, purpose=purpose, on=DAY, input=export)
            try:
                filter_export(gate, order, folder / f"{number}.csv", None)
            except Refused:
                assert supplier == "oldco"
        gate.require_ledger().erase(officers(PEOPLE)[-1]["employee_number"])
        yield gate


@pytest.fixture(scope="module")
def client(told: Gate) -> Iterator[TestClient]:
    """Somebody who may ask anything."""
    app = create_app(Gatehouse(told, Serving()), Access.off())
    with TestClient(app, base_url="http://127.0.0.1") as made:
        yield made


@pytest.fixture(scope="module")
def narrow(told: Gate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A client that is registered for uniforms alone."""
    file = tmp_path_factory.mktemp("clients") / "clients.yaml"
    keys = register(file, kit=Client(scopes=EVERY_SCOPE, pairs=frozenset({"kitcorp:uniform"})))
    serving = Serving(clients=file)
    with TestClient(create_app(Gatehouse(told, serving), Access.of(serving)), base_url="http://127.0.0.1") as made:
        made.headers["Authorization"] = f"Bearer {keys['kit']}"
        yield made


def listed(client: TestClient, **params: Any) -> list[int]:
    answer = client.get("/v1/releases", params=params)
    assert answer.status_code == 200, answer.text
    return [line.number for line in EntryList.model_validate_json(answer.text).entries]


def problem(answer: Any, status: int, kind: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"].endswith(f"/{kind}")


def test_entries_are_listed_as_the_ledger_lists_them(client: TestClient, told: Gate) -> None:
    found = EntryList.model_validate_json(client.get("/v1/releases").text)
    assert found == list_entries(told.require_ledger().store, Filter(), 50)
    assert [line.kind for line in found.entries] == ["erasure", "release", "refusal", "release", "release"]
    assert found.next is None


@pytest.mark.parametrize(
    ("params", "numbers"),
    [
        ({"supplier": "cardco"}, [3, 0]),
        ({"purpose": "id_card_print"}, [3, 2, 0]),
        ({"kind": "refusal"}, [2]),
        ({"from": "2999-01-01"}, []),
        ({"to": "1999-12-31"}, []),
        ({"before": 3}, [2, 1, 0]),
        ({"q": "card"}, [3, 2, 0]),
        ({"q": "card release"}, [3, 0]),
        ({"q": "old refusal"}, [2]),
        ({"q": "4"}, [4]),
        ({"q": "20"}, [4, 3, 2, 1, 0]),
        ({"q": "%"}, []),
        ({"q": "99999999999999999999"}, []),
    ],
)
def test_some_of_them(client: TestClient, params: dict[str, Any], numbers: list[int]) -> None:
    assert listed(client, **params) == numbers


def test_an_id_is_found_by_its_beginning(client: TestClient) -> None:
    line = client.get("/v1/releases", params={"kind": "refusal"}).json()["entries"][0]
    assert 2 in listed(client, q=line["id"][:12])
    assert client.get(f"/v1/releases/{line['id'][:8]}").json()["number"] == 2


def test_pages_go_on_where_the_last_one_ended(client: TestClient) -> None:
    seen: list[int] = []
    params: dict[str, Any] = {"limit": 2}
    while True:
        page = EntryList.model_validate_json(client.get("/v1/releases", params=params).text)
        assert page.found == 5
        seen += [line.number for line in page.entries]
        if page.next is None:
            break
        params["before"] = page.next
    assert seen == [4, 3, 2, 1, 0]


def test_an_entry(client: TestClient) -> None:
    shown = ShownEntry.model_validate_json(client.get("/v1/releases/2").text)
    assert (shown.number, shown.entry.kind) == (2, "refusal")
    problem(client.get("/v1/releases/77"), 404, "not-there")
    problem(client.get(f"/v1/releases/{'0' * 64}"), 404, "not-there")
    problem(client.get("/v1/releases/jane"), 400, "bad-usage")


def test_a_client_sees_what_it_is_registered_for(client: TestClient, narrow: TestClient) -> None:
    assert listed(narrow) == [1]
    assert listed(narrow, q="card") == []
    assert narrow.get("/v1/releases/1").json() == client.get("/v1/releases/1").json()
    for number in (0, 2, 4):
        problem(narrow.get(f"/v1/releases/{number}"), 403, "forbidden")
        problem(narrow.get("/v1/ledger/proof", params={"entry": number}), 403, "forbidden")
    ids = {line["number"]: line["id"] for line in client.get("/v1/releases").json()["entries"]}
    problem(narrow.get(f"/v1/receipts/{ids[0]}"), 403, "forbidden")
    assert narrow.get(f"/v1/receipts/{ids[1]}").status_code == 200
    problem(narrow.get("/v1/breach", params={"supplier": "cardco"}), 403, "forbidden")
    problem(narrow.get("/v1/breach", params={"supplier": "kitcorp"}), 403, "forbidden")
    assert narrow.get("/v1/breach", params={"supplier": "kitcorp", "purpose": "uniform"}).status_code == 200
    problem(narrow.get("/v1/subjects/0012345"), 403, "forbidden")
    problem(narrow.get("/v1/matrix"), 403, "forbidden")
    problem(narrow.get("/v1/matrix", params={"supplier": "kitcorp"}), 403, "forbidden")
    assert narrow.get("/v1/matrix", params={"supplier": "kitcorp", "purpose": "uniform"}).status_code == 200


def test_nobody_sees_anything_without_a_pair(told: Gate, tmp_path: Path) -> None:
    keys = register(tmp_path / "clients.yaml", nobody=Client(scopes=EVERY_SCOPE))
    serving = Serving(clients=tmp_path / "clients.yaml")
    with TestClient(create_app(Gatehouse(told, serving), Access.of(serving))) as client:
        client.headers["Authorization"] = f"Bearer {keys['nobody']}"
        assert listed(client) == []


def test_receipts(client: TestClient, told: Gate) -> None:
    name = client.get("/v1/releases", params={"supplier": "kitcorp"}).json()["entries"][0]["id"]
    receipt = Receipt.model_validate_json(client.get(f"/v1/receipts/{name}").text)
    assert told.verifier is not None
    assert prove_receipt(receipt, told.verifier).size == 5
    problem(client.get(f"/v1/receipts/{'0' * 64}"), 404, "not-there")


def test_a_breach(client: TestClient, told: Gate) -> None:
    params = {"supplier": "cardco", "from": "2026-05-01", "to": "2026-06-30", "fields": "surname,rank"}
    question = Question("cardco", date(2026, 5, 1), date(2026, 6, 30), None, ("surname", "rank"))
    expected = breach(told.require_ledger().store, told.catalogue, question)
    assert expected.people == PEOPLE
    assert BreachReport.model_validate_json(client.get("/v1/breach", params=params).text) == expected
    answer = client.get("/v1/breach", params=params, headers={"Accept": "text/markdown, */*;q=0.1"})
    assert answer.headers["content-type"] == "text/markdown; charset=utf-8"
    assert answer.text == draft(expected)


def test_who_is_affected_by_a_breach(client: TestClient) -> None:
    answer = client.get("/v1/breach", params={"supplier": "cardco"}, headers={"Accept": "text/csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    header, *lines = answer.text.splitlines()
    assert header == "person,identifier,warrant_number,forename,surname,rank"
    identifiers = [line.split(",")[1] for line in lines]
    assert identifiers == [*(each["employee_number"] for each in officers(PEOPLE)[:-1]), ""]


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"supplier": "nobody"},
        {"supplier": "cardco", "from": "2026-02-01", "to": "2026-01-01"},
        {"supplier": "cardco", "from": "1767225600"},
        {"supplier": "cardco", "to": "0000-01-01"},
        {"supplier": "cardco", "purpose": "payroll"},
        {"supplier": "cardco", "fields": "nonsense"},
        {"supplier": "cardco", "fields": "surname,,rank"},
    ],
)
def test_breaches_that_cannot_be_told(client: TestClient, params: dict[str, str]) -> None:
    problem(client.get("/v1/breach", params=params), 400, "bad-usage")


def test_a_person(client: TestClient) -> None:
    number = officers(PEOPLE)[0]["employee_number"]
    report = PersonReport.model_validate_json(client.get(f"/v1/subjects/{number}").text)
    assert report.known
    assert {(each.supplier, each.purpose) for each in report.holdings} == {
        ("cardco", "id_card_print"),
        ("kitcorp", "uniform"),
    }
    forgotten = client.get(f"/v1/subjects/{officers(PEOPLE)[-1]['employee_number']}")
    assert (forgotten.status_code, forgotten.json()["known"]) == (200, False)
    problem(client.get("/v1/subjects/what is this"), 400, "bad-usage")


def test_the_matrix(client: TestClient, told: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    params = {"on": DAY.isoformat(), "supplier": "cardco", "field": ["surname", "salary"], "all": "true"}
    expected = matrix(told.engine, told.catalogue, DAY, Wanted("cardco", None, ("surname", "salary"), True))
    assert Matrix.model_validate_json(client.get("/v1/matrix", params=params).text) == expected

    def asked_again(*_: object) -> None:
        raise AssertionError("it is remembered")

    monkeypatch.setattr(told.engine, "decide_each", asked_again)
    assert Matrix.model_validate_json(client.get("/v1/matrix", params=params).text) == expected


@pytest.mark.parametrize("params", [{"supplier": "nobody"}, {"purpose": "nothing"}, {"field": "nonsense"}])
def test_a_matrix_of_nothing(client: TestClient, params: dict[str, str]) -> None:
    problem(client.get("/v1/matrix", params=params), 400, "bad-usage")


def test_proofs(client: TestClient, told: Gate) -> None:
    ledger = told.require_ledger()
    assert client.get("/v1/ledger/key").text == f"{ledger.verifier}\n"
    answer = client.get("/v1/ledger/checkpoint")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    now = open_checkpoint(answer.text, ledger.verifier)
    assert now.size == 5
    for number in range(now.size):
        found = client.get("/v1/ledger/proof", params={"entry": number}).json()
        assert found["id"] == client.get(f"/v1/releases/{number}").json()["id"]
        assert open_checkpoint(found["checkpoint"], ledger.verifier) == now
        hashes = [bytes.fromhex(each) for each in found["proof"]]
        root = merkle.root_of_inclusion(bytes.fromhex(found["id"]), number, found["size"], hashes)
        assert root == now.root
    earlier = next(note for note in ledger.log.all() if open_checkpoint(note, ledger.verifier).size == 3)
    before: Checkpoint = open_checkpoint(earlier, ledger.verifier)
    found = client.get("/v1/ledger/proof", params={"from": 3}).json()
    hashes = [bytes.fromhex(each) for each in found["proof"]]
    assert (found["first"], found["second"]) == (3, 5)
    assert merkle.is_consistent(3, before.root, 5, now.root, hashes)


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({}, 400),
        ({"entry": "1", "from": "1"}, 400),
        ({"to": "1"}, 400),
        ({"from": "4", "to": "3"}, 400),
        ({"from": "0", "to": "6"}, 400),
        ({"from": "-1"}, 400),
        ({"entry": "77"}, 404),
    ],
)
def test_what_cannot_be_proved(client: TestClient, params: dict[str, str], status: int) -> None:
    problem(client.get("/v1/ledger/proof", params=params), status, "not-there" if status == 404 else "bad-usage")


def test_a_ledger_that_fails(client: TestClient, told: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise LedgerError("the ledger cannot be read", "see to it")

    monkeypatch.setattr(told.require_ledger(), "checkpoint", fail)
    problem(client.get("/v1/ledger/checkpoint"), 503, "not-recorded")
