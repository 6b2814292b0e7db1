"""The receipt: a release's entry, and the proof that the ledger holds it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from narrowgate.model.base import Document
from narrowgate.model.entry import Digest, ReleaseEntry

FORMAT: Literal["narrowgate-receipt/2"] = "narrowgate-receipt/2"


class Receipt(Document):
    """What goes with a release. Whoever has the ledger's public key can check it, without the ledger."""

    format: Literal["narrowgate-receipt/2"] = FORMAT
    id: Digest
    """Of the entry: its leaf hash (RFC 9162, section 2.1.1), SHA-256 over a zero byte and the canonical entry."""
    entry: ReleaseEntry
    number: int = Field(ge=0)
    """Of the entry in the ledger."""
    proof: tuple[Digest, ...]
    """Inclusion proof (RFC 9162, section 2.1.3.1) of the entry in the tree that ``checkpoint`` signs."""
    checkpoint: str
    """Signed tree head, a C2SP tlog-checkpoint."""
