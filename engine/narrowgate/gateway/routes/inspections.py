"""``POST /v1/inspections``."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request

from narrowgate.gateway.access.caller import Caller
from narrowgate.gateway.access.depends import allowed
from narrowgate.gateway.access.scopes import Scope
from narrowgate.gateway.gatehouse import House
from narrowgate.inspection.inspect import inspect_file
from narrowgate.model.inspection import InspectionReport

router = APIRouter()


@router.post("/v1/inspections")
async def inspections(
    request: Request,
    house: House,
    _: Annotated[Caller, allowed(Scope.INSPECTIONS)],
    kind: Annotated[str, Query(alias="from", description="Of a text file: csv, tsv, json or ndjson.")] = "",
) -> InspectionReport:
    """Send a file as the body; learn by which channels it says more than it shows."""
    async with house.spool.body(request) as (body, _folder):
        inspection = await house.work.run(inspect_file, body, f"body.{kind}")
        return InspectionReport(kind=inspection.kind, findings=inspection.findings)
