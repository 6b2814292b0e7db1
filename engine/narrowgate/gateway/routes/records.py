"""``POST /v1/records``."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Annotated
from urllib.parse import parse_qs

from fastapi import APIRouter, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from narrowgate.gateway.access.caller import Caller
from narrowgate.gateway.access.depends import Allowed, allowed
from narrowgate.gateway.gatehouse import House, house_of
from narrowgate.gateway.idempotency import IdempotencyKey, key_of
from narrowgate.gateway.orders import attributes_of
from narrowgate.gateway.problems import problems
from narrowgate.gateway.queries import Day
from narrowgate.gateway.quick import QuickRoute
from narrowgate.gateway.receiving import pieces
from narrowgate.gateway.releases import RECEIPT_HEADER
from narrowgate.model.scope import Scope
from narrowgate.service import Order
from narrowgate.tables.few import MOST_BYTES, MOST_RECORDS, read_few

_SCOPE = Scope.EXPORTS


class RecordsQuery(BaseModel):
    """Who receives, and what for."""

    model_config = ConfigDict(extra="forbid")

    supplier: str = Field(description="Who receives.")
    purpose: str = Field(description="What for.")
    source: str | None = Field(None, description="Mapping of the system's keys, by name.")
    on: Day | None = Field(None, description="Day of the request. Default: today.")
    attr: list[str] = Field([], description="NAME=VALUE: an attribute that the purpose declares.")


class _Records(QuickRoute):
    async def quick(self, request: Request) -> Response:
        """See ``QuickRoute``."""
        caller, house = await _ALLOWED(request), await house_of(request)
        key = _key(request.headers.getlist("idempotency-key"))
        return await records(request, _query(request.scope["query_string"]), house, caller, key)


@lru_cache(1024)
def _query(text: bytes) -> RecordsQuery:
    """A query string. Most calls have one that another had before.

    Raises:
        RequestValidationError: it is not right.
    """
    told: dict[str, list[str]] = parse_qs(text.decode("latin-1"), keep_blank_values=True)
    # What is there twice, the model has no use for.
    single = {name: each if name == "attr" or len(each) > 1 else each[0] for name, each in told.items()}
    try:
        return RecordsQuery.model_validate(single)
    except ValidationError as error:
        raise RequestValidationError([{**each, "loc": ("query", *each["loc"])} for each in error.errors()]) from None


_ALLOWED = Allowed(_SCOPE)
_KEY = TypeAdapter[str | None](IdempotencyKey)


def _key(given: list[str]) -> str | None:
    """The Idempotency-Key.

    Raises:
        RequestValidationError: it is none.
    """
    if not given:
        return None
    try:
        return _KEY.validate_python(given[-1])
    except ValidationError as error:
        faults = [{**each, "loc": ("header", "idempotency-key")} for each in error.errors()]
        raise RequestValidationError(faults) from None


router = APIRouter(tags=["files"], route_class=_Records)
_RECORD = {"type": "object", "additionalProperties": True}
_RECORDS = {"type": "array", "items": _RECORD}
_READ, _RELEASED = "Narrowgate-Read", "Narrowgate-Released"
_ANSWER = {
    "description": "The release.",
    "headers": {
        RECEIPT_HEADER: {"description": "Id of the release's receipt.", "schema": {"type": "string"}},
        _READ: {"description": "Records that came.", "schema": {"type": "integer"}},
        _RELEASED: {"description": "Records that left.", "schema": {"type": "integer"}},
    },
    "content": {"application/json": {"schema": _RECORDS}},
}


@router.post(
    "/v1/records",
    summary="Have a few records released",
    response_class=Response,
    responses={200: _ANSWER, **problems(403, 408, 409, 413, 415, 422, 429, 503)},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {**_RECORDS, "minItems": 1, "maxItems": MOST_RECORDS}}},
        }
    },
)
async def records(
    request: Request,
    query: Annotated[RecordsQuery, Query()],
    house: House,
    caller: Annotated[Caller, allowed(_SCOPE)],
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Send a JSON array of a few records; get what may leave of them: what an export of the same text would give."""
    caller.require_pair(query.supplier, query.purpose)
    order = Order(
        supplier=query.supplier,
        purpose=query.purpose,
        on=query.on or date.today(),
        source=query.source,
        attributes=attributes_of(query.attr),
        key=None if idempotency_key is None else key_of(caller.name, idempotency_key),
    )
    with house.gathering.places.take(caller.name), house.files.keys.held(order.key):
        body = b"".join([piece async for piece in pieces(request, house.serving, MOST_BYTES)])
        released = await house.gathering.release(order, read_few(body))
    headers = {RECEIPT_HEADER: released.id, _READ: str(released.read), _RELEASED: str(released.released)}
    return Response(released.body, headers=headers, media_type="application/json")
