"""A mutant: the shipped policies with one change that may let more out."""

from __future__ import annotations

from dataclasses import dataclass

from support.paths import POLICIES


@dataclass(frozen=True)
class Mutant:
    """One file of the policies, changed."""

    file: str
    line: int
    change: str
    text: str | None
    """Of the file; None where it is gone."""

    @classmethod
    def unchanged(cls, file: str) -> Mutant:
        """A file as it is."""
        return cls(file, 1, "as it is", (POLICIES / file).read_text(encoding="utf-8"))

    @property
    def name(self) -> str:
        """``purposes/payroll/payroll.rego:42 release: status == leaver``."""
        return f"{self.file}:{self.line} {self.change}"

    @property
    def purpose(self) -> str | None:
        """The only purpose that it can change; None where it may be any."""
        parts = self.file.split("/")
        return parts[1] if parts[0] == "purposes" else None
