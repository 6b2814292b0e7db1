"""The record of processing activities that UK GDPR Article 30(1) asks of a controller."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from narrowgate.model.base import Document


class Recipient(Document):
    """To whom data may be disclosed: Article 30(1)(d)."""

    id: str
    """As policies know it."""
    name: str
    kind: str
    country: str | None
    """ISO 3166-1; None where the policies no longer know the supplier."""


class PermittedField(Document):
    """A field that may leave."""

    field: str
    category: str
    sensitivity: str
    dpv: str
    """W3C Data Privacy Vocabulary, personal data extension."""
    forms: tuple[str, ...]
    """In words; more than one where the purpose's attributes decide."""


class Left(Document):
    """What really left."""

    releases: int = Field(0, ge=0)
    records: int = Field(0, ge=0)
    people: int = Field(0, ge=0)
    """Distinct people whom the ledger can tell apart."""
    unidentified: int = Field(0, ge=0)
    """Records that do not say whose they are."""
    last: date | None = None
    """The day of the last release."""
    fields: tuple[str, ...] = ()


class Processing(Document):
    """What one supplier may receive for one purpose under one agreement."""

    purpose: str
    title: str | None
    """The purposes of the processing, Article 30(1)(b). This and whatever else is None is not in the policies."""
    lawful_basis: str | None
    article_9_condition: str | None
    data_subjects: tuple[str, ...]
    """Categories of data subjects, Article 30(1)(c)."""
    fields: tuple[PermittedField, ...]
    """The personal data, Article 30(1)(c): what the policies let leave."""
    refused: tuple[str, ...]
    """Why nothing may leave at all."""
    recipient: Recipient
    third_country: str | None
    """Transfers, Article 30(1)(e): where the recipient is, if not in the United Kingdom."""
    agreement: str
    status: Literal["in force", "to come", "ended", "not in the policies"]
    starts: date | None
    until: date | None
    retention_days: int | None
    """Time limits for erasure, Article 30(1)(f)."""
    security: tuple[str, ...]
    """Technical and organisational measures, Article 30(1)(g)."""
    left: Left


class RecordOfProcessing(Document):
    """Article 30(1), drawn from policies, agreements and what really left."""

    controller: str | None
    """Article 30(1)(a)."""
    on: date
    policy: str
    """Digest of the policies that it was drawn from."""
    processing: tuple[Processing, ...]
