"""Rules of policies, as reports name them."""

from __future__ import annotations

from narrowgate.model.base import Document


class RuleAt(Document):
    """A rule and where it stands."""

    rule: str
    """Its path below ``data.narrowgate``."""
    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"
