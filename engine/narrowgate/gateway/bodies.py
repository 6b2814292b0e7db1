"""A file that comes as the body of a request, or in a form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from python_multipart.multipart import parse_options_header
from starlette.requests import Request

from narrowgate.errors import UnknownType
from narrowgate.gateway.multipart import FILE, FORM, Form, FormReader
from narrowgate.gateway.receiving import pieces
from narrowgate.gateway.sink import Sink
from narrowgate.gateway.spool import Folder, Spool
from narrowgate.model.serving import Serving
from narrowgate.tables.formats import formats
from narrowgate.tables.packing import packed, split_packing

ZIP = "application/zip"
GZIP = "application/gzip"
_BINARY = {"type": "string", "format": "binary"}
"""JSON Schema of a file."""
_JSON = "application/json"
_RECORDS = {"type": "array", "items": {"type": "object"}}


@dataclass(frozen=True)
class Body:
    """A file that has been received."""

    path: Path
    size: int
    """In bytes."""
    form: Form
    """What came with it."""

    def kind(self) -> str | None:
        """Its format, packing included, as its media type or its name tells it."""
        return _by_media_type(self.form.media_type) or _by_name(self.form.file_name)

    def named(self, name: str) -> Path:
        """The file under another name, by which messages tell of it."""
        return self.path.rename(self.path.with_name(name))


async def receive(
    request: Request, folder: Folder, spool: Spool, serving: Serving, documents: Mapping[str, int] | None = None
) -> Body:
    """Receive a request's file into ``folder``.

    Args:
        documents: by name, the largest size in bytes of documents that a form may hold besides.

    Raises:
        InputError: it is none, or too large, or comes too slowly.
        Busy: there is no room for it.
        ClientDisconnect: the client is gone.
    """
    content_type = request.headers.get("content-type", "")
    async with Sink(folder.inbox / FILE, folder, spool) as sink:
        if _bare(content_type) == FORM:
            reader = FormReader(content_type, sink, documents or {})
            async for piece in pieces(request, serving):
                reader.feed(piece)
                await sink.settle()
            form = reader.form()
        else:
            async for piece in pieces(request, serving):
                sink.add(piece)
                await sink.settle()
            form = Form(media_type=content_type, file_name=_file_name(request))
        await sink.finish()
    return Body(sink.path, sink.size, form)


def require_known(kind: str | None) -> str:
    """``kind``, if it is told.

    Raises:
        UnknownType: it is not.
    """
    if kind is None:
        known = ", ".join(each.media_type for each in formats().values())
        raise UnknownType("the format of the body is not told", f"send a Content-Type ({known}) or from=csv")
    return kind


def described(
    model: dict[str, Any] | None = None, documents: tuple[str, ...] = (), *, any_type: bool = False
) -> dict[str, Any]:
    """The request body of a route, for OpenAPI.

    Args:
        model: JSON Schema of what may be said in the query or in the form.
        documents: names of JSON documents that a form may hold.
        any_type: whether a file may be of any media type, and none.
    """
    told = (model or {}).get("properties", {})
    properties = told | dict.fromkeys((FILE, *documents), _BINARY)
    form = {"type": "object", "required": [FILE], "additionalProperties": False, "properties": properties}
    types = [*(each.media_type for each in formats().values()), ZIP, *(("*/*",) if any_type else ())]
    return {"requestBody": {"required": True, "content": described_files(types) | {FORM: {"schema": form}}}}


def described_files(media_types: Iterable[str]) -> dict[str, Any]:
    """Files of some media types, for OpenAPI."""
    return {each: {"schema": _RECORDS if each == _JSON else _BINARY} for each in media_types}


def _bare(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _file_name(request: Request) -> str:
    _, told = parse_options_header(request.headers.get("content-disposition", ""))
    return told.get(b"filename", b"").decode(errors="replace")


def _by_media_type(content_type: str) -> str | None:
    wanted = _bare(content_type)
    if wanted == ZIP:
        return "zip"
    return next((name for name, each in formats().items() if each.media_type == wanted), None)


def _by_name(file_name: str) -> str | None:
    stem, packing = split_packing(file_name.lower())
    kind = next((name for name, each in formats().items() if stem.endswith(each.suffixes)), None)
    if kind is not None:
        return packed(kind, packing)
    return "zip" if packing == "zip" else None
