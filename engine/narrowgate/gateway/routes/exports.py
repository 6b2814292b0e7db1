"""``POST /v1/exports``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from narrowgate.gateway.access.caller import Caller
from narrowgate.gateway.access.depends import allowed
from narrowgate.gateway.access.scopes import Scope
from narrowgate.gateway.gatehouse import Gatehouse, House
from narrowgate.gateway.orders import OrderQuery, media_type, received
from narrowgate.model.receipt import Receipt
from narrowgate.service import Order, filter_export

router = APIRouter()

RECEIPT_HEADER = "Narrowgate-Receipt"


@router.post("/v1/exports", response_class=FileResponse)
async def exports(
    request: Request,
    query: Annotated[OrderQuery, Query()],
    house: House,
    caller: Annotated[Caller, allowed(Scope.EXPORTS)],
) -> Response:
    """Send an export as the body; get the release."""
    async with received(request, query, house, caller) as (order, folder):
        output = folder.path / "release"
        receipt = await house.work.run(_filtered, house, order, output)
        write_as = order.write_as or ""
        folder.keep()
        return FileResponse(
            output,
            media_type=media_type(write_as),
            headers={RECEIPT_HEADER: receipt.id},
            filename=f"release.{write_as}",
            background=BackgroundTask(folder.remove),
        )


def _filtered(house: Gatehouse, order: Order, output: Path) -> Receipt:
    with house.gate() as gate:
        return filter_export(gate, order, output, None)
