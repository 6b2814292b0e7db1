"""What was found out lately, so that it need not be found out again."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Memo(Generic[T]):
    """So many answers by their digest, the one least lately asked for forgotten first. For use in several threads.

    Args:
        size: how many it holds.
        seconds: how long each of them holds.
        now: the clock, in seconds.
    """

    def __init__(self, size: int, seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        self._size, self._seconds, self._now = size, seconds, now
        self._held: OrderedDict[bytes, tuple[T, float]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: bytes) -> T | None:
        """The answer, if it still holds."""
        with self._lock:
            found = self._held.get(key)
            if found is None:
                return None
            if found[1] <= self._now():
                del self._held[key]
                return None
            self._held.move_to_end(key)
            return found[0]

    def put(self, key: bytes, answer: T, seconds: float | None = None) -> None:
        """Remember an answer, for ``seconds`` at most where that is less."""
        lasts = self._seconds if seconds is None else min(seconds, self._seconds)
        with self._lock:
            self._held[key] = answer, self._now() + lasts
            self._held.move_to_end(key)
            if len(self._held) > self._size:
                self._held.popitem(last=False)

    def __len__(self) -> int:
        return len(self._held)
