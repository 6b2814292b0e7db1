"""From a call to an order."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from fastapi import Request
from pydantic import Field

from narrowgate.errors import UsageError
from narrowgate.gateway.access.caller import Caller
from narrowgate.gateway.bodies import Body, receive, require_known
from narrowgate.gateway.gatehouse import Gatehouse
from narrowgate.gateway.idempotency import key_of
from narrowgate.gateway.queries import Day, Format, Query, merged
from narrowgate.gateway.spool import Folder
from narrowgate.ledger.receipts import LARGEST
from narrowgate.model.dialect import told_dialect
from narrowgate.service import Order
from narrowgate.tables.formats import format_named
from narrowgate.tables.packing import packed

_DIALECT = ("encoding", "delimiter", "quote", "sheet", "table", "header_rows")
RECEIPT = "receipt"
"""The part of a form that is the receipt of its file."""


class OrderQuery(Query):
    """Who receives, what for, and how the export is to be read. A form may hold any of it instead of the query."""

    supplier: str | None = Field(None, description="Who receives. Needed, here or in the form.", examples=["cardco"])
    purpose: str | None = Field(None, description="What for. Needed, here or in the form.", examples=["id_card_print"])
    source: str | None = Field(None, description="Mapping of the system's columns, by name.")
    on: Day | None = Field(None, description="Day of the request. Default: today.")
    read_as: Format | None = Field(None, alias="from", description="Format of the export. Default: by Content-Type.")
    write_as: Format | None = Field(None, alias="to", description="Format of the release. Default: the export's.")
    encoding: str | None = Field(None, description="Of CSV and TSV. Default: utf-8, or the source's.")
    delimiter: str | None = Field(None, description="Of CSV: one character, or tab. Default: a comma.")
    quote: str | None = Field(None, description='Of CSV: one character, or none for none. Default: ".')
    sheet: str | None = Field(None, description="Sheet of a workbook, by name or number.")
    table: str | None = Field(None, description="Where the table stands on its sheet, A3:F900, or its name.")
    header_rows: int | None = Field(None, ge=1, le=5, description="Rows of a sheet's header.")
    attr: list[str] = Field([], description="NAME=VALUE: an attribute that the purpose declares.")


@dataclass(frozen=True)
class Errand:
    """An order, with all that it holds until it is done."""

    order: Order
    folder: Folder
    size: int
    """Of the export, in bytes."""
    receipt: bytes | None
    """The receipt that came with the file."""
    held: ExitStack
    """Its place and its key, which are free again when the work is done."""
    kept: ExitStack
    """Its folder, which goes when nobody needs it any more."""

    @property
    def output(self) -> Path:
        """Where the release goes."""
        return self.folder.outbox / f"release.{self.order.write_as}"

    def outlive(self) -> Errand:
        """The same, not done with when its call is."""
        return replace(self, held=self.held.pop_all(), kept=self.kept.pop_all())


@asynccontextmanager
async def received(
    request: Request,
    query: OrderQuery,
    house: Gatehouse,
    caller: Caller,
    *,
    key: str | None = None,
    with_receipt: bool = False,
) -> AsyncIterator[Errand]:
    """The request's file on disk, and the order that it makes, which the caller may give.

    What can be seen to be wrong before the body has been read is told before.

    Args:
        key: the Idempotency-Key.
        with_receipt: whether a form may hold the receipt of its file.
    """
    key = None if key is None else key_of(caller.name, key)
    if query.supplier is not None and query.purpose is not None:
        caller.require_pair(query.supplier, query.purpose)
    _require_sound(query)
    files = house.files
    with ExitStack() as kept, ExitStack() as held:
        held.enter_context(files.places.take(caller.name))
        held.enter_context(files.keys.held(key))
        folder = kept.enter_context(files.spool.folder())
        documents = {RECEIPT: LARGEST} if with_receipt else {}
        body = await receive(request, folder, files.spool, house.serving, documents)
        told = merged(query, body.form.fields)
        _require_sound(told)
        supplier, purpose = pair_of(told)
        caller.require_pair(supplier, purpose)
        order = order_of(told, body, supplier, purpose, key)
        yield Errand(order, folder, body.size, body.form.documents.get(RECEIPT), held, kept)


def _require_sound(query: OrderQuery) -> None:
    """Raise where a format is none, or an attribute has no value."""
    for name in filter(None, (query.read_as, query.write_as)):
        format_named(name)
    attributes_of(query.attr)
    told_dialect(query.model_dump(include=set(_DIALECT)))


def order_of(told: OrderQuery, body: Body, supplier: str, purpose: str, key: str | None) -> Order:
    """The order for a file that has been received."""
    read_as = require_known(told.read_as or body.kind())
    return Order(
        supplier=supplier,
        purpose=purpose,
        on=told.on or date.today(),
        # By this name messages tell of it: what the client calls it may be somebody's name.
        input=body.named(f"export.{read_as}"),
        source=told.source,
        attributes=attributes_of(told.attr),
        read_as=read_as,
        dialect=told_dialect(told.model_dump(include=set(_DIALECT))),
        write_as=told.write_as or _written_like(read_as),
        key=key,
    )


def pair_of(told: OrderQuery) -> tuple[str, str]:
    """Who receives, and what for.

    Raises:
        UsageError: it is not told.
    """
    if told.supplier is None or told.purpose is None:
        raise UsageError("who receives or what for is not told", "add supplier and purpose to the query or the form")
    return told.supplier, told.purpose


def _written_like(read_as: str) -> str:
    """The export's own format, or the likest of those that are written."""
    kind, packing = format_named(read_as)
    return read_as if kind.is_written else packed("xlsx", packing)


def attributes_of(texts: Iterable[str]) -> dict[str, str]:
    """What ``attr`` says, by name.

    Raises:
        UsageError: one of them says nothing.
    """
    return dict(map(_attribute, texts))


def _attribute(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise UsageError("attr is not NAME=VALUE", "write it as attr=urgency=routine")
    return name, value
