"""What an inspection found: channels by which a file says more than it shows."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from narrowgate.model.base import Document
from narrowgate.model.wording import counted

Severity = Literal["high", "medium", "low"]
"""``high``: what was entered about people or cases. ``medium``: who, where, with what. ``low``: traces of software."""


class Finding(Document):
    """One channel at one place. It says how much there is, and never what."""

    channel: str
    """Name of the channel, ``hidden_sheet``."""
    title: str
    """What it is, in a few words."""
    where: str
    """The part, sheet by number, rows or bytes: never a name that somebody gave."""
    first: str = ""
    """The first of them there, ``row 9``, where they can be told apart."""
    count: int = Field(ge=1)
    """How many there are."""
    unit: str
    """Of what, as a singular noun."""
    holds: int | None = Field(None, ge=0)
    """How many values stand in them, where that is another number."""
    severity: Severity
    hides_cells: bool = False
    """Whether these are cells that a reader might take for the table's."""
    unsound: bool = False
    """Whether the file is malformed in a way that has readers disagree about what it holds."""
    remedy: str
    """What to do about it."""

    def place(self) -> str:
        """``sheet 1, row 9``, the first of several."""
        if not self.first:
            return self.where
        return f"{self.where}, {self.first}" + (" and on" if self.count > 1 else "")

    def amount(self) -> str:
        """``2 rows, 24 values``."""
        held = "" if self.holds is None else f", {counted(self.holds, 'value')}"
        return counted(self.count, self.unit) + held


class InspectionReport(Document):
    """What ``narrowgate inspect`` says of a file."""

    kind: str
    """What the file is: ``xlsx``, ``jpeg``."""
    findings: tuple[Finding, ...]
    """Worst first."""

    @property
    def clean(self) -> bool:
        """Whether nothing was found."""
        return not self.findings
