"""Whatever is sent, the answers are those that the description of the API tells of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from narrowgate.gateway.access.access import Access
from narrowgate.gateway.app import create_app, routed
from narrowgate.gateway.gatehouse import Gatehouse
from narrowgate.gateway.observing.request_id import HEADER
from narrowgate.model.serving import Serving
from narrowgate.service import Gate
from narrowgate.tables.formats import formats
from support.officers import encoded, officers

LOOPBACK = "http://127.0.0.1"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
CARDS = {"supplier": "cardco", "purpose": "id_card_print", "on": "2026-06-01"}
RIGHT = CARDS | {"entry": "0"}
FILES = {kind.media_type: encoded(kind.name, officers(2)) for kind in formats().values() if kind.is_written}
BINARY = sorted({kind.media_type for kind in formats().values()} - {"application/json"})


@schemathesis.serializer(*BINARY, "application/zip")
def as_it_is(_: schemathesis.SerializationContext, value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(getattr(value, "data", value)).encode()


described = schemathesis.openapi.from_dict(routed().openapi())


@pytest.fixture(scope="module")
def client(gate: Gate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    serving = Serving(spool=tmp_path_factory.mktemp("spool"))
    app = create_app(Gatehouse(gate, serving), Access.off())
    with TestClient(app, base_url=LOOPBACK, raise_server_exceptions=False) as made:
        released = made.post(
            "/v1/exports", params=CARDS, content=FILES["text/csv"], headers={"Content-Type": "text/csv"}
        )
        assert released.status_code == 200
        yield made


def answered(case: schemathesis.Case[Any], client: TestClient, body: bytes | None = None) -> None:
    """Send a case, with a body of another making if there is one, and look at the answer."""
    call = requests.Request(**case.as_transport_kwargs(base_url=LOOPBACK)).prepare()
    headers = {
        name.encode(): value.encode("latin-1") if isinstance(value, str) else value
        for name, value in call.headers.items()
        if name != "Content-Length"
    }
    answer = client.request(str(call.method), str(call.url), headers=headers, content=body or call.body)
    case.validate_response(answer, checks=CHECKS)
    assert HEADER in answer.headers


@described.parametrize()
@settings(max_examples=20)
def test_anything_at_all(case: schemathesis.Case[Any], client: TestClient) -> None:
    answered(case, client)


@described.include(path_regex="^/v1/").parametrize()
@settings(max_examples=20)
def test_what_is_nearly_right(case: schemathesis.Case[Any], client: TestClient) -> None:
    known = {each["name"] for each in case.operation.definition.raw.get("parameters", ()) if each["in"] == "query"}
    case.query = {**(case.query or {}), **{name: value for name, value in RIGHT.items() if name in known}}
    answered(case, client, FILES.get(str(case.media_type)))
