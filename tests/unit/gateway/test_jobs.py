"""Exports that are worked on after their calls have been answered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from narrowgate.gateway.gatehouse import Gatehouse
from narrowgate.gateway.releases import RECEIPT_HEADER
from narrowgate.model.client import Client
from narrowgate.model.job import JobReport
from narrowgate.model.scope import Scope
from narrowgate.model.serving import Serving
from narrowgate.service import Gate
from support.cli import files_in
from support.gateway import (
    ASYNC,
    CARDS,
    CARDS_QUERY,
    CSV,
    Brake,
    answering,
    entered,
    getting,
    listening,
    problem,
)
from support.identity import register
from support.officers import csv_text, officers
from support.processes import wait_until

EXPORT = csv_text(officers(3))


@pytest.fixture
def house(gate: Gate, scratch: Path) -> Gatehouse:
    return Gatehouse(gate, Serving(jobs=4))


@pytest.fixture
def client(house: Gatehouse, scratch: Path) -> Iterator[TestClient]:
    with answering(house) as made:
        yield made
    assert files_in(scratch) == set()


def begun(client: TestClient, body: str = EXPORT, **more: Any) -> str:
    """The address of a new job."""
    params, headers = CARDS | more.get("params", {}), CSV | ASYNC | more.get("headers", {})
    answer = client.post("/v1/exports", params=params, content=body, headers=headers)
    assert answer.status_code == 202, answer.text
    assert answer.headers["preference-applied"] == "respond-async"
    place: str = answer.headers["location"]
    assert place == f"/v1/jobs/{answer.json()['id']}"
    return place


def report(client: TestClient, place: str) -> JobReport:
    answer = client.get(place)
    assert answer.status_code == 200, answer.text
    return JobReport.model_validate_json(answer.text)


def ended(client: TestClient, place: str) -> JobReport:
    """How the job ended."""
    wait_until(lambda: report(client, place).expires is not None)
    return report(client, place)


def test_a_job_from_beginning_to_end(client: TestClient, gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    brake = Brake(gate, monkeypatch)
    place = begun(client)
    assert brake.reached.wait(30)
    wait_until(lambda: report(client, place).read == len(EXPORT))
    running = client.get(place)
    assert running.headers["retry-after"] == "1"
    assert running.json() == {
        "id": place.rpartition("/")[2],
        "state": "running",
        "read": len(EXPORT),
        "total": len(EXPORT),
    }
    answer = client.get(f"{place}/release")
    problem(answer, 409, "conflict")
    assert answer.headers["retry-after"]
    brake.let_go()
    done = ended(client, place)
    assert (done.state, done.release) == ("released", f"{place}/release")
    assert done.records is not None
    assert done.records.released == 3
    release = client.get(f"{place}/release")
    assert release.headers[RECEIPT_HEADER] == done.receipt
    assert release.text == client.post("/v1/exports", params=CARDS, content=EXPORT, headers=CSV).text
    for path in (place, f"{place}/release"):
        problem(client.get(path), 404, "not-there")
    problem(client.delete(place), 404, "not-there")


@pytest.mark.parametrize("prefer", ["respond-async, wait=10", "handling=lenient,Respond-Async;x=1"])
def test_preferences_as_they_are_written(client: TestClient, prefer: str) -> None:
    place = begun(client, headers={"Prefer": prefer})
    ended(client, place)
    assert client.delete(place).status_code == 204


def test_other_preferences(client: TestClient) -> None:
    headers = CSV | {"Prefer": "wait=10, return=minimal"}
    assert client.post("/v1/exports", params=CARDS, content=EXPORT, headers=headers).status_code == 200


def test_a_job_that_is_refused(client: TestClient, gate: Gate) -> None:
    before = entered(gate)
    place = begun(client, params={"supplier": "oldco"})
    done = ended(client, place)
    assert (done.state, done.receipt, done.release) == ("refused", None, None)
    assert done.problem is not None
    assert done.problem.status == 403
    assert done.problem.reasons
    assert "not in force" in done.problem.reasons[0]
    problem(client.get(f"{place}/release"), 404, "not-there")
    assert client.delete(place).status_code == 204
    assert entered(gate) == before + 1


def test_a_job_that_fails(client: TestClient, gate: Gate, monkeypatch: pytest.MonkeyPatch, scratch: Path) -> None:
    done = ended(client, begun(client, f"{EXPORT}Kestrelby,y\n"))
    assert (done.state, done.receipt) == ("failed", None)
    assert done.problem is not None
    assert (done.problem.status, done.problem.detail[:14]) == (422, "export.csv:5: ")
    assert "Kestrelby" not in done.model_dump_json()

    def broken(*_: object) -> None:
        raise ValueError("Kestrelby")

    monkeypatch.setattr(gate.engine, "judge", broken)
    done = ended(client, begun(client))
    assert done.state == "failed"
    assert done.problem is not None
    assert done.problem.status == 500
    assert "Kestrelby" not in done.model_dump_json()


def test_a_job_that_is_cancelled(
    client: TestClient, house: Gatehouse, gate: Gate, monkeypatch: pytest.MonkeyPatch, scratch: Path
) -> None:
    monkeypatch.setattr("narrowgate.tables.formats._delimited.BLOCK", 1 << 10)
    monkeypatch.setattr("narrowgate.tables.formats._delimited.CHUNK", 1 << 10)
    before, brake = entered(gate), Brake(gate, monkeypatch)
    place = begun(client, csv_text(officers(1000)))
    assert brake.reached.wait(30)
    with ThreadPoolExecutor(1) as threads:
        cancelled = threads.submit(client.delete, place)
        assert brake.stopped.wait(30)
        brake.let_go()
        assert cancelled.result().status_code == 204
    problem(client.get(place), 404, "not-there")
    assert (house.files.places.taken, len(house.files.jobs)) == (0, 0)
    assert entered(gate) == before


def test_a_job_that_is_cancelled_before_its_turn(gate: Gate, monkeypatch: pytest.MonkeyPatch, scratch: Path) -> None:
    house = Gatehouse(gate, Serving(at_once=1))
    brake = Brake(gate, monkeypatch)
    with answering(house) as client:
        first, second = begun(client), begun(client)
        assert brake.reached.wait(30)
        assert report(client, second).state == "queued"
        assert client.delete(second).status_code == 204
        assert house.files.places.taken == 1
        brake.let_go()
        ended(client, first)
        assert client.delete(first).status_code == 204


def test_a_job_is_forgotten_after_its_time(gate: Gate, scratch: Path) -> None:
    house = Gatehouse(gate, Serving(job_time=0.01))
    with answering(house) as client:
        place = begun(client)
        wait_until(lambda: client.get(place).status_code == 404)
        assert (house.files.places.taken, len(house.files.jobs)) == (0, 0)
        wait_until(lambda: not any(scratch.iterdir()))


def test_only_who_made_it_sees_it(gate: Gate, tmp_path: Path) -> None:
    everything = Client(scopes=frozenset(Scope), pairs=frozenset({"*:*"}))
    keys = register(tmp_path / "clients.yaml", a=everything, b=everything)
    with answering(Gatehouse(gate, Serving(clients=tmp_path / "clients.yaml"))) as client:
        client.headers["Authorization"] = f"Bearer {keys['a']}"
        place = begun(client)
        ended(client, place)
        client.headers["Authorization"] = f"Bearer {keys['b']}"
        for method, path in (("GET", place), ("GET", f"{place}/release"), ("DELETE", place)):
            problem(client.request(method, path), 404, "not-there")
        client.headers["Authorization"] = f"Bearer {keys['a']}"
        assert client.get(f"{place}/release").status_code == 200


def test_ids_that_are_none(client: TestClient) -> None:
    problem(client.get(f"/v1/jobs/{'x' * 32}"), 404, "not-there")
    problem(client.get("/v1/jobs/Kestrelby"), 400, "bad-usage")


def test_not_too_many_are_remembered(client: TestClient, house: Gatehouse) -> None:
    places = [begun(client), begun(client)]
    headers = CSV | ASYNC
    problem(client.post("/v1/exports", params=CARDS, content=EXPORT, headers=headers), 429, "too-many")
    assert client.post("/v1/exports", params=CARDS, content=EXPORT, headers=CSV).status_code == 200
    for place in places:
        ended(client, place)
        assert client.delete(place).status_code == 204
    assert len(house.files.jobs) == 0


def test_an_export_that_is_wrong_takes_no_place(client: TestClient, house: Gatehouse) -> None:
    answer = client.post("/v1/exports", params=CARDS, content="x", headers=ASYNC)
    problem(answer, 415, "unknown-type")
    assert (house.files.places.taken, len(house.files.jobs)) == (0, 0)


def test_a_key_holds_until_the_job_is_done(client: TestClient, gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    brake = Brake(gate, monkeypatch)
    key = {"Idempotency-Key": "of-a-job"}
    place = begun(client, headers=key)
    assert brake.reached.wait(30)
    problem(client.post("/v1/exports", params=CARDS, content=EXPORT, headers=CSV | key), 409, "conflict")
    brake.let_go()
    receipt = ended(client, place).receipt
    count = entered(gate)
    again = client.post("/v1/exports", params=CARDS, content=EXPORT, headers=CSV | key)
    assert again.headers[RECEIPT_HEADER] == receipt
    assert again.content == client.get(f"{place}/release").content
    assert entered(gate) == count


def test_a_download_that_breaks_off_can_be_tried_again(gate: Gate, scratch: Path) -> None:
    body = csv_text(officers(100_000)).encode()
    with listening(gate, Serving()) as (house, port):
        with getting(port, "POST", f"/v1/exports?{CARDS_QUERY}&to=json", {**CSV, **ASYNC}, body) as begun_there:
            place = json.loads(begun_there.read())["id"]
        path = f"/v1/jobs/{place}/release"
        wait_until(lambda: house.files.jobs.of("anybody", place).is_over)
        with getting(port, "GET", path) as broken_off:
            assert broken_off.read(10)
            with getting(port, "GET", path) as meanwhile:
                assert meanwhile.status == 409
        wait_until(lambda: not house.files.jobs.of("anybody", place).collecting)
        with getting(port, "GET", path) as whole:
            assert len(json.loads(whole.read())) == 100_000
        wait_until(lambda: house.files.is_idle and not any(scratch.iterdir()))
        with getting(port, "GET", path) as gone:
            assert gone.status == 404


def test_jobs_end_with_the_gateway(gate: Gate, scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is under way is cancelled, when the time for stopping is up."""
    monkeypatch.setattr("narrowgate.tables.formats._delimited.BLOCK", 1 << 10)
    monkeypatch.setattr("narrowgate.tables.formats._delimited.CHUNK", 1 << 10)
    before, brake = entered(gate), Brake(gate, monkeypatch)
    body = csv_text(officers(1000)).encode()
    with ThreadPoolExecutor(1) as threads:
        with listening(gate, Serving(stopping=0)) as (_, port):
            with getting(port, "POST", f"/v1/exports?{CARDS_QUERY}", {**CSV, **ASYNC}, body) as answer:
                assert answer.status == 202
            assert brake.reached.wait(30)
            threads.submit(brake.let_go_when_stopped)
        assert brake.stopped.is_set()
    assert list(scratch.iterdir()) == []
    assert entered(gate) == before
