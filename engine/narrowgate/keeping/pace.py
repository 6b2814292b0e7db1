"""How often the keeper looks, and when it tries again."""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """How often things are looked at. All in seconds."""

    interval: float = 1.0
    """Between two looks at files and engine. Files are taken over once two looks in a row see the same."""
    first_delay: float = 0.1
    """Before a second start of an engine that failed; twice as long before each further one."""
    longest_delay: float = 30.0
    settled: float = 60.0
    """How long an engine has to be well for its failures to be forgotten."""


class Backoff:
    """When to try again what failed: at once, then after ever longer delays.

    Args:
        pace: how long.
    """

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._tries, self._last = 0, time.monotonic()

    def remaining(self) -> float:
        """Seconds until the next try; 0 where it is time."""
        if self._tries == 0:
            return 0.0
        delay = min(self._pace.first_delay * 2.0 ** min(self._tries - 1, 20), self._pace.longest_delay)
        return max(0.0, self._last + delay - time.monotonic())

    def count(self) -> None:
        """There is a try now."""
        self._tries, self._last = self._tries + 1, time.monotonic()

    def forget(self) -> None:
        """It is well: after a while, as if it had never failed."""
        if time.monotonic() >= self._last + self._pace.settled:
            self._tries = 0
