"""A few records over HTTP."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient

from narrowgate.errors import EngineUnavailable
from narrowgate.gateway import gathering
from narrowgate.gateway.gatehouse import Gatehouse
from narrowgate.gateway.releases import RECEIPT_HEADER
from narrowgate.ledger.ledger import Ledger
from narrowgate.model.serving import Serving
from narrowgate.service import Gate
from narrowgate.tables.few import MOST_BYTES
from support.gateway import CARDS, answering, entered, problem
from support.officers import CARD, officer, officers
from support.processes import wait_until

RECORDS = [*officers(2), officer(posting="covert")]


@pytest.fixture
def house(gate: Gate) -> Gatehouse:
    return Gatehouse(gate, Serving())


@pytest.fixture
def client(house: Gatehouse) -> Iterator[TestClient]:
    with answering(house) as made:
        yield made


def post(client: TestClient, records: Any = RECORDS, params: Mapping[str, str] = CARDS, key: str | None = None) -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.post("/v1/records", params=params, json=records, headers=headers)


def test_records_in_fewer_out(client: TestClient) -> None:
    answer = post(client)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert [list(record) for record in answer.json()] == [list(CARD)] * 2
    assert (answer.headers["narrowgate-read"], answer.headers["narrowgate-released"]) == ("3", "2")
    receipt = client.get(f"/v1/receipts/{answer.headers[RECEIPT_HEADER]}").json()
    assert receipt["entry"]["records"]["reasons"] == {"covert posting": 1}
    export = client.post("/v1/exports", params=CARDS, json=RECORDS)
    assert export.content == answer.content


def test_they_are_logged_and_counted_like_all_others(client: TestClient) -> None:
    answer = post(client)
    assert answer.headers["x-request-id"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert 'route="/v1/records",status="200"' in client.get("/metrics").text


@pytest.mark.parametrize(
    ("params", "records", "status", "kind"),
    [
        ({"supplier": "cardco"}, RECORDS, 400, "bad-usage"),
        (CARDS | {"nonsense": "1"}, RECORDS, 400, "bad-usage"),
        (CARDS | {"on": "P0048213"}, RECORDS, 400, "bad-usage"),
        (CARDS | {"attr": "P0048213"}, RECORDS, 400, "bad-usage"),
        (CARDS | {"source": "nothing"}, RECORDS, 400, "bad-usage"),
        (CARDS | {"purpose": "Cards!"}, RECORDS, 400, "bad-usage"),
        (CARDS, {"forename": "P0048213"}, 422, "bad-data"),
        (CARDS, [], 422, "bad-data"),
        (CARDS, [{"P0048213": 1}], 422, "bad-data"),
        (CARDS | {"supplier": "oldco"}, RECORDS, 403, "refused"),
        (CARDS | {"purpose": "nothing"}, RECORDS, 403, "refused"),
        (CARDS, [{"posting": "response"}], 403, "refused"),
        (CARDS, "x" * MOST_BYTES, 413, "too-large"),
        (CARDS, officers(1001), 413, "too-large"),
    ],
)
def test_what_is_wrong_is_a_problem(
    client: TestClient, params: dict[str, str], records: Any, status: int, kind: str
) -> None:
    document = problem(post(client, records, params), status, kind)
    assert "P0048213" not in json.dumps(document)


def test_what_is_repeated_in_the_query_is_wrong(client: TestClient) -> None:
    answer = client.post("/v1/records?supplier=cardco&supplier=oldco&purpose=id_card_print&on=2026-06-01", json=RECORDS)
    problem(answer, 400, "bad-usage")


def test_under_a_key_they_are_given_again(client: TestClient, gate: Gate) -> None:
    first = post(client, key="monday")
    before = entered(gate)
    again = post(client, key="monday")
    assert (again.content, again.headers[RECEIPT_HEADER]) == (first.content, first.headers[RECEIPT_HEADER])
    problem(post(client, officers(1), key="monday"), 409, "conflict")
    problem(post(client, key="mon day"), 400, "bad-usage")
    assert entered(gate) == before


def test_an_engine_that_is_gone_refuses_everybody(
    client: TestClient, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> None:
        raise EngineUnavailable("OPA does not answer", "start it")

    before = entered(gate)
    with monkeypatch.context() as patched:
        patched.setattr(gate.engine, "decide", gone)
        problem(post(client), 503, "engine-unavailable")
    assert entered(gate) == before
    assert post(client).status_code == 200


def test_a_gateway_that_stops_takes_no_more(client: TestClient, house: Gatehouse) -> None:
    house.stop()
    assert problem(post(client), 503, "busy")["detail"] == "the gateway is stopping"


class Held:
    """Holds the first group as it is entered, so that others gather, and knows how large each group was."""

    def __init__(self, patched: pytest.MonkeyPatch) -> None:
        self.reached, self.go, self.sizes = threading.Event(), threading.Event(), list[int]()
        enter = Ledger.enter_together

        def held(ledger: Ledger, drafts: Sequence[Any], *rest: Any) -> Any:
            self.sizes.append(len(drafts))
            if len(self.sizes) == 1:
                self.reached.set()
                assert self.go.wait(30)
            return enter(ledger, drafts, *rest)

        patched.setattr(Ledger, "enter_together", held)
        patched.setattr(gathering, "_AT_ONCE", 1)


def test_those_that_wait_are_released_together(
    client: TestClient, house: Gatehouse, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, before = Held(monkeypatch), entered(gate)
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(post, client)
        assert held.reached.wait(30)
        others = [pool.submit(post, client, [officer(employee_number=f"E{5_000_000 + n}")]) for n in range(5)]
        wait_until(lambda: house.gathering.places.taken == 6)
        held.go.set()
        answers = [each.result() for each in (first, *others)]
    assert [answer.status_code for answer in answers] == [200] * 6
    assert held.sizes == [1, 5]
    assert entered(gate) == before + 6
    assert len({answer.headers[RECEIPT_HEADER] for answer in answers}) == 6


def test_there_is_an_end_to_waiting(house: Gatehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    held = Held(monkeypatch)
    monkeypatch.setattr(house.gathering.places, "_most", 2)
    with answering(house) as client, ThreadPoolExecutor(1) as pool:
        first = pool.submit(post, client)
        assert held.reached.wait(30)
        answer = post(client)
        problem(answer, 429, "too-many")
        assert answer.headers["retry-after"]
        held.go.set()
        assert first.result().status_code == 200
