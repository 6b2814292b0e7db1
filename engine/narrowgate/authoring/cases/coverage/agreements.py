"""What there is to exercise of agreements: their edges, and their terms."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from narrowgate.authoring.cases.coverage.exercised import Exercised, Fact, edges
from narrowgate.model.agreement import Agreement
from narrowgate.model.coverage import CoverageItem, Kind
from narrowgate.model.history import DAYS
from narrowgate.policy.bundle import Bundle

_LIMITS = ("a format that it does not list", "as many rows as it allows", "one row more than it allows")
_TERMS = ("on_leak", "on_hidden", "max_bad_share", "retention_days", "csv", "columns")


def agreement_items(purpose: str, bundle: Bundle, policies: Path, exercised: Exercised) -> Iterator[CoverageItem]:
    """What there is to exercise of a purpose's agreements.

    Args:
        policies: where their files lie.
    """
    file = f"purposes/{purpose}/data.yaml"
    path = policies / file
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    for agreement in bundle.agreements(purpose):
        line = next((number for number, text in enumerate(lines, 1) if agreement.id in text), 1)
        for kind, what, fact in _facts(agreement):
            done = fact in exercised.facts
            yield CoverageItem(kind=kind, purpose=purpose, what=what, file=file, line=line, exercised=done)


def _facts(agreement: Agreement) -> Iterator[tuple[Kind, str, Fact]]:
    name = agreement.id
    for edge in (*edges(agreement), *_LIMITS):
        yield "agreement", f"{edge}, of {name}", ("edge", name, edge)
    for days in DAYS:
        if (most := getattr(agreement.max_people, f"days_{days}")) is not None:
            for people, more in ((most, 0), (most + 1, 1)):
                what = f"{people:,} people in {days} days, of {name}"
                yield "agreement", what, ("edge", name, days, more)
    for key in _TERMS:
        yield "terms", f"{key} of {name}", ("terms", name, key)
