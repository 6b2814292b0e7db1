"""Counting what is found, channel by channel."""

from __future__ import annotations

from collections import Counter

from narrowgate.inspection.channels.channel import Channel
from narrowgate.model.inspection import Finding


class Tally:
    """How many there are of each channel at one place."""

    def __init__(self) -> None:
        self._counts: Counter[Channel] = Counter()
        self._holds: Counter[Channel] = Counter()

    def add(self, channel: Channel, count: int = 1, holds: int | None = None) -> None:
        """Count more of ``channel``; none at all is no finding.

        Args:
            count: how many.
            holds: how many values stand in them, for channels of which that is told.
        """
        if count:
            self._counts[channel] += count
            if holds is not None:
                self._holds[channel] += holds

    def findings(self, where: str) -> tuple[Finding, ...]:
        """One finding for each channel of which there is anything."""
        return tuple(channel.found(where, count, self._holds.get(channel)) for channel, count in self._counts.items())
