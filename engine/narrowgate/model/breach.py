"""The answer to: what did a supplier hold when it was breached?"""

from __future__ import annotations

from datetime import date

from pydantic import Field

from narrowgate.model.base import Document

UNKNOWN = "unknown"
"""Category and sensitivity of a field that the catalogue no longer has."""


class Extent(Document):
    """How many people."""

    people: int = Field(0, ge=0)
    """Distinct people whom the ledger can tell apart."""
    unidentified: int = Field(0, ge=0)
    """Records that do not say whose they are, all releases together. Each may be of a person of its own."""
    at_most: int = Field(0, ge=0)
    """The upper bound: both together."""


class HeldField(Extent):
    """A field of which the supplier held something."""

    field: str
    category: str
    sensitivity: str
    forms: tuple[str, ...]
    """How it left, in words; the latest form first."""
    purposes: tuple[str, ...]
    last: date
    """The day of the last release that held it."""


class HeldCategory(Extent):
    """A category of fields of which the supplier held something."""

    category: str
    sensitivities: tuple[str, ...]
    fields: tuple[str, ...]


class HeldRelease(Document):
    """A release that the supplier held."""

    entry: int = Field(ge=0)
    purpose: str
    agreement: str
    requested_on: date
    entered_on: date
    fields: tuple[str, ...]
    """Of which it held something, as far as they were asked about."""
    people: int = Field(ge=0)
    """Distinct people in it of whom it held any of ``fields``."""
    records: int = Field(ge=0)
    unidentified: int = Field(ge=0)
    delete_by: date
    deleted_on: date | None
    """As the supplier attests; None where it does not."""
    overdue: bool
    """Whether it was held in the window after the day by which it was to be deleted."""


class HeldThen(Extent):
    """What was held at any time of a stretch of days."""

    first: date
    last: date


class Overdue(Extent):
    """What should have been deleted before the last day of the window."""

    releases: int = Field(ge=0)


class BreachReport(Extent):
    """What a supplier held at any time from ``first`` to ``last``.

    A release counts from the day for which it was asked, or on which it was entered if that was earlier, until the day
    on which the supplier attests that it was deleted.
    """

    supplier: str
    first: date | None
    """None: from the beginning."""
    last: date
    purpose: str | None
    """The only one asked about; None: all."""
    only_fields: tuple[str, ...]
    """The only ones asked about; none: all."""
    records: int = Field(ge=0)
    """Released records, all releases together."""
    fields: tuple[HeldField, ...]
    categories: tuple[HeldCategory, ...]
    releases: tuple[HeldRelease, ...]
    overdue: Overdue
