"""What vetting reports."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from narrowgate.policy.bundle import Location

M = TypeVar("M", bound=BaseModel)
_PLACE = re.compile(r"([^:\n]+):(\d+): (.*)", re.DOTALL)
_SAID = re.compile(r"(.*?); (.*) \[([a-z0-9-]+)\]", re.DOTALL)


@dataclass(frozen=True)
class Finding:
    """One fault: where, what, and what to write instead."""

    rule: str
    """Name of the vetting rule, as the documentation lists it."""
    at: Location
    message: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.at}: {self.message}; {self.remedy} [{self.rule}]"

    @staticmethod
    def parse(printed: str) -> Finding:
        """The finding that a line of ``PolicyInvalid.findings`` is: one of ours, or OPA's own words."""
        place = _PLACE.fullmatch(printed)
        at, words = (Location(place[1], int(place[2])), place[3]) if place else (Location("", 0), printed)
        if said := _SAID.fullmatch(words):
            return Finding(said[3], at, said[1], said[2])
        return Finding("opa", at, words, "mend that line" if place else "mend the file that it names")


def quoted(at: Location, folder: Path | None) -> str:
    """The author's own line, where the policies lie in ``folder``; else nothing."""
    path = folder / at.file if folder and at.file else None
    if path is None or not path.is_file():
        return ""
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    return lines[at.line - 1].strip() if 0 < at.line <= len(lines) else ""


def nearest(name: str, known: Iterable[str], otherwise: str = "use a field of the catalogue, or add it there") -> str:
    """``did you mean x?``, or a hint where nothing is near."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"did you mean {close[0]}?" if close else otherwise


def parse_strictly(model: type[M], document: Any) -> M:
    """``document`` as OPA reads it: a number in quotes is a text there, and compares as one."""
    return model.model_validate_json(json.dumps(document), strict=True)
