"""Entries of the ledger, as they are listed and shown."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from narrowgate.model.base import Document
from narrowgate.model.entry import Digest, Entry

Kind = Literal["release", "refusal", "attestation", "erasure"]


class EntryLine(Document):
    """One entry, in a line."""

    number: int = Field(ge=0)
    id: Digest
    kind: Kind
    at: str
    supplier: str | None
    purpose: str | None
    records: int | None
    """How many were released; None where the entry is no release."""
    delete_by: date | None


class EntryList(Document):
    """Entries, the newest first."""

    found: int = Field(ge=0)
    """How many there are; ``entries`` may be the newest of them only."""
    entries: tuple[EntryLine, ...]
    next: int | None = None
    """Where there are more: they are those before the entry of this number."""


class ShownEntry(Document):
    """One entry as it was entered."""

    number: int = Field(ge=0)
    id: Digest
    """Its leaf hash, as computed from the entry that is stored."""
    entry: Entry


class ProvenReceipt(Document):
    """What a receipt proves."""

    id: Digest
    number: int = Field(ge=0)
    origin: str
    """Whose ledger holds the entry."""
    size: int = Field(ge=1)
    """Of the tree that the receipt's checkpoint signs."""
    supplier: str
    purpose: str
    released: Digest
    """SHA-256 of the file that was released."""
    delete_by: date
