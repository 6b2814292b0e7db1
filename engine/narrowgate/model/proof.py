"""What ``narrowgate policy verify`` says."""

from __future__ import annotations

from datetime import date
from typing import Any

from narrowgate.model.base import Document
from narrowgate.model.catalogue import Value
from narrowgate.model.rule import RuleAt


class CoveredPurpose(Document):
    """The situations of a purpose, and what they are made of."""

    purpose: str
    situations: int
    sizes: dict[str, int]
    """How many values each part of a situation has; their product is the number of situations."""


class Counterexample(Document):
    """A situation in which an invariant does not hold: one of the smallest."""

    purpose: str
    supplier: str
    on: date
    format: str
    row_count: int | None
    attributes: dict[str, str]
    given: dict[str, int]
    """What the supplier has been given, by purpose, window and measure."""
    record: dict[str, Value]
    """The fields of the record that rules or the invariant go by."""
    leaves: dict[str, dict[str, Any]]
    """Action by field that leaves and must not."""
    rules: tuple[RuleAt, ...]
    """By which it leaves."""
    case: str
    """The situation as a file of cases, ready to paste: it fails now, and passes once the invariant holds."""


class Proof(Document):
    """An invariant, and whether it holds."""

    name: str
    file: str
    line: int
    holds: bool
    about_nothing: bool = False
    """Whether what it says under ``when`` is so in no situation there is: a slip, or a supplier yet to come."""
    violations: int = 0
    """Purposes and suppliers for which it does not hold."""
    counterexample: Counterexample | None = None


class Unproven(Document):
    """Why the situations of a purpose cannot be listed."""

    purpose: str
    obstacles: tuple[str, ...]


class VerifyReport(Document):
    """Whether all invariants hold in every situation."""

    holds: bool
    situations: int
    covered: tuple[CoveredPurpose, ...]
    proofs: tuple[Proof, ...]
    unproven: tuple[Unproven, ...] = ()
    """Purposes about which nothing is proven."""
    conflicts: tuple[str, ...] = ()
    """What rules disagree about; such requests are refused."""
