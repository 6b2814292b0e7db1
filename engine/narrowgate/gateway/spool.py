"""Where requests' files lie while they are worked on."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import Request
from fastapi.concurrency import run_in_threadpool


class Folder:
    """A folder for one request's files, removed when the request is done with."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="narrowgate-request-"))
        self.kept = False

    def keep(self) -> None:
        """Leave it to the response to remove the folder."""
        self.kept = True

    def remove(self) -> None:
        """Remove it, with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)


class Spool:
    """Keeps requests' bodies on disk."""

    @asynccontextmanager
    async def body(self, request: Request) -> AsyncIterator[tuple[Path, Folder]]:
        """The request's body in a file."""
        folder = Folder()
        try:
            body = folder.path / "export"
            with body.open("xb") as file:
                async for piece in request.stream():
                    await run_in_threadpool(file.write, piece)
            yield body, folder
        finally:
            if not folder.kept:
                folder.remove()
