"""Suppliers and agreements: the data that policies decide by."""

from __future__ import annotations

import re
from datetime import date
from typing import Literal

from pydantic import Field, RootModel, field_validator, model_validator

from narrowgate.model.base import Document
from narrowgate.model.decision import CsvDialect, OutputColumn

_A_CENTURY = 36_525

LawfulBasis = Literal[
    "consent", "contract", "legal obligation", "vital interests", "public task", "legitimate interests"
]
"""UK GDPR Article 6(1)."""


class Supplier(Document):
    """Who receives."""

    name: str
    kind: str
    """What guardrails go by: only a ``vetting provider`` receives vetting levels."""
    country: str = Field(pattern=r"^[A-Z]{2}$")
    key: str | None = Field(None, pattern=r"^[^+\s]+\+[0-9a-f]{8}\+[0-9A-Za-z+/]+=*$")
    """Its public key, a signed-note verifier key. Where it has one, it has to sign that it deleted a release."""


class Suppliers(RootModel[dict[str, Supplier]]):
    """``policies/suppliers/data.yaml``."""


class PeopleCaps(Document):
    """How many people's data the supplier may be given for the purpose, all releases of a window together."""

    days_1: int | None = Field(None, ge=0)
    days_30: int | None = Field(None, ge=0)
    days_365: int | None = Field(None, ge=0)


class Agreement(Document):
    """The data-sharing agreement that joins a supplier and a purpose."""

    id: str = Field(min_length=1)
    supplier: str
    starts: date = Field(alias="from")
    """First day in force."""
    until: date
    """Last day in force."""
    formats: tuple[str, ...] = Field(min_length=1)
    max_rows: int = Field(ge=1)
    max_people: PeopleCaps = PeopleCaps()
    retention_days: int = Field(ge=0, le=_A_CENTURY)
    max_bad_share: float = Field(0.01, ge=0, le=1)
    on_leak: Literal["withhold", "refuse"] = "withhold"
    on_hidden: Literal["refuse", "leave_out"] = "refuse"
    """What happens where the export has hidden sheets, rows, columns or cells that hold something."""
    columns: tuple[OutputColumn, ...] = ()
    """Order and names of columns in the release; fields not listed follow in the export's order."""
    csv: CsvDialect = CsvDialect()

    @field_validator("starts", "until", mode="before")
    @classmethod
    def _is_written_as_a_date(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        # Policies compare dates as texts.
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
            raise ValueError("it is not written YYYY-MM-DD")
        return date.fromisoformat(value)

    @model_validator(mode="after")
    def _starts_before_it_ends(self) -> Agreement:
        if self.starts > self.until:
            raise ValueError("it ends before it starts")
        return self


class PurposeData(Document):
    """``policies/purposes/<name>/data.yaml``."""

    agreements: tuple[Agreement, ...] = ()


class PurposeMeta(Document):
    """The rule ``meta`` of a purpose."""

    title: str
    lawful_basis: LawfulBasis
    article_9_condition: str | None = None
    """UK GDPR Article 9(2), for special-category fields."""
    retention_days: int = Field(ge=0, le=_A_CENTURY)
    publication: bool = False
    """Whether releases are for everybody. Then an export that hides anything is refused, whatever agreements say."""
    attributes: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Request attributes that the purpose knows, each with its values."""
