"""Entries as bytes: canonical JSON (RFC 8785), so that whoever has the document has the leaf."""

from __future__ import annotations

import zlib

import rfc8785

from narrowgate.errors import LedgerError
from narrowgate.model.base import Document

_LARGEST = 64 << 20


def canonical(document: Document) -> bytes:
    """``document`` as canonical JSON."""
    return rfc8785.dumps(document.model_dump(mode="json", by_alias=True))


def packed(body: bytes) -> bytes:
    """``body`` as it is kept."""
    return zlib.compress(body, 6)


def unpacked(kept: bytes, what: str) -> bytes:
    """The body that was packed.

    Raises:
        LedgerError: ``kept`` is not what was kept.
    """
    inflate = zlib.decompressobj()
    try:
        body = inflate.decompress(kept, _LARGEST)
    except zlib.error:
        body = b""
    if not inflate.eof or inflate.unused_data:
        raise LedgerError(f"{what} has been changed", "run: narrowgate ledger verify")
    return body
