"""What a call is made with is not in the log, the counters, the traces or the problems that it meets."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from narrowgate.gateway.access.access import Access
from narrowgate.gateway.app import create_app, routed
from narrowgate.gateway.gatehouse import Gatehouse
from narrowgate.gateway.observing.logs import JsonLines
from narrowgate.gateway.problems import MEDIA_TYPE
from narrowgate.model.serving import Serving
from narrowgate.service import Gate
from support.collector import collecting
from support.officers import csv_text, officer

CORE = "Featherstonehaugh"
CARDS = {"supplier": "cardco", "purpose": "id_card_print"}
OPERATIONS = [
    (method, path, [each["name"] for each in said.get("parameters", ()) if each["in"] == "query"])
    for path, item in routed().openapi()["paths"].items()
    for method, said in item.items()
]
BODIES = ("csv", "columns", "json", "form", "broken")


@contextmanager
def logged() -> Iterator[io.StringIO]:
    """All that anybody logs."""
    stream = io.StringIO()
    handler, root = logging.StreamHandler(stream), logging.getLogger()
    handler.setFormatter(JsonLines())
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield stream
    finally:
        root.setLevel(before)
        root.removeHandler(handler)


def body(kind: str, marker: str) -> dict[str, Any]:
    """A body that holds ``marker``, and its headers."""
    match kind:
        case "csv":
            content = csv_text([officer(**dict.fromkeys(("forename", "home_address", "posting", "status"), marker))])
            return {"content": content.encode(), "headers": {"Content-Type": "text/csv"}}
        case "columns":
            content = csv_text([officer(**{"forename": marker, marker: marker})])
            return {"content": content.encode(), "headers": {"Content-Type": "text/csv"}}
        case "json":
            content = json.dumps({"records": [officer(forename=marker, posting=marker)], marker: {marker: marker}})
            return {"content": content, "headers": {"Content-Type": "application/json"}}
        case "form":
            files = {"file": (f"{quote(marker)}.csv", csv_text([officer(surname=marker)]), "text/csv")}
            return {"files": files, "data": {"supplier": marker, "attr": marker}}
        case _:
            return {"content": f'{{"{marker}'.encode(), "headers": {"Content-Type": f"x/{CORE}"}}


def calls(marker: str) -> Iterator[dict[str, Any]]:
    """Calls of every operation that hold ``marker`` in every place."""
    told = {name: quote(marker) for name in ("X-Request-Id", "User-Agent", "Referer", "Cookie", "tracestate", "Prefer")}
    told |= {"Idempotency-Key": quote(marker), "Accept": quote(marker), f"X-{CORE}": quote(marker)}
    told |= {"Content-Disposition": f'attachment; filename="{quote(marker)}"'}
    for method, path, names in OPERATIONS:
        address = re.sub(r"\{\w+\}", quote(marker, safe=""), path)
        queries = [CARDS, *({**CARDS, name: marker} for name in names), {**CARDS, marker: marker}]
        for number, query in enumerate(queries):
            sent = body(BODIES[number % len(BODIES)], marker) if method == "post" else {}
            headers = told | sent.pop("headers", {})
            yield {"method": method, "url": address, "params": query, "headers": headers, **sent}
        yield {"method": CORE, "url": address, "headers": told}


@given(before=st.text(max_size=3), after=st.text(max_size=3))
@settings(max_examples=3, phases=[Phase.generate])
def test_what_is_given_is_not_seen(
    gate: Gate, tmp_path_factory: pytest.TempPathFactory, before: str, after: str
) -> None:
    marker = "".join(each for each in f"{before}{CORE}{after}" if not "\ud800" <= each <= "\udfff")
    with collecting() as collector, logged() as log:
        serving = Serving(collector=collector.url, spool=tmp_path_factory.mktemp("spool"))
        app = create_app(Gatehouse(gate, serving), Access.off())
        with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
            statuses = set()
            for call in calls(marker):
                answer = client.request(**call)
                statuses.add(answer.status_code)
                if answer.headers.get("Content-Type") == MEDIA_TYPE:
                    assert CORE not in answer.text, (call, answer.text)
            counters = client.get("/metrics").text
        spans = b"".join(collector.bodies)
    assert 500 not in statuses
    assert len(statuses) > 3
    assert '"event":"request"' in log.getvalue()
    assert "/v1/subjects/{id}" in counters
    assert b"/v1/subjects/{id}" in spans
    for seen in (log.getvalue(), counters, spans.decode(errors="replace")):
        assert CORE.lower() not in seen.lower()
