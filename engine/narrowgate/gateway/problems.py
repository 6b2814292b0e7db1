"""Errors as problem documents (RFC 9457)."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from narrowgate.errors import (
    DataError,
    EngineError,
    InputError,
    LedgerError,
    NarrowgateError,
    PolicyInvalid,
    Refused,
)

TYPE = "https://narrowgate.example/problems/"
MEDIA_TYPE = "application/problem+json"

_STATUS: tuple[tuple[type[NarrowgateError], int], ...] = (
    (Refused, 403),
    (DataError, 422),
    (InputError, 400),
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
    return JSONResponse(document, status, media_type=MEDIA_TYPE)


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
            "remedy": "see /docs for what the call takes",
        }
        return JSONResponse(document, 400, media_type=MEDIA_TYPE)
