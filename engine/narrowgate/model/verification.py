"""The answers to: is the ledger what it was, and would it be decided so again?"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from narrowgate.model.base import Document
from narrowgate.model.entry import Digest, EngineInfo

Check = Literal[
    "database",
    "identity",
    "entries",
    "tree",
    "checkpoints",
    "evidence",
    "releases",
    "sets",
    "flows",
    "shapes",
    "spans",
    "attestations",
    "policies",
    "commitments",
    "subjects",
]
"""What was looked at: ``sets`` of subjects, ``evidence`` from elsewhere, the rest by the name of what holds it."""


class LedgerFinding(Document):
    """One thing that is not as it was entered."""

    check: Check
    first: int | None = None
    """The first entry that it is about; None where it is about none in particular."""
    last: int | None = None
    """The last one."""
    message: str
    remedy: str


class VerificationReport(Document):
    """What ``narrowgate ledger verify`` says of a ledger."""

    origin: str
    """The name that its checkpoints bear."""
    entries: int = Field(ge=0)
    subjects: int = Field(ge=0)
    """Whose number is known. Those who were erased do not count."""
    checkpoints: int = Field(ge=0)
    """How many were held against it, those from elsewhere included."""
    findings: tuple[LedgerFinding, ...]
    notes: tuple[str, ...] = ()
    """What is sound, and worth knowing."""

    @property
    def sound(self) -> bool:
        """Whether nothing was found."""
        return not self.findings


class Difference(Document):
    """One place in which two decisions differ."""

    path: str
    """``columns.surname.action``."""
    recorded: Any
    """None where the recorded decision has nothing there."""
    replayed: Any


class ReplayReport(Document):
    """What was decided, and what is decided now."""

    entry: int = Field(ge=0)
    id: Digest
    """Of the entry."""
    recorded_policy: str
    """Digest of the policies that decided."""
    replayed_policy: str
    """Of those that decided again."""
    recorded_engine: EngineInfo
    replayed_engine: EngineInfo
    recorded_effect: Literal["release", "refuse"] | None
    """None where there was nothing to ask, as for a purpose that there is not."""
    replayed_effect: Literal["release", "refuse"] | None
    differences: tuple[Difference, ...]

    @property
    def same(self) -> bool:
        """Whether the decision was the same."""
        return not self.differences
