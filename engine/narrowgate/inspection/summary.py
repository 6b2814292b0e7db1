"""Findings put together, where there would be one for each of thousands of places."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from narrowgate.model.inspection import Finding


@dataclass
class _Places:
    """One channel's findings: the first few, and their sums."""

    first: list[Finding] = field(default_factory=list)
    places: int = 0
    count: int = 0
    holds: int | None = None


class Summary:
    """Collects findings. A channel that has more than ``most`` places becomes one finding.

    Memory is bounded by the number of channels.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._channels: dict[tuple[str, str], _Places] = {}

    def add(self, findings: Iterable[Finding]) -> None:
        """Take in findings."""
        for finding in findings:
            seen = self._channels.setdefault((finding.channel, finding.severity), _Places())
            seen.places, seen.count = seen.places + 1, seen.count + finding.count
            if finding.holds is not None:
                seen.holds = (seen.holds or 0) + finding.holds
            if seen.places <= self._most:
                seen.first.append(finding)

    def findings(self) -> Iterator[Finding]:
        """What was taken in, channel by channel."""
        for seen in self._channels.values():
            if seen.places <= self._most:
                yield from seen.first
            else:
                where = f"{seen.places:,} places, among them {seen.first[0].where}"
                changes = {"where": where, "first": "", "count": seen.count, "holds": seen.holds}
                yield seen.first[0].model_copy(update=changes)
