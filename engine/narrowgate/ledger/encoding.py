"""Base64 (RFC 4648, section 4) with one form for each value, as keys, signatures and hashes are written."""

from __future__ import annotations

import base64
import binascii


def to_base64(data: bytes) -> str:
    """The Base64 form of ``data``."""
    return base64.b64encode(data).decode()


def from_base64(text: str) -> bytes | None:
    """What ``text`` is the Base64 form of; None where it is nothing's, or not the form that ``to_base64`` gives."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if to_base64(data) == text else None
