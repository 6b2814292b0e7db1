"""``POST /v1/inspections``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi import Query as FromQuery
from pydantic import Field

from narrowgate.gateway.access.caller import Caller
from narrowgate.gateway.access.depends import allowed
from narrowgate.gateway.bodies import described, receive
from narrowgate.gateway.gatehouse import House
from narrowgate.gateway.presence import while_there
from narrowgate.gateway.problems import problems
from narrowgate.gateway.queries import Format, Query, merged
from narrowgate.gateway.spool import Folder
from narrowgate.inspection.inspect import inspect_file
from narrowgate.model.inspection import InspectionReport
from narrowgate.model.scope import Scope

router = APIRouter(tags=["files"])


class InspectionQuery(Query):
    """How the file is to be taken. A form may hold it instead of the query."""

    kind: Format | None = Field(None, alias="from", description="Of a text file: csv, tsv, json or ndjson.")


@router.post(
    "/v1/inspections",
    summary="Have a file looked into",
    responses=problems(408, 413, 415, 422, 429, 503, 507),
    openapi_extra=described(InspectionQuery.model_json_schema(), any_type=True),
)
async def inspections(
    request: Request,
    query: Annotated[InspectionQuery, FromQuery()],
    house: House,
    caller: Annotated[Caller, allowed(Scope.INSPECTIONS)],
) -> InspectionReport:
    """Send a file, as the body or as the part ``file`` of a form; learn what it says without showing it."""
    files = house.files
    with files.places.take(caller.name), files.spool.folder() as folder:
        body = await receive(request, folder, files.spool, house.serving)
        # What kind it is, is seen by what it holds. Text is not: its name or its media type tells.
        told = merged(query, body.form.fields)
        path = body.named(f"export.{told.kind or body.kind() or 'bin'}")
        looking = files.lanes.run(body.size, lambda _: _looked_into(folder, path))
        return await while_there(request.receive, looking)


def _looked_into(folder: Folder, path: Path) -> InspectionReport:
    with folder.unnamed():
        found = inspect_file(path)
        return InspectionReport(kind=found.kind, findings=found.findings)
