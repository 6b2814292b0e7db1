"""Cases: what a purpose is expected to release, written by its author. ``cases.yaml`` beside each purpose."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import Field

from narrowgate.model.base import Document


class CaseRequest(Document):
    """A request by name. The purpose is that of the folder, the day that of the file, unless said otherwise."""

    supplier: str
    purpose: str | None = None
    on: date | None = None
    format: str = "csv"
    columns: tuple[str, ...] | None = None
    """Default: every field that a record of the case has."""
    attributes: dict[str, str] = Field(default_factory=dict)
    row_count: int | None = Field(None, ge=0)


class Expectation(Document):
    """What should come of it. What is not listed is expected to be withheld."""

    effect: Literal["release", "refuse"] = "release"
    reasons: tuple[str, ...] | None = None
    """Of a refusal; None: any."""
    columns: dict[str, str | dict[str, Any]] = Field(default_factory=dict)
    """Action by field: a name, or the whole action."""
    released: tuple[str, ...] | None = None
    """Records that leave. None: all that ``withheld`` does not list."""
    withheld: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Records that do not leave, each with its reasons."""
    overrides: dict[str, dict[str, str | dict[str, Any]]] = Field(default_factory=dict)
    """By record: actions by field that differ from the column's."""


class Case(Document):
    """One situation."""

    name: str
    request: str
    """Name of a request."""
    records: tuple[str, ...] = ()
    """Names of records."""
    expect: Expectation


class Cases(Document):
    """A file of cases."""

    on: date
    """The day of every request that names no other."""
    records: dict[str, dict[str, str | int | float | bool | None]] = Field(default_factory=dict)
    requests: dict[str, CaseRequest]
    cases: tuple[Case, ...]
