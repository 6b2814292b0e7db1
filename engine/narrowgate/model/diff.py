"""What ``narrowgate policy diff`` says: what would leave under other policies that does not leave now."""

from __future__ import annotations

from typing import Any, Literal

from narrowgate.model.base import Document
from narrowgate.model.proof import Unproven
from narrowgate.model.rule import RuleAt

Direction = Literal["widens", "narrows", "changes"]
"""More would leave, or less, or neither can be said to be less than the other."""


class Where(Document):
    """The situations that a change is about: those in which ``what`` is one of ``values``."""

    what: str
    values: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.what} {', '.join(self.values)}"


class FieldChange(Document):
    """Fields that leave otherwise."""

    purpose: str
    suppliers: tuple[str, ...]
    fields: tuple[str, ...]
    before: dict[str, Any] | None
    """The action; None where they are withheld."""
    after: dict[str, Any] | None
    direction: Direction
    where: tuple[Where, ...]
    """All of these hold; where nothing is said, it is so wherever anything leaves."""
    rules: tuple[RuleAt, ...]
    """Of the new policies where they let the fields leave, else of the old."""
    people: int | None = None
    """In the export: whose cells would leave otherwise. None where no export was given."""


class TermChange(Document):
    """A term of releases that is another."""

    purpose: str
    suppliers: tuple[str, ...]
    term: str
    before: str
    after: str
    direction: Direction


class DiffReport(Document):
    """What would leave under the new policies, against the old."""

    old: str
    new: str
    widens: bool
    situations: int
    """How many were compared."""
    fields: tuple[FieldChange, ...]
    terms: tuple[TermChange, ...]
    people_affected: int | None = None
    """In the export: of whom more would leave, for any purpose. None where no export was given."""
    not_counted: tuple[str, ...] = ()
    """Purposes for which the export could not be released, before or after, and why."""
    not_compared: tuple[Unproven, ...] = ()
    """Purposes whose situations cannot be listed; then more may leave than is told."""
    conflicts: tuple[str, ...] = ()
    """What rules disagree about; such requests are refused."""
