"""What a witness has cosigned."""

from __future__ import annotations

from pydantic import Field

from narrowgate.model.base import Document
from narrowgate.model.entry import Digest


class CosignedLog(Document):
    """A log, and the checkpoint of it that was cosigned last."""

    origin: str
    size: int = Field(ge=0)
    root: Digest
    at: str
    """When it was cosigned, in UTC."""


class WitnessReport(Document):
    """Everything that a witness remembers."""

    name: str
    key: str
    """Its public key, by which its cosignatures are checked."""
    logs: tuple[CosignedLog, ...]
