"""What can be seen of the gateway from outside: the log, counters, traces and readiness."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import math
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from fastapi.testclient import TestClient

from narrowgate.errors import EngineUnavailable, LedgerError, UsageError
from narrowgate.gateway.access.access import Access
from narrowgate.gateway.app import create_app
from narrowgate.gateway.gatehouse import Gatehouse
from narrowgate.gateway.observing.logs import JsonLines, TextLines, event, log_to
from narrowgate.gateway.observing.readiness import Readiness, States, is_ready
from narrowgate.gateway.observing.request_id import request_id
from narrowgate.gateway.observing.tracing import tracer_of
from narrowgate.gateway.routes import breach
from narrowgate.model.client import Client
from narrowgate.model.scope import Scope
from narrowgate.model.serving import Serving
from narrowgate.service import Gate
from support.collector import Collector, attributes, collecting
from support.gateway import listening, served
from support.identity import EVERYTHING, register
from support.officers import csv_text, officer, officers

ID = "0123abcd-0123-4567-89ab-0123456789ab"
SECRET = "Featherstonehaugh"
CARDS = {"supplier": "cardco", "purpose": "id_card_print", "on": "2026-06-01"}


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the gateway logs, as JSON."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("narrowgate.gateway")
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield stream
    logger.setLevel(before)
    logger.removeHandler(handler)


def lines(log: io.StringIO, name: str) -> list[dict[str, Any]]:
    """The events of a name."""
    told = [json.loads(line) for line in log.getvalue().splitlines()]
    return [line for line in told if line["event"] == name]


@contextmanager
def serving(gate: Gate, how: Serving | None = None) -> Iterator[TestClient]:
    how = how or Serving()
    access = Access.of(how)
    with TestClient(create_app(Gatehouse(gate, how), access), base_url="http://127.0.0.1") as made:
        yield made


@pytest.fixture
def client(gate: Gate) -> Iterator[TestClient]:
    with serving(gate) as made:
        yield made


@pytest.mark.parametrize("given", [ID, ID.upper(), ID.replace("-", "")])
def test_an_id_that_is_given_is_kept(client: TestClient, given: str) -> None:
    assert client.get("/healthz", headers={"X-Request-Id": given}).headers["X-Request-Id"] == ID


@pytest.mark.parametrize("given", ["", SECRET, ID + "0", ID[:-1], ID.replace("-", "", 1), f"{ID}\n"])
def test_an_id_that_might_say_something_is_not(given: str) -> None:
    made = request_id(given.encode())
    assert made != given
    assert request_id(made.encode()) == made
    assert made[14] == "4"
    assert made[19] in "89ab"


def test_a_line_for_each_call(client: TestClient, log: io.StringIO) -> None:
    client.get(f"/v1/subjects/{SECRET}", params={SECRET: SECRET}, headers={"X-Request-Id": ID})
    (line,) = lines(log, "request")
    assert line.pop("time").endswith("Z")
    assert line.pop("ms") > 0
    assert line.pop("bytes_out") > 0
    assert line == {
        "level": "info",
        "event": "request",
        "request_id": ID,
        "client": "anybody",
        "method": "GET",
        "route": "/v1/subjects/{id}",
        "status": 400,
        "bytes_in": 0,
    }


def test_bytes_are_counted(client: TestClient, log: io.StringIO) -> None:
    body = csv_text(officers(3))
    answer = client.post("/v1/exports", params=CARDS, content=body, headers={"Content-Type": "text/csv"})
    (line,) = lines(log, "request")
    assert (line["status"], line["bytes_in"], line["bytes_out"]) == (200, len(body), len(answer.content))


def test_what_is_nowhere_has_no_name(client: TestClient, log: io.StringIO) -> None:
    assert client.request(SECRET, f"/{SECRET}").status_code == 404
    (line,) = lines(log, "request")
    assert (line["method"], line["route"]) == ("other", "none")


def test_a_fault_is_told_without_its_text(
    client: TestClient, log: io.StringIO, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise ValueError(SECRET)

    monkeypatch.setattr(gate.require_ledger(), "checkpoint", fail)
    answer = client.get("/v1/ledger/checkpoint", headers={"X-Request-Id": ID})
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.json() == {
        "type": "https://narrowgate.example/problems/internal-error",
        "title": "internal error",
        "status": 500,
        "detail": "something went wrong here",
        "remedy": f"tell us of the call {ID}",
        "instance": f"urn:uuid:{ID}",
    }
    (line,) = lines(log, "fault")
    assert (line["level"], line["error"], line["request_id"]) == ("error", "ValueError", ID)
    assert line["at"][-1].startswith("gateway/test_observing.py:")
    assert line["at"][-1].endswith(" fail")
    assert any(place.startswith("narrowgate/gateway/routes/ledger.py:") for place in line["at"])
    assert SECRET not in log.getvalue()
    assert lines(log, "request")[0]["status"] == 500


def test_an_answer_that_fails_on_its_way_is_broken_off(
    gate: Gate, log: io.StringIO, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pieces(*_: object) -> Iterator[str]:
        yield "person,identifier\n"
        raise ValueError(SECRET)

    monkeypatch.setattr(breach, "csv_pieces", pieces)
    with listening(gate, Serving(spool=tmp_path)) as (_, port):
        url = f"http://127.0.0.1:{port}"
        body, kind = csv_text(officers(2)), {"Content-Type": "text/csv"}
        requests.post(f"{url}/v1/exports", params=CARDS, data=body, headers=kind, timeout=30)
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            requests.get(f"{url}/v1/breach?supplier=cardco", headers={"Accept": "text/csv"}, timeout=30)
    (line,) = lines(log, "fault")
    assert (line["error"], line["route"]) == ("ValueError", "/v1/breach")
    assert SECRET not in log.getvalue()


def test_what_others_log_is_told_by_its_place_alone() -> None:
    stream = io.StringIO()
    root, logger = logging.getLogger(), logging.getLogger("asyncio")
    before, threads = (root.handlers[:], root.level), (logging.raiseExceptions, logging.logThreads)
    processes = logging.logProcesses, logging.logMultiprocessing
    try:
        log_to(stream, None, "info")
        logger.error("Task failed with %s", SECRET, extra={"task": SECRET})
        event("state", what="ledger", fault=None)
    finally:
        root.handlers[:], root.level = before
        logging.raiseExceptions, logging.logThreads = threads
        logging.logProcesses, logging.logMultiprocessing = processes
    first, second = (json.loads(line) for line in stream.getvalue().splitlines())
    assert first["event"].startswith("asyncio logged something at gateway/test_observing.py:")
    assert set(first) == {"time", "level", "event"}
    assert (second["event"], second["what"], second["fault"]) == ("state", "ledger", None)


def test_the_log_is_text_for_people() -> None:
    record = logging.LogRecord("narrowgate.gateway", logging.WARNING, "", 0, "state", None, None)
    record.__dict__.update(what="ledger", fault="the disk is full", client=None)
    assert TextLines().format(record)[8:] == " warning state what=ledger fault=the disk is full"


def counters(client: TestClient) -> dict[str, float]:
    """Each counter's value, by its name and labels."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    told = (line.rpartition(" ") for line in answer.text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in told}


def test_counters(client: TestClient, gate: Gate) -> None:
    client.get("/v1/releases/999999")
    client.get("/v1/releases/999998")
    client.post("/v1/exports", params=CARDS, content=csv_text(officers(3)), headers={"Content-Type": "text/csv"})
    found = counters(client)
    assert found['narrowgate_requests_total{method="GET",route="/v1/releases/{entry}",status="404"}'] == 2
    assert found['narrowgate_request_seconds_count{method="POST",route="/v1/exports"}'] == 1
    assert found['narrowgate_request_bytes_total{method="POST",route="/v1/exports"}'] == len(csv_text(officers(3)))
    assert found['narrowgate_engine_seconds_count{question="decide"}'] >= 2
    assert found['narrowgate_engine_seconds_count{question="judge"}'] >= 1
    assert {found[f'narrowgate_well{{what="{what}"}}'] for what in ("policies", "engine", "ledger")} == {1}
    revision = gate.engine.revision
    assert found[f'narrowgate_policy_info{{bundle="{revision.bundle}",digest="{revision.digest}"}}'] == 1
    assert found["narrowgate_ledger_entries"] == client.get("/v1/releases").json()["found"]
    assert found['narrowgate_work{what="jobs remembered"}'] == 0
    assert found["process_resident_memory_bytes"] > 0


def test_what_is_entered_is_counted(client: TestClient) -> None:
    body = csv_text([*officers(3), officer(posting="covert")])
    names = [
        {},
        {"supplier": "oldco"},
        {"supplier": "jane"},
        {"purpose": "smith"},
        {"supplier": "jane", "purpose": "smith"},
    ]
    for name in names:
        client.post("/v1/exports", params=CARDS | name, content=body, headers={"Content-Type": "text/csv"})
    found = counters(client)
    pair = '{purpose="id_card_print",supplier="cardco"}'
    assert found[f"narrowgate_releases_total{pair}"] == 1
    assert found[f"narrowgate_records_read_total{pair}"] == 4
    assert found[f"narrowgate_records_released_total{pair}"] == 3
    refusals = {name: count for name, count in found.items() if name.startswith("narrowgate_refusals_total")}
    assert refusals == {
        'narrowgate_refusals_total{purpose="id_card_print",supplier="oldco"}': 1,
        'narrowgate_refusals_total{purpose="id_card_print",supplier="other"}': 1,
        'narrowgate_refusals_total{purpose="other",supplier="cardco"}': 1,
        'narrowgate_refusals_total{purpose="other",supplier="other"}': 1,
    }


def test_counters_are_few_whatever_is_called(client: TestClient) -> None:
    client.get("/metrics")
    before = set(counters(client))
    for number in range(20):
        client.request(f"{SECRET}{number}", f"/{number}")
        client.get(f"/v1/releases/{number}{SECRET}")
    labels = {name for name in set(counters(client)) - before if "_bucket" not in name}
    assert len(labels) < 20


def test_counters_of_what_is_broken(client: TestClient, gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> None:
        raise LedgerError("it is gone", "put it back")

    monkeypatch.setattr(gate.require_ledger().store, "reading", gone)
    monkeypatch.setattr(gate.require_ledger().store, "writing", lambda **_: gone())
    found = counters(client)
    assert found['narrowgate_well{what="ledger"}'] == 0
    assert math.isnan(found["narrowgate_ledger_entries"])


def test_ready(client: TestClient) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["ready"] is True
    assert {"policies", "engine", "ledger"} <= set(answer.json()["states"])
    assert client.get("/healthz").json() == {"status": "ok"}


def test_not_ready(client: TestClient, gate: Gate, monkeypatch: pytest.MonkeyPatch, log: io.StringIO) -> None:
    def gone(*_: object) -> None:
        raise EngineUnavailable("OPA does not answer", "start it")

    monkeypatch.setattr(gate.engine, "decide", gone)
    monkeypatch.setattr(gate.engine, "ping", gone)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["ready"] is False
    assert answer.json()["states"]["engine"] == {"ok": False, "reason": "OPA does not answer"}
    assert answer.json()["states"]["ledger"] == {"ok": True, "reason": None}
    assert client.get("/healthz").status_code == 200
    assert {"what": "engine", "fault": "OPA does not answer"}.items() <= lines(log, "state")[0].items()


def test_strangers_are_not_told_why(gate: Gate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    readers = {"all": EVERYTHING, "plans": Client(scopes=frozenset({Scope.PLANS}), pairs=frozenset({"*:*"}))}
    keys = register(tmp_path / "clients.yaml", **readers)

    def gone(**_: object) -> None:
        raise LedgerError(f"{tmp_path} is gone", "put it back")

    monkeypatch.setattr(gate.require_ledger().store, "writing", gone)
    with serving(gate, Serving(clients=tmp_path / "clients.yaml")) as client:
        for headers, reason in (
            ({}, None),
            ({"Authorization": "Bearer nonsense"}, None),
            ({"Authorization": f"Bearer {keys['plans']}"}, None),
            ({"Authorization": f"Bearer {keys['all']}"}, f"{tmp_path} is gone"),
        ):
            answer = client.get("/readyz", headers=headers)
            assert answer.status_code == 503
            assert answer.json()["states"]["ledger"] == {"ok": False, "reason": reason}
            assert answer.json()["states"]["clients"]["ok"] is True


def test_policies_that_could_not_be_renewed_hinder_nothing() -> None:
    assert is_ready({"policies": "purposes/x/x.rego:3: no", "engine": None})
    assert not is_ready({"policies": None, "engine": "it does not answer"})
    assert not is_ready({"gate": "there is none"})


def test_things_are_asked_about_once_for_all_who_want_to_know() -> None:
    asked, go = [], threading.Event()

    def ask() -> States:
        asked.append(1)
        go.wait()
        return {"ledger": None}

    async def several() -> list[States]:
        readiness = Readiness(ask)
        waiting = [asyncio.ensure_future(readiness.states()) for _ in range(5)]
        await asyncio.sleep(0)
        go.set()
        return [*(await asyncio.gather(*waiting)), await readiness.states()]

    assert asyncio.run(several()) == [{"ledger": None}] * 6
    assert len(asked) == 1


def test_what_takes_too_long_is_not_waited_for() -> None:
    go = threading.Event()

    def ask() -> States:
        go.wait()
        return {"ledger": None}

    async def twice() -> tuple[States, States]:
        readiness = Readiness(ask, kept=0, limit=0.01)
        late = await readiness.states()
        go.set()
        patient = Readiness(ask, kept=0, limit=600)
        return late, await patient.states()

    late, then = asyncio.run(twice())
    assert list(late) == ["gate"]
    assert late["gate"] is not None
    assert not is_ready(late)
    assert then == {"ledger": None}


def test_a_gate_that_is_not_there_is_a_state() -> None:
    def ask() -> States:
        raise EngineUnavailable("there is no gate", "wait")

    assert asyncio.run(Readiness(ask).states()) == {"gate": "there is no gate"}


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as made:
        yield made


def test_traces(gate: Gate, collector: Collector) -> None:
    trace, parent = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    headers = {"traceparent": f"00-{trace}-{parent}-01", "tracestate": f"who={SECRET}", "X-Request-Id": ID}
    with serving(gate, Serving(collector=collector.url)) as client:
        body, kind = csv_text(officers(2)), {"Content-Type": "text/csv"}
        client.post("/v1/exports", params=CARDS, content=body, headers=headers | kind)
        client.get(f"/v1/subjects/{SECRET}")
    assert set(collector.paths) == {"/v1/traces"}
    by_name = {span.name: span for span in collector.spans}
    call = by_name["POST /v1/exports"]
    assert (call.trace_id.hex(), call.parent_span_id.hex()) == (trace, parent)
    assert attributes(call) == {
        "http.request.method": "POST",
        "http.route": "/v1/exports",
        "http.response.status_code": 200,
        "narrowgate.request_id": ID,
    }
    assert by_name["decide"].parent_span_id == call.span_id
    other = by_name["GET /v1/subjects/{id}"]
    assert other.trace_id != call.trace_id
    assert SECRET.encode() not in b"".join(collector.bodies)


def test_a_fault_is_traced(gate: Gate, collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise ValueError(SECRET)

    monkeypatch.setattr(gate.require_ledger(), "checkpoint", fail)
    with serving(gate, Serving(collector=collector.url)) as client:
        client.get("/v1/ledger/checkpoint")
    (span,) = collector.spans
    assert span.status.code == span.status.STATUS_CODE_ERROR
    assert SECRET.encode() not in b"".join(collector.bodies)


def test_traces_are_made_where_they_are_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    assert tracer_of(None, {}) is None
    made = tracer_of(None, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"})
    assert made is not None
    made.close()
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(UsageError) as raised:
        tracer_of("http://127.0.0.1:9", {})
    assert "narrowgate[tracing]" in raised.value.remedy


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_real_server_logs_no_more(tmp_path: Path, form: str) -> None:
    with served(tmp_path, GATEWAY_LOG_FORMAT=form) as gateway:
        assert requests.get(f"{gateway.url}/v1/subjects/{SECRET}?{SECRET}={SECRET}", timeout=30).status_code == 400
        with socket.create_connection(("127.0.0.1", gateway.port), timeout=30) as connection:
            connection.sendall(f"{SECRET} / {SECRET}\r\n\r\n".encode())
            assert b"400" in connection.recv(100)
        gateway.process.send_signal(signal.SIGTERM)
        assert gateway.process.wait(60) == 0
    told = (tmp_path / "serve.log").read_text()
    assert SECRET not in told
    begun = [line for line in told.splitlines() if not line.startswith("narrowgate: ")]
    if form == "json":
        calls = [line for line in map(json.loads, begun) if line["event"] == "request"]
        assert [(line["route"], line["status"]) for line in calls] == [("/v1/subjects/{id}", 400)]
    else:
        assert sum(" info request " in line and "route=/v1/subjects/{id} status=400" in line for line in begun) == 1
