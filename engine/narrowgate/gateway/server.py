"""The server, which finishes what is under way before it ends."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import uvicorn

from narrowgate.gateway.gatehouse import Gatehouse


class Server(uvicorn.Server):
    """Answers HTTP until it is told to stop.

    Then it still listens, so that whoever asks hears that it is stopping, until nothing with a file is under way and
    every job's release has been collected, or the time for that is up. A second interrupt ends it at once.

    A connection on which no call is under way, and none is made for too long, is closed, whatever trickles in on it.

    Args:
        config: of uvicorn.
        house: what has to be finished.
        stopping: seconds that it may take.
    """

    def __init__(self, config: uvicorn.Config, house: Gatehouse, stopping: float) -> None:
        super().__init__(config)
        self._house, self._stopping, self._patience = house, stopping, house.serving.upload_idle
        self._until: float | None = None
        self._idle: dict[Any, float] = {}
        """Since when connections have been idle."""

    async def on_tick(self, counter: int) -> bool:
        """Whether to end, asked ten times a second."""
        now = asyncio.get_running_loop().time()
        self._close_idle(now)
        if not await super().on_tick(counter):
            return False
        if self._until is None:
            self._house.stop()
            self._until = now + self._stopping
        if self.force_exit or self._house.is_idle or now >= self._until:
            # Answers that are being sent have what is left of the time.
            self.config.timeout_graceful_shutdown = max(1, round(self._until - now))
            return True
        return False

    def _close_idle(self, now: float) -> None:
        # uvicorn itself closes those that wait for a call, but not those on which one has begun to come.
        idle = [each for each in self.server_state.connections if not _is_busy(each)]
        self._idle = {each: self._idle.get(each, now) for each in idle}
        for each in [each for each, since in self._idle.items() if now - since > self._patience]:
            each.transport.close()

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Answer until told to stop."""
        with self.capture_signals():
            try:
                await self._serve(sockets)
            finally:
                # It is done as told, so the signal is not to end the process before everything is closed, nor to hide
                # what went wrong.
                self._captured_signals.clear()


def _is_busy(connection: Any) -> bool:
    """Whether a call is under way on it, or its answer."""
    return connection.cycle is not None and not connection.cycle.response_complete
