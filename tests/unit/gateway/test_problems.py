"""What goes wrong is told in one form, and quotes nothing."""

from __future__ import annotations

import runpy
from collections.abc import Iterator
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from fastapi import APIRouter
from fastapi.testclient import TestClient
from pydantic import BaseModel, field_validator
from starlette.exceptions import HTTPException

from narrowgate.errors import Busy, NarrowgateError, PolicyInvalid, Refused, TooMany
from narrowgate.gateway.access.access import Access
from narrowgate.gateway.app import create_app
from narrowgate.gateway.gatehouse import Gatehouse
from narrowgate.gateway.problems import MEDIA_TYPE, problem, status_of_kind
from narrowgate.gateway.queries import Day
from narrowgate.model.problem import Problem
from narrowgate.model.serving import Serving
from narrowgate.service import Gate
from support.paths import ROOT

SECRET = "Featherstonehaugh"


def kinds(of: type[NarrowgateError] = NarrowgateError) -> Iterator[type[NarrowgateError]]:
    """Every error of the tree."""
    yield of
    for each in of.__subclasses__():
        if each.__module__ == NarrowgateError.__module__:
            yield from kinds(each)


@pytest.mark.parametrize("kind", list(kinds()))
def test_every_error_has_a_status_and_a_name(kind: type[NarrowgateError]) -> None:
    error = kind(["no"], "ask") if issubclass(kind, Refused) else kind("it failed", "mend it")
    answer = problem(error)
    assert answer.status_code == status_of_kind(kind)
    assert answer.media_type == MEDIA_TYPE
    document = Problem.model_validate_json(bytes(answer.body))
    assert document.type.endswith(f"/{kind.kind}")
    assert document.status == answer.status_code
    assert (document.detail, document.remedy, document.instance) == (error.message, error.remedy, None)


def test_what_some_say_besides() -> None:
    refused = Problem.model_validate_json(bytes(problem(Refused(["one", "two"])).body))
    assert (refused.reasons, refused.findings) == (("one", "two"), None)
    invalid = Problem.model_validate_json(bytes(problem(PolicyInvalid("no", "mend", ["x.rego:1: no"])).body))
    assert (invalid.reasons, invalid.findings) == (None, ("x.rego:1: no",))
    assert problem(Busy("later", "wait", 7)).headers["Retry-After"] == "7"
    assert problem(TooMany("later", "wait", 9)).headers["Retry-After"] == "9"


def test_the_page_of_problems_is_as_they_are() -> None:
    made = runpy.run_path(str(ROOT / "tools" / "problems.py"))
    assert (ROOT / "docs" / "gateway" / "problems.md").read_text(encoding="utf-8") == made["page"]()


class Inner(BaseModel):
    kind: Literal["a", "b"]
    names: dict[str, int] = {}


class Body(BaseModel, extra="forbid"):
    inner: Inner | None = None
    only: str = ""
    day: Day | None = None
    id: UUID | None = None

    @field_validator("only")
    @classmethod
    def _quotes(cls, given: str) -> str:
        if given:
            raise ValueError(f"not {given}")
        return given


router = APIRouter()


@router.post("/there/{number}")
async def there(number: int, body: Body, many: Annotated[int, "query"] = 0) -> dict[str, int]:
    return {"number": number, "many": many, "of": len(body.only)}


@router.get("/teapot")
async def teapot() -> None:
    raise HTTPException(418, SECRET)


@pytest.fixture
def client(gate: Gate) -> Iterator[TestClient]:
    app = create_app(Gatehouse(gate, Serving()), Access.off())
    app.include_router(router)
    with TestClient(app, base_url="http://127.0.0.1") as made:
        yield made


def told(answer: Any, status: int, kind: str) -> str:
    """The detail of a problem, which quotes nothing."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert SECRET not in answer.text
    document = Problem.model_validate_json(answer.text)
    assert document.type.endswith(f"/{kind}")
    assert document.instance == f"urn:uuid:{answer.headers['X-Request-Id']}"
    return document.detail


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({SECRET: 1}, "body: has what is not known there"),
        ({"only": SECRET}, "body.only: not one that is taken"),
        ({"day": SECRET}, "body.day: not one that is taken"),
        ({"id": SECRET}, "body.id: not a UUID"),
        ({"inner": {"kind": SECRET}}, "body.inner.kind: Input should be 'a' or 'b'"),
        ({"inner": {"kind": "a", "names": {SECRET: SECRET}}}, "body.inner.names: Input should be a valid integer"),
        (SECRET, "body: Input should be a valid dictionary or object"),
        ([SECRET], "body: Input should be a valid dictionary or object"),
    ],
)
def test_what_is_wrong_is_told_without_being_quoted(client: TestClient, body: Any, detail: str) -> None:
    assert told(client.post("/there/1", json=body), 400, "bad-usage").startswith(detail)


def test_wherever_it_stands(client: TestClient) -> None:
    assert told(client.post(f"/there/{SECRET}", json={}), 400, "bad-usage").startswith("path.number: ")
    assert told(client.post("/there/1", params={"many": SECRET}, json={}), 400, "bad-usage").startswith("query.many: ")
    broken = client.post("/there/1", content=f'{{"{SECRET}', headers={"Content-Type": "application/json"})
    assert told(broken, 400, "bad-usage") == "body.1: not JSON"
    binary = client.post("/there/1", content=b"\xff\xfe", headers={"Content-Type": "application/json"})
    told(binary, 400, "bad-usage")


def test_what_is_not_there(client: TestClient) -> None:
    told(client.get(f"/{SECRET}"), 404, "not-there")
    told(client.get(f"/v1/exports/{SECRET}"), 404, "not-there")
    told(client.get("/healthz/"), 404, "not-there")


def test_what_cannot_be_done(client: TestClient) -> None:
    answer = client.delete("/v1/exports")
    told(answer, 405, "wrong-method")
    assert answer.headers["Allow"] == "POST"
    told(client.request(SECRET, "/v1/exports"), 405, "wrong-method")


def test_what_the_framework_says_is_not_passed_on(client: TestClient) -> None:
    told(client.get("/teapot"), 400, "bad-usage")
