"""A request's body as it arrives: not more than is taken, and not for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from starlette.requests import ClientDisconnect, Request

from narrowgate.errors import TooLarge, TooSlow, UnknownType
from narrowgate.model.serving import Serving

_IDENTITY = {"", "identity"}


async def pieces(request: Request, serving: Serving, most: int | None = None) -> AsyncIterator[bytes]:
    """The body, piece by piece.

    Args:
        most: bytes; None: as much as is taken of a file.

    Only the time spent waiting for the client counts: our disk may be as slow as it likes.

    Raises:
        UnknownType: it is encoded for the transfer.
        TooLarge: it is larger than is taken. Said at once where the client announces how long it is.
        TooSlow: nothing came for too long, or too little altogether.
        ClientDisconnect: the client is gone.
    """
    if request.headers.get("content-encoding", "").strip().lower() not in _IDENTITY:
        raise UnknownType("the body has a Content-Encoding", "send it as it is; a packed export with from=csv.gz")
    announced = request.headers.get("content-length", "")
    most = serving.max_upload if most is None else most
    _require_small(int(announced) if announced.isdecimal() else 0, most)
    clock = asyncio.get_running_loop().time
    received, waited, more = 0, 0.0, True
    while more:
        # Whoever sends at the least rate never has to wait longer than if nothing had come at all.
        left = min(serving.upload_idle, serving.upload_idle + received / serving.upload_rate - waited)
        before = clock()
        try:
            async with asyncio.timeout(left):
                message = await request.receive()
        except TimeoutError:
            raise TooSlow("the body arrives too slowly", f"send {serving.upload_rate} bytes a second or more") from None
        waited += clock() - before
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        piece = message.get("body", b"")
        more = message.get("more_body", False)
        received += len(piece)
        _require_small(received, most)
        if piece:
            yield piece


def _require_small(size: int, most: int) -> None:
    if size > most:
        raise TooLarge(f"the body is larger than {most:,} bytes", "send it in parts, or packed with from=csv.gz")
