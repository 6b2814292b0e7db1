"""Forms, as they come back from a page."""

from __future__ import annotations

from urllib.parse import parse_qsl

from fastapi import Request

from narrowgate.errors import TooLarge, UsageError
from narrowgate.gateway.console.visiting import require_token
from narrowgate.gateway.receiving import pieces

_LARGEST = 16 << 10
_MOST = 50


async def fields(request: Request, token: str) -> dict[str, str]:
    """The fields of a form without files (``application/x-www-form-urlencoded``), by name.

    Args:
        token: that the form must carry.

    Raises:
        InputError: it is malformed, or too large.
        Forbidden: it is not the visitor's own.
    """
    body = bytearray()
    async for piece in pieces(request, request.app.state.house.serving):
        body += piece
        if len(body) > _LARGEST:
            raise TooLarge("the form is too large", "go back, and write less")
    try:
        found = dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=_MOST, errors="strict"))
    except ValueError:
        raise UsageError("the form cannot be read", "go back, and fill it in again") from None
    require_token(found.pop("token", ""), token)
    return found
