"""What is said of a comparison wherever it is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from narrowgate.model.actions import Replace, parse_action
from narrowgate.model.diff import DiffReport, Direction

Quote = Callable[[str], str]
"""Shows what somebody has written."""

HEADINGS: dict[Direction, str] = {
    "widens": "More would leave",
    "changes": "It would leave in another form",
    "narrows": "Less would leave",
}


def verdict(report: DiffReport) -> tuple[str, bool]:
    """What it comes to, and whether that is grave."""
    if report.widens:
        return "more would leave", True
    if report.not_compared:
        return "it cannot be said that no more would leave", True
    if report.fields or report.terms:
        return "nothing more would leave", False
    return "the same would leave", False


def remarks(report: DiffReport, quote: Quote = str) -> Iterator[str]:
    """What else is to be said, a line each."""
    for each in report.not_compared:
        yield f"{quote(each.purpose)} cannot be compared: {quote('; '.join(each.obstacles))}"
    yield from (f"{each}, by which records are judged: nobody is counted" for each in report.not_counted)
    for conflict in report.conflicts:
        yield f"{quote(conflict)}; such requests are refused"
    if report.people_affected:
        yield f"of {people(report.people_affected)} in the export more would leave"


def people(number: int) -> str:
    """``1 person``, ``1,204 people``."""
    return "1 person" if number == 1 else f"{number:,} people"


def form(document: dict[str, Any] | None, quote: Quote = str) -> str:
    """How fields leave, in words."""
    action = None if document is None else parse_action(document)
    if isinstance(action, Replace) and quote is not str:
        return f"as {quote(action.value)}"
    return "withheld" if action is None else action.describe()
