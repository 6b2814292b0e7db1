"""A clock that is set."""

from __future__ import annotations


class Clock:
    """Seconds, as somebody sets them."""

    def __init__(self, at: float = 0.0) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at
