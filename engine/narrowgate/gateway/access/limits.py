"""How often one may ask: token buckets, in memory."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from math import ceil

from narrowgate.errors import TooMany

_MINUTE = 60.0


class Buckets:
    """A token bucket for each name; those least lately used are forgotten first. For use on the event loop.

    What is kept of a bucket is when it will be full again (generic cell rate algorithm, ITU-T I.371).

    Args:
        rate: tokens that a bucket gets in a minute.
        burst: tokens that it holds.
        size: buckets that are kept.
        now: the clock, in seconds.
    """

    def __init__(self, rate: int, burst: int, size: int, now: Callable[[], float] = time.monotonic) -> None:
        self._interval, self._burst, self._size, self._now = _MINUTE / rate, burst, size, now
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def take(self, name: str, rate: int | None = None) -> float:
        """Take a token. Returns 0, or in how many seconds there will be one.

        Args:
            rate: of this bucket, where it has one of its own.
        """
        interval = self._interval if rate is None else _MINUTE / rate
        now = self._now()
        full_at = max(self._full_at.get(name, now), now)
        wait = full_at - now - (self._burst - 1) * interval
        if wait > 0:
            return wait
        self._full_at[name] = full_at + interval
        self._full_at.move_to_end(name)
        if len(self._full_at) > self._size:
            self._full_at.popitem(last=False)
        return 0.0

    def give_back(self, name: str) -> None:
        """Put a token back."""
        if name in self._full_at:
            self._full_at[name] -= self._interval


def require_token(wait: float, message: str, remedy: str) -> None:
    """Raise ``TooMany`` where there is no token yet."""
    if wait > 0:
        raise TooMany(message, remedy, ceil(wait))
