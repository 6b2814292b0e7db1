"""The description of the API is whole, and true."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from narrowgate.errors import Busy, EngineUnavailable, LedgerError
from narrowgate.gateway.access.access import Access
from narrowgate.gateway.access.guard import PUBLIC
from narrowgate.gateway.app import create_app, routed
from narrowgate.gateway.description import TAGS
from narrowgate.gateway.gatehouse import Gatehouse
from narrowgate.gateway.problems import MEDIA_TYPE
from narrowgate.gateway.work import Work
from narrowgate.model.client import Client
from narrowgate.model.serving import Serving
from narrowgate.service import Gate
from support.identity import EVERYTHING, register
from support.officers import csv_text, officers

CARDS = {"supplier": "cardco", "purpose": "id_card_print"}
EXAMPLES = {"/v1/receipts/{id}": "0" * 64, "/v1/jobs/{id}": "x" * 32, "/v1/releases/{entry}": "7"}


@dataclass(frozen=True)
class Operation:
    """One thing that can be asked for."""

    method: str
    path: str
    said: dict[str, Any]

    @property
    def address(self) -> str:
        """Of something that is not there, where the path has a place."""
        example = next((each for path, each in EXAMPLES.items() if self.path.startswith(path)), "0012345")
        return re.sub(r"\{\w+\}", example, self.path)

    @property
    def is_public(self) -> bool:
        return self.path in PUBLIC

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


DOCUMENT = routed().openapi()
OPERATIONS = [
    Operation(method, path, said) for path, item in DOCUMENT["paths"].items() for method, said in item.items()
]
every_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=str)


def test_of_the_whole() -> None:
    assert DOCUMENT["openapi"].startswith("3.1")
    names = [operation.said["operationId"] for operation in OPERATIONS]
    assert len(set(names)) == len(names)


def test_whatever_is_referred_to_is_there() -> None:
    todo: list[Any] = [DOCUMENT]
    seen = set()
    while todo:
        part = todo.pop()
        if isinstance(part, dict):
            if isinstance(reference := part.get("$ref"), str):
                seen.add(reference)
            todo += part.values()
        elif isinstance(part, list):
            todo += part
    assert "#/components/schemas/Problem" in seen
    for reference in seen:
        place: Any = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]
        assert place


@every_operation
def test_each_is_described(operation: Operation) -> None:
    said = operation.said
    assert [tag in {each["name"] for each in TAGS} for tag in said["tags"]] == [True]
    assert said["summary"]
    assert said["summary"] != said["operationId"].title()
    assert said["description"]
    for parameter in said.get("parameters", ()):
        assert parameter.get("description"), parameter["name"]
    assert ("security" in said) != operation.is_public
    for status, answer in said["responses"].items():
        assert answer["description"], status
        assert "X-Request-Id" in answer["headers"]
        if int(status) >= 400 and operation.path != "/readyz":
            assert list(answer["content"]) == [MEDIA_TYPE]
        elif status != "204":
            assert answer["content"]


@pytest.fixture
def scratch(tmp_path: Path) -> Serving:
    """Settings for clients that may ask once, and not twice."""
    return Serving(clients=tmp_path / "clients.yaml", spool=tmp_path / "spool", burst=1, rate=1)


Situation = Callable[[pytest.MonkeyPatch, Gate], None]


def _engine_gone(patch: pytest.MonkeyPatch, gate: Gate) -> None:
    def gone(*_: object) -> None:
        raise EngineUnavailable("OPA does not answer", "start it")

    for question in ("decide", "decide_each", "judge", "ping"):
        patch.setattr(gate.engine, question, gone)


def _ledger_gone(patch: pytest.MonkeyPatch, gate: Gate) -> None:
    def gone(**_: object) -> None:
        raise LedgerError("it is gone", "put it back")

    patch.setattr(gate.require_ledger().store, "reading", gone)
    patch.setattr(gate.require_ledger().store, "writing", gone)


def _fault(patch: pytest.MonkeyPatch, gate: Gate) -> None:
    def fail(**_: object) -> None:
        raise ZeroDivisionError

    patch.setattr(gate.require_ledger().store, "reading", fail)
    patch.setattr(gate.require_ledger().store, "writing", fail)


def _hands_full(patch: pytest.MonkeyPatch, _: Gate) -> None:
    async def full(*_: object) -> None:
        raise Busy("too many calls", "wait")

    patch.setattr(Work, "run", full)


def _all_well(_: pytest.MonkeyPatch, __: Gate) -> None:
    """Nothing is wrong."""


def asked(client: TestClient, operation: Operation, **more: Any) -> Any:
    """The answer to a call that is as it should be, or nearly so."""
    params = CARDS if operation.path.startswith(("/v1/exports", "/v1/checks", "/v1/plans")) else {}
    params = {"supplier": "cardco"} if operation.path == "/v1/breach" else params
    params = {"from": "0"} if operation.path == "/v1/ledger/proof" else params
    body = (
        {"content": csv_text(officers(2)), "headers": {"Content-Type": "text/csv"}}
        if operation.method == "post"
        else {}
    )
    return client.request(operation.method, operation.address, **({"params": params} | body | more))


def documented(operation: Operation, answer: Any) -> int:
    """The answer's status, which is among those that are told of."""
    assert str(answer.status_code) in operation.said["responses"], f"{operation}: {answer.status_code} {answer.text}"
    said = operation.said["responses"][str(answer.status_code)]
    if answer.content:
        assert answer.headers["content-type"].partition(";")[0] in said["content"]
    return int(answer.status_code)


@every_operation
@pytest.mark.parametrize("situation", [_all_well, _engine_gone, _ledger_gone, _fault, _hands_full])
def test_each_tells_of_what_it_answers(
    operation: Operation, situation: Situation, gate: Gate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(Gatehouse(gate, Serving(spool=tmp_path)), Access.off())
    with TestClient(app, base_url="http://127.0.0.1") as client, monkeypatch.context() as patch:
        situation(patch, gate)
        documented(operation, asked(client, operation))
        documented(operation, asked(client, operation, params={"nonsense": "1"}))


@every_operation
def test_each_tells_of_whom_it_refuses(operation: Operation, gate: Gate, scratch: Serving) -> None:
    assert scratch.clients is not None
    keys = register(scratch.clients, all=EVERYTHING, none=Client())
    app = create_app(Gatehouse(gate, scratch), Access.of(scratch))
    with TestClient(app, base_url="http://127.0.0.1") as client:
        found = [
            documented(operation, asked(client, operation, headers={"Content-Type": "text/csv"} | headers))
            for headers in (
                {},
                {"Authorization": f"Bearer {keys['none']}"},
                {"Authorization": f"Bearer {keys['all']}"},
                {"Authorization": f"Bearer {keys['all']}"},
            )
        ]
    if operation.is_public:
        assert found == [200] * 4
    else:
        assert (found[0], found[1], found[3]) == (401, 403, 429)
        assert found[2] not in {401, 403, 429, 500}
