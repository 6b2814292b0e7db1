"""The answer to: who holds anything about this person?"""

from __future__ import annotations

from datetime import date

from pydantic import Field

from narrowgate.model.base import Document


class PersonHolding(Document):
    """One field that a supplier was given of a person for one purpose."""

    supplier: str
    purpose: str
    field: str
    category: str
    releases: int = Field(ge=1)
    """In which it left."""
    held: int = Field(ge=0)
    """Those of them whose deletion the supplier has not attested. None: it no longer holds the field."""
    first: date
    last: date
    """The days of the first and the last of the releases."""
    delete_by: date | None
    """By when the last of those held is to be deleted."""
    overdue: int = Field(ge=0)
    """How many of those held should have been deleted already."""


class PersonReport(Document):
    """Everything that left about one person."""

    identifier: str
    on: date
    """The day as of which something is overdue."""
    known: bool
    """Whether the ledger has met the person. One who was erased is not known."""
    holdings: tuple[PersonHolding, ...]
    unidentified: int = Field(ge=0)
    """Records of releases still held that do not say whose they are. Any of them may be of this person."""
