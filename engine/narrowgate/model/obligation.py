"""The answer to: what are suppliers to delete, and by when?"""

from __future__ import annotations

from datetime import date

from pydantic import Field

from narrowgate.model.base import Document
from narrowgate.model.entry import Digest


class Obligation(Document):
    """A release whose deletion the supplier has not attested."""

    entry: int = Field(ge=0)
    id: Digest
    supplier: str
    purpose: str
    agreement: str
    requested_on: date
    delete_by: date
    records: int = Field(ge=0)
    days_late: int = Field(ge=0)
    """Since ``delete_by``; 0 where it has not passed."""

    @property
    def due(self) -> bool:
        """Whether the day by which it was to be deleted has passed."""
        return self.days_late > 0


class ObligationsReport(Document):
    """What is to be deleted, the earliest first."""

    on: date
    supplier: str | None
    """The only one asked about; None: all."""
    due: int = Field(ge=0)
    """How many should have been deleted already."""
    obligations: tuple[Obligation, ...]
