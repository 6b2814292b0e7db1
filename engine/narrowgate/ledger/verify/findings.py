"""Collecting what verification finds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from narrowgate.model.verification import Check, LedgerFinding

RESTORE = "put back a copy that verifies, and see who could write to this one"
ENTRIES, SUBJECTS = ("entry", "entries"), ("subject", "subjects")
_MOST = 50
"""Findings of one check that are told one by one."""


class Findings:
    """What was found so far."""

    def __init__(self) -> None:
        self._found: list[LedgerFinding] = []
        self._counts: Counter[Check] = Counter()
        self.notes: list[str] = []
        """What is as it should be, and people may want to know."""

    def add(self, check: Check, message: str, entries: Entries = None, remedy: str = RESTORE) -> None:
        """Keep a finding.

        Args:
            entries: that it is about: none, one, or from the first to the last.
        """
        self._counts[check] += 1
        if self._counts[check] <= _MOST:
            first, last = entries if isinstance(entries, tuple) else (entries, entries)
            self._found.append(LedgerFinding(check=check, first=first, last=last, message=message, remedy=remedy))

    def note(self, line: str) -> None:
        """Keep what is no finding."""
        self.notes.append(line)

    def all(self) -> tuple[LedgerFinding, ...]:
        """All of them; a line says how many of a kind there are besides."""
        more = (
            LedgerFinding(check=check, message=f"{count - _MOST:,} more findings of this kind", remedy=RESTORE)
            for check, count in self._counts.items()
            if count > _MOST
        )
        return (*self._found, *more)


Entries = int | tuple[int, int] | None


def runs(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Ascending ``numbers`` as first and last of each unbroken run."""
    first = last = None
    for number in numbers:
        if first is None or last is None:
            first = number
        elif number != last + 1:
            yield first, last
            first = number
        last = number
    if first is not None and last is not None:
        yield first, last


def told(first: int, last: int, what: tuple[str, str] = ENTRIES) -> str:
    """``entry 5``, ``entries 5 to 9``."""
    return f"{what[0]} {first:,}" if first == last else f"{what[1]} {first:,} to {last:,}"
