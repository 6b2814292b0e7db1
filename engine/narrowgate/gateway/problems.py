"""Errors as problem documents (RFC 9457)."""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from narrowgate.errors import (
    AccessError,
    Busy,
    Conflict,
    DataError,
    EngineError,
    FileError,
    InputError,
    LedgerError,
    NarrowgateError,
    NotThere,
    PolicyInvalid,
    Refused,
    TooLarge,
    TooMany,
    TooSlow,
    Unauthenticated,
    UnknownType,
    UsageError,
    WrongMethod,
)
from narrowgate.gateway.faults import told, words
from narrowgate.gateway.observing.request_id import current
from narrowgate.model.problem import Problem

TYPE = "https://narrowgate.example/problems/"
MEDIA_TYPE = "application/problem+json"
_CHALLENGE = 'Bearer realm="narrowgate"'
"""RFC 6750, section 3."""
CLIENT_GONE = 499
"""The status, as nginx has it, of calls whose client did not wait for an answer."""
Responses = dict[int | str, dict[str, Any]]

_STATUS: tuple[tuple[type[NarrowgateError], int], ...] = (
    (Refused, 403),
    (DataError, 422),
    (NotThere, 404),
    (WrongMethod, 405),
    (TooSlow, 408),
    (TooLarge, 413),
    (UnknownType, 415),
    (Conflict, 409),
    # No caller names a file here: it is ours, and most likely the disk is full.
    (FileError, 507),
    (InputError, 400),
    (Unauthenticated, 401),
    (TooMany, 429),
    (AccessError, 403),
    (Busy, 503),
    (EngineError, 503),
    (LedgerError, 503),
    (NarrowgateError, 500),
)
_SAID = {
    400: "The call is wrong: see what it takes.",
    401: "Nobody has proved who they are.",
    403: "Refused, or the client is not registered for that.",
    404: "What is asked for does not exist, or not any more.",
    408: "It does not arrive in time.",
    409: "It contradicts what was asked before.",
    413: "It is more than is taken.",
    415: "Nobody says of what format it is, or of none that is taken.",
    422: "The export is malformed.",
    429: "The client has asked too often.",
    500: "A fault of ours; nothing was released.",
    503: "No decision can be had, no release recorded, or the gateway has its hands full.",
    507: "There is no room for the files of the call.",
}
_HEADERS = {
    409: ("Retry-After", "Seconds to wait, where it passes.", {"type": "integer"}),
    401: ("WWW-Authenticate", "How to prove who one is (RFC 9110, RFC 6750).", {"type": "string"}),
    429: ("Retry-After", "Seconds to wait.", {"type": "integer"}),
    503: ("Retry-After", "Seconds to wait, where that is known.", {"type": "integer"}),
}


def problems(*statuses: int) -> Responses:
    """What a route tells of the problems that it answers with, for its ``responses``.

    Every route answers 500, and those that take anything 400; those that ask who is calling 401, 403, 429 and 503.
    These are told of without being named here.
    """
    return {status: _told(status) for status in statuses}


def _told(status: int) -> dict[str, Any]:
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    said: dict[str, Any] = {"description": _SAID.get(status, HTTPStatus(status).phrase), "content": content}
    if status in _HEADERS:
        name, text, schema = _HEADERS[status]
        said["headers"] = {name: {"description": text, "schema": schema}}
    return said


def status_of(error: NarrowgateError) -> int:
    """The HTTP status that tells of ``error``."""
    return status_of_kind(type(error))


def status_of_kind(kind: type[NarrowgateError]) -> int:
    """The HTTP status that tells of errors of a kind."""
    return next(status for of, status in _STATUS if issubclass(kind, of))


def problem_of(error: NarrowgateError) -> Problem:
    """What there is to tell of ``error``."""
    call = current.get()
    return Problem(
        type=TYPE + error.kind,
        title=error.kind.replace("-", " "),
        status=status_of(error),
        detail=error.message,
        remedy=error.remedy,
        instance=f"urn:uuid:{call}" if call else None,
        reasons=error.reasons if isinstance(error, Refused) else None,
        findings=error.findings if isinstance(error, PolicyInvalid) else None,
    )


def problem(error: NarrowgateError) -> JSONResponse:
    """``error`` as a problem document."""
    document = problem_of(error)
    return JSONResponse(
        document.model_dump(mode="json", exclude_none=True), document.status, _headers(error), MEDIA_TYPE
    )


def _headers(error: NarrowgateError) -> dict[str, str]:
    if isinstance(error, TooMany | Busy | Conflict) and error.retry_after is not None:
        return {"Retry-After": str(error.retry_after)}
    if isinstance(error, Unauthenticated):
        return {"WWW-Authenticate": _CHALLENGE + (', error="invalid_token"' if error.presented else "")}
    # Whoever sends so slowly is not to go on (RFC 9110, section 15.5.9).
    return {"Connection": "close"} if isinstance(error, TooSlow) else {}


def install_problems(app: FastAPI) -> None:
    """Answer every error of ours, every malformed request and every address that is none with a problem document."""

    @app.exception_handler(NarrowgateError)
    async def ours(_: Request, error: NarrowgateError) -> JSONResponse:
        return problem(error)

    @app.exception_handler(ClientDisconnect)
    async def gone(_: Request, __: ClientDisconnect) -> Response:
        # Nobody hears this but the log.
        return Response(status_code=CLIENT_GONE)

    @cache
    def known() -> frozenset[str]:
        return words(app.openapi())

    @app.exception_handler(RequestValidationError)
    async def malformed(_: Request, error: RequestValidationError) -> JSONResponse:
        return problem(UsageError(told(error.errors(), known()), "see /openapi.json for what the call takes"))

    @app.exception_handler(HTTPException)
    async def of_the_framework(_: Request, error: HTTPException) -> JSONResponse:
        answer = problem(_ours(error.status_code))
        answer.headers.update(error.headers or {})
        return answer


def _ours(status: int) -> NarrowgateError:
    """The error of ours that says what the framework's ``status`` does. What it says besides may quote the call."""
    remedy = "see /openapi.json for what there is"
    if status == HTTPStatus.NOT_FOUND:
        return NotThere("there is nothing at this address", remedy)
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        return WrongMethod("that cannot be done at this address", "see the header Allow for what can")
    return UsageError("the call cannot be read", remedy)
