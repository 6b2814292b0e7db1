"""What of the policies no case exercises."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, computed_field

from narrowgate.model.base import Document

Kind = Literal["action", "rule", "reason", "field", "value", "attribute", "agreement", "terms"]


class CoverageItem(Document):
    """Something that a case should exercise."""

    kind: Kind
    purpose: str = ""
    """Empty for guardrails."""
    what: str
    """In words, as in “no case tries …”: ``salary that leaves as a band of 5000``. Of a field, its name."""
    file: str
    line: int
    exercised: bool


class LineCoverage(Document):
    """How many lines of a policy its Rego tests run, as OPA counts them."""

    file: str
    covered: int
    of: int
    not_covered: tuple[int, ...] = ()
    """Numbers of lines."""


class Coverage(Document):
    """What cases exercise of the policies, and what not."""

    items: tuple[CoverageItem, ...]
    lines: tuple[LineCoverage, ...] = Field(default=())
    """Of the Rego tests."""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def exercised(self) -> int:
        """How many items some passing case exercises."""
        return sum(item.exercised for item in self.items)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def percentage(self) -> float:
        """The share of items that are exercised, rounded down, so that 100 is all of them."""
        return int(1000 * self.exercised / len(self.items)) / 10 if self.items else 100.0

    def missing(self) -> Iterator[CoverageItem]:
        """What no passing case exercises."""
        return (item for item in self.items if not item.exercised)
