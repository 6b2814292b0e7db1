"""``POST /v1/exports``."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response

from narrowgate.gateway.access.caller import Caller
from narrowgate.gateway.access.depends import allowed
from narrowgate.gateway.bodies import described
from narrowgate.gateway.gatehouse import Gatehouse, House
from narrowgate.gateway.idempotency import IdempotencyKey
from narrowgate.gateway.jobs.answers import accepted, described_acceptance
from narrowgate.gateway.jobs.job import Job
from narrowgate.gateway.orders import Errand, OrderQuery, received
from narrowgate.gateway.presence import while_there
from narrowgate.gateway.problems import problem_of, problems
from narrowgate.gateway.releases import described_release, release_as_answer
from narrowgate.gateway.working import worked
from narrowgate.model.receipt import Receipt
from narrowgate.model.scope import Scope
from narrowgate.service import Progress, filter_export

router = APIRouter(tags=["files"])

_ASYNC = "respond-async"


@router.post(
    "/v1/exports",
    summary="Have an export released",
    response_class=Response,
    responses={
        200: described_release(),
        202: described_acceptance(),
        **problems(403, 408, 409, 413, 415, 422, 429, 503, 507),
    },
    openapi_extra=described(OrderQuery.model_json_schema()),
)
async def exports(
    request: Request,
    query: Annotated[OrderQuery, Query()],
    house: House,
    caller: Annotated[Caller, allowed(Scope.EXPORTS)],
    idempotency_key: IdempotencyKey = None,
    prefer: Annotated[str | None, Header(description=f"{_ASYNC}: the export is worked on as a job (RFC 7240).")] = None,
) -> Response:
    """Send an export, as the body or as the part ``file`` of a form; get what may leave of it."""
    with ExitStack() as remembered:
        place = remembered.enter_context(house.files.jobs.place(caller.name)) if _is_for_later(prefer) else None
        async with received(request, query, house, caller, key=idempotency_key) as errand:
            if place is None:
                receipt = await while_there(request.receive, _filtered(house, errand))
                kept = errand.kept.pop_all()
                patience = house.serving.upload_idle
                return release_as_answer(errand.output, receipt, patience, lambda _: kept.close())
            errand = errand.outlive()
            errand.kept.callback(errand.held.close)
            remembered.pop_all()
            job = Job(caller.name, errand.kept, errand.output, errand.size, problem_of)
            house.files.jobs.start(job, place, lambda: _filtered(house, errand, job.progress))
            return accepted(request, job)


async def _filtered(house: Gatehouse, errand: Errand, progress: Progress = lambda _: None) -> Receipt:
    """The release of an export, in the errand's outbox."""
    return await worked(
        house, errand, lambda gate, passing: filter_export(gate, errand.order, errand.output, None, passing), progress
    )


def _is_for_later(prefer: str | None) -> bool:
    preferences = (each.partition(";")[0].strip().lower() for each in (prefer or "").split(","))
    return _ASYNC in preferences
