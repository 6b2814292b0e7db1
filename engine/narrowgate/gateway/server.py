"""The server, which finishes what is under way before it ends."""

from __future__ import annotations

import asyncio
import socket

import uvicorn

from narrowgate.gateway.gatehouse import Gatehouse


class Server(uvicorn.Server):
    """Answers HTTP until it is told to stop.

    Then it still listens, so that whoever asks hears that it is stopping, until nothing with a file is under way and
    every job's release has been collected, or the time for that is up. A second interrupt ends it at once.

    Args:
        config: of uvicorn.
        house: what has to be finished.
        stopping: seconds that it may take.
    """

    def __init__(self, config: uvicorn.Config, house: Gatehouse, stopping: float) -> None:
        super().__init__(config)
        self._house, self._stopping = house, stopping
        self._until: float | None = None

    async def on_tick(self, counter: int) -> bool:
        """Whether to end, asked ten times a second."""
        if not await super().on_tick(counter):
            return False
        now = asyncio.get_running_loop().time()
        if self._until is None:
            self._house.stop()
            self._until = now + self._stopping
        if self.force_exit or self._house.is_idle or now >= self._until:
            # Answers that are being sent have what is left of the time.
            self.config.timeout_graceful_shutdown = max(1, round(self._until - now))
            return True
        return False

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Answer until told to stop."""
        with self.capture_signals():
            await self._serve(sockets)
            # It is done as told, so the signal is not to end the process before everything is closed.
            self._captured_signals.clear()
