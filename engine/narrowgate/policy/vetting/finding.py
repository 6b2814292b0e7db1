"""What vetting reports."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel

from narrowgate.policy.bundle import Location

M = TypeVar("M", bound=BaseModel)


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


def nearest(name: str, known: Iterable[str], otherwise: str = "use a field of the catalogue, or add it there") -> str:
    """``did you mean x?``, or a hint where nothing is near."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"did you mean {close[0]}?" if close else otherwise


def parse_strictly(model: type[M], document: Any) -> M:
    """``document`` as OPA reads it: a number in quotes is a text there, and compares as one."""
    return model.model_validate_json(json.dumps(document), strict=True)
