"""A file that a body is written to as it arrives."""

from __future__ import annotations

import asyncio
import errno
import os
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType

from narrowgate.errors import Busy
from narrowgate.gateway.spool import Folder, Spool

_BLOCK = 1 << 20
_MOST_PIECES = 512
"""Fewer than ``writev`` takes at once."""


class Sink:
    """Writes in large blocks, in a thread, while the next pieces arrive. Nothing is copied on the way.

    Args:
        path: of the new file.
        folder: what the room is set aside for.
        spool: whose threads write.
    """

    def __init__(self, path: Path, folder: Folder, spool: Spool) -> None:
        self.path, self.size = path, 0
        self._folder, self._threads = folder, spool.threads
        self._pending: list[bytes | memoryview] = []
        self._held = 0
        self._writing: Future[None] | None = None
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)

    def add(self, piece: bytes | memoryview) -> None:
        """Take a piece, to be written at the next ``settle``."""
        self._pending.append(piece)
        self._held += len(piece)
        self.size += len(piece)

    async def settle(self) -> None:
        """Have written what has been added, once it is a block. Waits for the block before.

        Raises:
            Busy: there is no room.
        """
        if self._held >= _BLOCK or len(self._pending) >= _MOST_PIECES:
            await self._write()

    async def finish(self) -> None:
        """Have everything written."""
        await self._write()
        await self._written()

    async def _write(self) -> None:
        pieces, count = self._pending, self._held
        self._pending, self._held = [], 0
        await self._written()
        self._folder.claim(count)
        self._writing = self._threads.submit(_write_all, self._file, pieces)

    async def _written(self) -> None:
        if self._writing is not None:
            await asyncio.wrap_future(self._writing)

    async def __aenter__(self) -> Sink:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writing is None:
            os.close(self._file)
        else:
            # Whoever is cancelled does not wait; and a descriptor that is being written to must not become another
            # file's meanwhile.
            self._writing.add_done_callback(lambda _: os.close(self._file))


def _write_all(file: int, pieces: list[bytes | memoryview]) -> None:
    try:
        count = os.writev(file, pieces)
        if count < sum(map(len, pieces)):
            rest = memoryview(b"".join(pieces))[count:]
            while rest:
                rest = rest[os.write(file, rest) :]
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise Busy("there is no room for more files", "try again in a little while", 30) from error
        raise
