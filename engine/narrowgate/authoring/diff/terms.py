"""Comparing the terms of releases: what agreements say of them besides which fields leave."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from narrowgate.authoring.diff.compare import Both
from narrowgate.model.diff import Direction, TermChange
from narrowgate.plan.plan import Plan

_LAXER = ("refuse_anything", "refuse", "leave_out", "withhold")
"""What happens to an export that hides or leaks something, the strictest first."""


@dataclass(frozen=True)
class _Term:
    """A term: what it is in a plan, and how much it lets through; None where it cannot be said."""

    name: str
    of: Callable[[Plan], Any]
    laxness: Callable[[Any], float] | None = None

    def direction(self, before: Any, after: Any) -> Direction:
        if self.laxness is None:
            return "changes"
        return "widens" if self.laxness(after) > self.laxness(before) else "narrows"


_TERMS = (
    _Term("rows at most", lambda plan: plan.limits.max_rows, float),
    _Term("share of bad cells", lambda plan: plan.limits.max_bad_share, float),
    _Term("on a leak", lambda plan: plan.limits.on_leak, _LAXER.index),
    _Term("on hidden cells", lambda plan: plan.limits.on_hidden, _LAXER.index),
    _Term("days kept", lambda plan: plan.obligations.retention_days, float),
    _Term("lawful basis", lambda plan: plan.obligations.lawful_basis),
    _Term("agreement", lambda plan: plan.obligations.agreement),
    _Term("CSV", lambda plan: plan.csv.model_dump(exclude_defaults=True) or "as usual"),
    _Term("names of columns", lambda plan: [c.name for c in plan.columns if c.name != c.field] or "as the fields"),
)


def term_changes(both: Both) -> Iterator[TermChange]:
    """Every term that is another where something leaves before and after; the same for several suppliers as one."""
    found: dict[tuple[_Term, str, str, Direction], dict[str, None]] = defaultdict(dict)
    for supplier, old, new in both.plans():
        for term in _TERMS:
            before, after = term.of(old), term.of(new)
            if before != after:
                found[term, _shown(before), _shown(after), term.direction(before, after)][supplier] = None
    for (term, was, becomes, direction), suppliers in found.items():
        yield TermChange(
            purpose=both.domain.purpose,
            suppliers=tuple(suppliers),
            term=term.name,
            before=was,
            after=becomes,
            direction=direction,
        )


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {each}" for name, each in value.items())
    if isinstance(value, list):
        return ", ".join(value)
    return f"{value:,}" if isinstance(value, int) else str(value)
