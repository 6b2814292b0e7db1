"""Whether whoever asked is still there."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect
from starlette.types import Receive

T = TypeVar("T")


async def while_there(receive: Receive, doing: Coroutine[Any, Any, T]) -> T:
    """The outcome of ``doing``, which is cancelled when the client drops its connection.

    Args:
        receive: of a request whose body has been read.

    Raises:
        ClientDisconnect: it has, and ``doing`` has ended.
    """
    task, leaving = asyncio.ensure_future(doing), asyncio.ensure_future(gone(receive))
    try:
        await asyncio.wait({task, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise ClientDisconnect
        return task.result()
    finally:
        task.cancel()
        leaving.cancel()
        await asyncio.gather(task, leaving, return_exceptions=True)


async def gone(receive: Receive) -> None:
    """Wait until the client is gone, or has got its whole answer."""
    while (await receive())["type"] != "http.disconnect":
        pass
