"""From a call to an order."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field

from narrowgate.errors import UsageError
from narrowgate.gateway.access.caller import Caller
from narrowgate.gateway.gatehouse import Gatehouse
from narrowgate.gateway.spool import Folder
from narrowgate.service import Order
from narrowgate.tables.formats import format_named, formats
from narrowgate.tables.packing import packed

_ZIP = "application/zip"


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


@asynccontextmanager
async def received(
    request: Request, query: OrderQuery, house: Gatehouse, caller: Caller
) -> AsyncIterator[tuple[Order, Folder]]:
    """The request's body in a file, and the order that it makes, which the caller may give."""
    caller.require_pair(query.supplier, query.purpose)
    read_as = query.read_as or _format_of(request.headers.get("content-type", ""))
    format_named(read_as)
    format_named(query.write_as or read_as)
    attributes = dict(_attribute(each) for each in query.attr)
    dialect = query.model_dump(include={"sheet", "table", "header_rows"}, exclude_none=True)
    async with house.spool.body(request) as (body, folder):
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


def media_type(write_as: str) -> str:
    """Of a format, packing included."""
    kind, packing = format_named(write_as)
    return {"": kind.media_type, "gz": "application/gzip", "zip": _ZIP}[packing]


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


def _attribute(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise UsageError("attr is not NAME=VALUE", "write it as attr=urgency=routine")
    return name, value
