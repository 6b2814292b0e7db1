"""A file as an answer."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from narrowgate.gateway.presence import gone

_BLOCK = 1 << 20


class Download(Response):
    """A file, sent in large blocks that are read off the event loop.

    Args:
        path: of the file.
        patience: seconds that the client may take for a block.
        then: called in the end, with whether all of it was sent and the client was still there.
    """

    def __init__(
        self, path: Path, media_type: str, headers: dict[str, str], patience: float, then: Callable[[bool], None]
    ) -> None:
        super().__init__(media_type=media_type, headers=headers)
        self._path, self._patience, self._then = path, patience, then
        self.headers["Content-Length"] = str(path.stat().st_size)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        leaving, complete = asyncio.ensure_future(gone(receive)), False
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            complete = await self._send_file(leaving, send)
            if complete:
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        except TimeoutError:
            # Without an end to its answer, the server closes the connection.
            return
        finally:
            self._then(complete)
            leaving.cancel()
            await asyncio.gather(leaving, return_exceptions=True)

    async def _send_file(self, leaving: asyncio.Future[None], send: Send) -> bool:
        """Send all blocks; whether the client was still there when the last was on its way."""
        file = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            left = os.fstat(file).st_size
            while left and not leaving.done():
                block = await run_in_threadpool(os.read, file, _BLOCK)
                await self._send(block, send)
                left -= len(block)
            # This one waits until the others are on their way. Nothing comes between: a client that has got all of
            # them may well have closed the connection a moment later.
            await self._send(b"", send)
            return not left and not leaving.done()
        finally:
            os.close(file)

    async def _send(self, block: bytes, send: Send) -> None:
        async with asyncio.timeout(self._patience):
            await send({"type": "http.response.body", "body": block, "more_body": True})
