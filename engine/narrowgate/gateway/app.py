"""The application."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request, Response
from fastapi import Path as PathParameter
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.background import BackgroundTask

from narrowgate import __version__
from narrowgate.errors import UsageError
from narrowgate.gateway.problems import MEDIA_TYPE, install_problems
from narrowgate.inspection.inspect import inspect_file
from narrowgate.model.check import CheckReport
from narrowgate.model.inspection import InspectionReport
from narrowgate.model.receipt import Receipt
from narrowgate.plan.plan import Plan
from narrowgate.service import Gate, Order, check_export, filter_export, plan_order, receipt_of
from narrowgate.tables.formats import format_named, formats
from narrowgate.tables.packing import packed

_ZIP = "application/zip"
RECEIPT_HEADER = "Narrowgate-Receipt"

_PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"description": text, "content": {MEDIA_TYPE: {}}}
    for status, text in {
        400: "The call is wrong",
        403: "Refused",
        422: "The export is malformed",
        503: "No decision can be had, or no release recorded",
    }.items()
}


class OrderQuery(BaseModel):
    """Who receives, what for, and how the export is to be read."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    supplier: str = Field(description="Who receives.")
    purpose: str = Field(description="What for.")
    source: str | None = Field(None, description="Mapping of the system's columns, by name.")
    on: date | None = Field(None, description="Day of the request. Default: today.")
    read_as: str | None = Field(None, alias="from", description="Format of the export. Default: by Content-Type.")
    write_as: str | None = Field(None, alias="to", description="Format of the release. Default: the export's.")
    sheet: str | None = Field(None, description="Sheet of a workbook, by name or number.")
    table: str | None = Field(None, description="Where the table stands on its sheet, A3:F900, or its name.")
    header_rows: int | None = Field(None, ge=1, le=5, description="Rows of a sheet's header.")
    attr: list[str] = Field([], description="NAME=VALUE: an attribute that the purpose declares.")


def create_app(gate: Gate) -> FastAPI:
    """The application over ``gate``, which has a ledger."""
    app = FastAPI(
        title="Narrowgate",
        version=__version__,
        summary="The narrow gate between HR systems and suppliers.",
        responses=_PROBLEMS,
    )
    install_problems(app)

    @app.post("/v1/exports", response_class=FileResponse)
    async def exports(request: Request, query: Annotated[OrderQuery, Query()]) -> Response:
        """Send an export as the body; get the release."""
        async with _received(request, query) as (order, folder):
            write_as = order.write_as or ""
            output = folder.path / "release"
            receipt = await run_in_threadpool(filter_export, gate, order, output, None)
            media_type = _media_type(write_as)
            folder.keep()
            return FileResponse(
                output,
                media_type=media_type,
                headers={RECEIPT_HEADER: receipt.id},
                filename=f"release.{write_as}",
                background=BackgroundTask(folder.remove),
            )

    @app.get("/v1/receipts/{id}")
    async def receipts(id: Annotated[str, PathParameter(pattern="^[0-9a-f]{64}$")]) -> Receipt:
        """The receipt of a release, by its id."""
        return await run_in_threadpool(receipt_of, gate, id)

    @app.post("/v1/checks")
    async def checks(request: Request, query: Annotated[OrderQuery, Query()]) -> CheckReport:
        """Send a file as the body; learn whether it is already no more than is permitted."""
        async with _received(request, query) as (order, _):
            return await run_in_threadpool(check_export, gate, order)

    @app.post("/v1/plans")
    async def plans(request: Request, query: Annotated[OrderQuery, Query()]) -> Plan:
        """Send an export as the body; learn what would leave of it."""
        async with _received(request, query) as (order, _):
            return await run_in_threadpool(plan_order, gate, order)

    @app.post("/v1/inspections")
    async def inspections(
        request: Request,
        kind: Annotated[str, Query(alias="from", description="Of a text file: csv, tsv, json or ndjson.")] = "",
    ) -> InspectionReport:
        """Send a file as the body; learn by which channels it says more than it shows."""
        async with _body(request) as (body, _):
            inspection = await run_in_threadpool(inspect_file, body, f"body.{kind}")
            return InspectionReport(kind=inspection.kind, findings=inspection.findings)

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        """Whether the process answers."""
        return {"status": "ok"}

    return app


class _Folder:
    """A folder for one request's files, removed when the request is done with."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="narrowgate-request-"))
        self.kept = False

    def keep(self) -> None:
        """Leave it to the response to remove the folder."""
        self.kept = True

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)


@asynccontextmanager
async def _received(request: Request, query: OrderQuery) -> AsyncIterator[tuple[Order, _Folder]]:
    """The request's body in a file, and the order that it makes."""
    read_as = query.read_as or _format_of(request.headers.get("content-type", ""))
    format_named(read_as)
    format_named(query.write_as or read_as)
    attributes = dict(_attribute(each) for each in query.attr)
    dialect = query.model_dump(include={"sheet", "table", "header_rows"}, exclude_none=True)
    async with _body(request) as (body, folder):
        order = Order(
            supplier=query.supplier,
            purpose=query.purpose,
            on=query.on or date.today(),
            input=body,
            source=query.source,
            attributes=attributes,
            read_as=read_as,
            dialect=dialect,
            write_as=query.write_as or _written_like(read_as),
        )
        yield order, folder


@asynccontextmanager
async def _body(request: Request) -> AsyncIterator[tuple[Path, _Folder]]:
    """The request's body in a file."""
    folder = _Folder()
    try:
        body = folder.path / "export"
        with body.open("xb") as file:
            async for piece in request.stream():
                await run_in_threadpool(file.write, piece)
        yield body, folder
    finally:
        if not folder.kept:
            folder.remove()


def _written_like(read_as: str) -> str:
    """The export's own format, or the likest of those that are written."""
    kind, packing = format_named(read_as)
    return read_as if kind.is_written else packed("xlsx", packing)


def _format_of(content_type: str) -> str:
    wanted = content_type.partition(";")[0].strip().lower()
    for name, each in formats().items():
        if each.media_type == wanted:
            return name
    if wanted == _ZIP:
        return "zip"
    known = ", ".join(each.media_type for each in formats().values())
    raise UsageError("the body's format is not known", f"send a Content-Type ({known}) or ?from=")


def _media_type(write_as: str) -> str:
    kind, packing = format_named(write_as)
    return {"": kind.media_type, "gz": "application/gzip", "zip": _ZIP}[packing]


def _attribute(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise UsageError("attr is not NAME=VALUE", "write it as attr=urgency=routine")
    return name, value
