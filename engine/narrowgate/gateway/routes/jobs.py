"""``/v1/jobs``: exports that are worked on after their calls have been answered."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi import Path as PathParameter

from narrowgate.gateway.access.caller import Caller
from narrowgate.gateway.access.depends import allowed
from narrowgate.gateway.gatehouse import House
from narrowgate.gateway.jobs.answers import RETRY, told
from narrowgate.gateway.jobs.job import Job
from narrowgate.gateway.problems import problems
from narrowgate.gateway.releases import described_release, release_as_answer
from narrowgate.model.job import JobReport
from narrowgate.model.scope import Scope

router = APIRouter(tags=["files"])


async def _job(
    id: Annotated[str, PathParameter(pattern=r"^[A-Za-z0-9_-]{32}$", description="Of the job.")],
    house: House,
    caller: Annotated[Caller, allowed(Scope.EXPORTS)],
) -> Job:
    return house.files.jobs.of(caller.name, id)


_TheJob = Annotated[Job, Depends(_job)]


@router.get(
    "/v1/jobs/{id}",
    summary="How a job goes",
    responses={200: {"model": JobReport, "headers": RETRY}, **problems(404)},
)
async def jobs(request: Request, job: _TheJob) -> Response:
    """How far the job is, and what came of it."""
    return told(request, job)


@router.get(
    "/v1/jobs/{id}/release",
    summary="Get a job's release, once",
    response_class=Response,
    responses={200: described_release(), **problems(404, 409)},
)
async def release(house: House, job: _TheJob) -> Response:
    """The release. When all of it has been sent, the job is gone; if the connection breaks before, ask again."""
    receipt = job.require_release()
    job.collecting = True

    def then(complete: bool) -> None:
        job.collecting = False
        if complete:
            house.files.jobs.forget(job)

    return release_as_answer(job.release, receipt, house.serving.upload_idle, then)


@router.delete("/v1/jobs/{id}", summary="Cancel or discard a job", status_code=204, responses=problems(404))
async def discard(house: House, job: _TheJob) -> None:
    """Cancel the job, or discard its release. What the ledger has of it stays."""
    await house.files.jobs.discard(job)
