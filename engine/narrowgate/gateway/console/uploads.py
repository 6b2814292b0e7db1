"""Files that come with a form."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass

from fastapi import Request

from narrowgate.errors import UsageError
from narrowgate.gateway.bodies import Body, receive
from narrowgate.gateway.console.visiting import require_token
from narrowgate.gateway.console.visitor import Visitor
from narrowgate.gateway.gatehouse import Gatehouse
from narrowgate.gateway.spool import Folder


@dataclass(frozen=True)
class Upload:
    """A file, and what was said with it."""

    body: Body
    folder: Folder
    said: list[tuple[str, str]]
    """Names and values of the fields that hold something."""
    held: ExitStack
    kept: ExitStack
    """See ``Errand``."""

    def require_file(self) -> None:
        """Raise ``UsageError`` where nobody chose a file."""
        if not self.body.size:
            raise UsageError("no file was chosen, or an empty one", "choose a file")


@asynccontextmanager
async def uploaded(request: Request, house: Gatehouse, visitor: Visitor) -> AsyncIterator[Upload]:
    """The file of a form, on disk until the block is left.

    Raises:
        InputError: there is none, or it is too large, or comes too slowly.
        Forbidden: the form is not the visitor's own.
        Busy: there is no room for it.
    """
    files = house.files
    with ExitStack() as kept, ExitStack() as held:
        held.enter_context(files.places.take(visitor.caller.name))
        folder = kept.enter_context(files.spool.folder())
        body = await receive(request, folder, files.spool, house.serving)
        given = body.form.fields
        require_token(next((value for name, value in given if name == "token"), None), visitor.token)
        said = [(name, value.strip()) for name, value in given if name != "token" and value.strip()]
        yield Upload(body, folder, said, held, kept)
