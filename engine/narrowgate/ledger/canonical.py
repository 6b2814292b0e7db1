"""Entries as bytes: canonical JSON (RFC 8785), so that whoever has the document has the leaf."""

from __future__ import annotations

import json
import zlib
from typing import Any

import rfc8785

from narrowgate.errors import LedgerError
from narrowgate.model.base import Document

_LARGEST = 64 << 20
_MOST_PARTS = 256
_LEVEL = 3
"""Of compression: 6 takes half as long again, for 6 % less."""
_SORTED = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode


def canonical(document: Document) -> bytes:
    """``document`` as canonical JSON."""
    return rfc8785.dumps(document.model_dump(mode="json", by_alias=True))


class Shared:
    """Makes canonical JSON of documents that have parts in common; a part is written once.

    Entries that are added together mostly have one decision and one list of columns, which are most of their text. It
    is not for several threads at once.

    Args:
        parts: the members that documents may have in common. They do not change.
    """

    def __init__(self, *parts: str) -> None:
        self._parts = frozenset(parts)
        self._written: dict[object, tuple[object, bytes]] = {}

    def canonical(self, document: Document) -> bytes:
        """The same as ``canonical``, of a document whose members' names are in ASCII."""
        own = document.model_dump(mode="json", by_alias=True, exclude=set(self._parts))
        texts = {name: _small(value) for name, value in own.items()}
        for name in self._parts & type(document).model_fields.keys():
            texts[name] = self._part(document, name)
        return b"{" + b",".join([b'"%b":%b' % (name.encode(), texts[name]) for name in sorted(texts)]) + b"}"

    def _part(self, document: Document, name: str) -> bytes:
        value = getattr(document, name)
        place = name, _identity(value)
        if (known := self._written.get(place)) is None:
            if len(self._written) >= _MOST_PARTS:
                self._written.clear()
            dumped = document.model_dump(mode="json", by_alias=True, include={name})[name]
            # Kept with its text, so that nothing else can come to have its identity.
            known = self._written[place] = value, rfc8785.dumps(dumped)
        return known[1]


def _identity(value: object) -> object:
    """What two parts have in common only if they are the same: validation makes tuples and dicts anew."""
    if isinstance(value, tuple):
        return tuple(map(id, value))
    return tuple((key, id(each)) for key, each in value.items()) if isinstance(value, dict) else id(value)


def _small(value: Any) -> bytes:
    """Canonical JSON, sooner where it is the same as JSON with sorted keys."""
    text = _SORTED(value)
    # Keys beyond ASCII are sorted otherwise, numbers with a point are written otherwise.
    is_same = text.isascii() and (type(value) is str or "." not in text)
    return text.encode() if is_same else rfc8785.dumps(value)


def packed(body: bytes) -> bytes:
    """``body`` as it is kept."""
    return zlib.compress(body, _LEVEL)


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
