"""Errors as problem documents (RFC 9457)."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from narrowgate.errors import (
    AccessError,
    Busy,
    Conflict,
    DataError,
    EngineError,
    InputError,
    LedgerError,
    NarrowgateError,
    NotThere,
    PolicyInvalid,
    Refused,
    TooLarge,
    TooMany,
    Unauthenticated,
)

TYPE = "https://narrowgate.example/problems/"
MEDIA_TYPE = "application/problem+json"

_STATUS: tuple[tuple[type[NarrowgateError], int], ...] = (
    (Refused, 403),
    (DataError, 422),
    (NotThere, 404),
    (TooLarge, 413),
    (Conflict, 409),
    (InputError, 400),
    (Unauthenticated, 401),
    (TooMany, 429),
    (AccessError, 403),
    (Busy, 503),
    (EngineError, 503),
    (LedgerError, 503),
    (NarrowgateError, 500),
)


def status_of(error: NarrowgateError) -> int:
    """The HTTP status that tells of ``error``."""
    return next(status for kind, status in _STATUS if isinstance(error, kind))


def problem(error: NarrowgateError) -> JSONResponse:
    """``error`` as a problem document."""
    status = status_of(error)
    document: dict[str, Any] = {
        "type": TYPE + error.kind,
        "title": error.kind.replace("-", " "),
        "status": status,
        "detail": error.message,
        "remedy": error.remedy,
    }
    if isinstance(error, Refused):
        document["reasons"] = list(error.reasons)
    if isinstance(error, PolicyInvalid):
        document["findings"] = list(error.findings)
    retry = {"Retry-After": str(error.retry_after)} if isinstance(error, TooMany | Busy) else None
    return JSONResponse(document, status, retry, MEDIA_TYPE)


def install_problems(app: FastAPI) -> None:
    """Answer every error of ours, and every malformed request, with a problem document."""

    @app.exception_handler(NarrowgateError)
    async def ours(_: Request, error: NarrowgateError) -> JSONResponse:
        return problem(error)

    @app.exception_handler(RequestValidationError)
    async def malformed(_: Request, error: RequestValidationError) -> JSONResponse:
        faults = [f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}" for fault in error.errors()]
        document = {
            "type": TYPE + "bad-usage",
            "title": "bad usage",
            "status": 400,
            "detail": "; ".join(faults),
            "remedy": "see /openapi.json for what the call takes",
        }
        return JSONResponse(document, 400, media_type=MEDIA_TYPE)
