"""Ending what runs in a thread, when nobody waits for it any more."""

from __future__ import annotations


class Stopped(Exception):
    """Whoever wanted this has gone. Nobody sees it: it only leads out of a call."""


class Stop:
    """Asks a call in another thread to end."""

    def __init__(self) -> None:
        self._wanted = False

    def want(self) -> None:
        """Have the call end at its next ``check``."""
        self._wanted = True

    def check(self) -> None:
        """Raise ``Stopped`` where the call is to end."""
        if self._wanted:
            raise Stopped
