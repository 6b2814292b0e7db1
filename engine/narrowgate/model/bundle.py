"""Bundles of policies: how they are signed, and what is told of one that was made."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from narrowgate.model.base import Document


class Algorithm(StrEnum):
    """How bundles are signed: by a private key, so that whoever can check a signature cannot make one."""

    RS256 = "RS256"
    RS384 = "RS384"
    RS512 = "RS512"
    PS256 = "PS256"
    PS384 = "PS384"
    PS512 = "PS512"
    ES256 = "ES256"
    ES384 = "ES384"
    ES512 = "ES512"


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
