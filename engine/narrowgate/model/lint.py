"""What lint says about policies."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from narrowgate.model.base import Document

Severity = Literal["warning", "note"]


class LintFinding(Document):
    """One thing worth a second look, or that keeps the policies from being used."""

    rule: str
    """Its name, as the documentation lists it."""
    severity: Literal["error", "warning", "note"]
    """An ``error`` keeps the policies from being used; a ``note`` needs no answer."""
    file: str
    """Below the policies' folder, or the catalogue; empty where no file is to blame."""
    line: int = Field(ge=0)
    """0 where no line is to blame."""
    message: str
    remedy: str
    """What to write instead."""
    quote: str = ""
    """The author's own line, where it can be read."""


class LintReport(Document):
    """What ``policy lint`` found."""

    usable: bool
    """Whether commands will use the policies."""
    on: date
    """The day from which agreements were looked at."""
    findings: tuple[LintFinding, ...]

    def of(self, severity: str) -> tuple[LintFinding, ...]:
        """The findings of one severity."""
        return tuple(finding for finding in self.findings if finding.severity == severity)
