"""What is told of a bundle of policies that was made."""

from __future__ import annotations

from pydantic import Field

from narrowgate.model.algorithm import Algorithm
from narrowgate.model.base import Document


class BundleSignature(Document):
    """By what a bundle is signed."""

    key_id: str
    algorithm: Algorithm


class BundleReport(Document):
    """A bundle that was made."""

    file: str
    revision: str
    """SHA-256 over what decides, as receipts and the ledger name it."""
    sha256: str
    """Over the file."""
    bytes: int = Field(ge=0)
    files: int = Field(ge=0)
    """How many it holds, its signature not counted."""
    signature: BundleSignature | None = None
    """None where it is not signed."""
