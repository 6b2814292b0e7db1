"""The id of a call: in the answer, the log, traces and problem documents."""

from __future__ import annotations

import os
import re
from contextvars import ContextVar

HEADER = "X-Request-Id"
_UUID = re.compile(rb"[0-9a-f]{8}(-?)[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{12}", re.IGNORECASE)

current: ContextVar[str | None] = ContextVar("request_id", default=None)
"""Of the call that is being answered; None outside of one."""


def request_id(given: bytes | None) -> str:
    """The id of a call, as a UUID.

    Args:
        given: what the caller says it is. Only a UUID is taken, with or without hyphens: anything else might say
            something about a person, and end in a log.
    """
    if given is not None and len(given) <= 36 and _UUID.fullmatch(given):
        return _hyphened(given.replace(b"-", b"").decode().lower())
    # A random UUID (RFC 9562, version 4). The module uuid takes several times as long to make one.
    digits = os.urandom(16).hex()
    return _hyphened(f"{digits[:12]}4{digits[13:16]}{'89ab'[int(digits[16], 16) & 3]}{digits[17:]}")


def _hyphened(digits: str) -> str:
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
