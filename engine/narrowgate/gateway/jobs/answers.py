"""Jobs as answers."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse

from narrowgate.gateway.jobs.job import Job
from narrowgate.model.job import JobReport

_SOON = 1
"""Seconds after which to ask again."""
RETRY: dict[str, Any] = {
    "Retry-After": {"description": "Seconds to wait before asking again.", "schema": {"type": "integer"}}
}


def accepted(request: Request, job: Job) -> JSONResponse:
    """That an export is worked on as a job (RFC 7240, section 4.1)."""
    answer = told(request, job, 202)
    answer.headers["Location"] = _place(request, job)
    answer.headers["Preference-Applied"] = "respond-async"
    return answer


def told(request: Request, job: Job, status: int = 200) -> JSONResponse:
    """How a job goes."""
    report = job.report(_place(request, job))
    headers = {} if job.is_over else {"Retry-After": str(_SOON)}
    return JSONResponse(report.model_dump(mode="json", exclude_none=True), status, headers)


def described_acceptance() -> dict[str, Any]:
    """That answer, for OpenAPI."""
    text = {"type": "string"}
    more = {
        "Location": {"description": "Where the job is to be seen.", "schema": text},
        "Preference-Applied": {"description": "respond-async", "schema": text},
    }
    return {"model": JobReport, "description": "The export is worked on as a job.", "headers": RETRY | more}


def _place(request: Request, job: Job) -> str:
    return f"{request.scope.get('root_path', '')}/v1/jobs/{job.id}"
