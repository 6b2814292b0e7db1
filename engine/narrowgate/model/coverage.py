"""What of the policies no case exercises."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

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

    exercised: int
    """How many items some passing case exercises."""
    percentage: float
    """The share of items that are exercised, rounded down, so that 100 is all of them."""
    items: tuple[CoverageItem, ...]
    lines: tuple[LineCoverage, ...] = ()
    """Of the Rego tests."""

    @classmethod
    def of(cls, items: Sequence[CoverageItem], lines: Sequence[LineCoverage]) -> Coverage:
        """With its sums."""
        exercised = sum(item.exercised for item in items)
        percentage = int(1000 * exercised / len(items)) / 10 if items else 100.0
        return cls(exercised=exercised, percentage=percentage, items=tuple(items), lines=tuple(lines))

    def missing(self) -> Iterator[CoverageItem]:
        """What no passing case exercises."""
        return (item for item in self.items if not item.exercised)
