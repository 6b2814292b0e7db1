"""What proves how the ledger's log grew (RFC 9162), in the form that receipts have it."""

from __future__ import annotations

from pydantic import Field

from narrowgate.model.base import Document
from narrowgate.model.entry import Digest


class InclusionProof(Document):
    """That an entry is in the log."""

    id: Digest
    """Of the entry: its leaf hash (RFC 9162, section 2.1.1)."""
    number: int = Field(ge=0)
    """Of the entry."""
    size: int = Field(ge=1)
    """Of the tree that ``checkpoint`` signs."""
    proof: tuple[Digest, ...]
    """Inclusion proof (RFC 9162, section 2.1.3.1) of the entry in that tree."""
    checkpoint: str
    """Signed tree head, a C2SP tlog-checkpoint."""


class ConsistencyProof(Document):
    """That the log of a checkpoint begins with that of an earlier one: nothing was changed or taken away."""

    first: int = Field(ge=0)
    """Size of the earlier tree."""
    second: int = Field(ge=0)
    """Size of the later one."""
    proof: tuple[Digest, ...]
    """Consistency proof (RFC 9162, section 2.1.4.1); empty where the trees are of one size, or the first is empty."""
