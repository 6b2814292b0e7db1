"""How many may be at something at once."""

from __future__ import annotations

from collections import Counter
from types import TracebackType

from narrowgate.errors import Busy, TooMany

_SOON = 5
"""Seconds after which to ask again."""


class Places:
    """A number of places. One client may take half of them, so that there is always something left for others.

    Args:
        most: how many there are.
        doing: what those do who have one, for messages.
    """

    def __init__(self, most: int, doing: str) -> None:
        self._most, self._doing = most, doing
        self._taken: Counter[str] = Counter()
        self._closed = False

    @property
    def taken(self) -> int:
        """How many there are no more."""
        return self._taken.total()

    def close(self) -> None:
        """Give no more of them."""
        self._closed = True

    @property
    def closed(self) -> bool:
        """Whether no more are given."""
        return self._closed

    def take(self, client: str) -> Place:
        """A place for a client.

        Raises:
            Busy: there is none.
            TooMany: the client has its half.
        """
        if self._closed:
            raise Busy("the gateway is stopping", "try again: another will answer, or this one once it is back", _SOON)
        if self.taken >= self._most:
            raise Busy(f"{self._most} {self._doing} already", "try again in a little while", _SOON)
        if self._taken[client] >= max(1, self._most // 2):
            raise TooMany(
                f"{self._taken[client]} of this client {self._doing} already", "wait until one is done", _SOON
            )
        self._taken[client] += 1
        return Place(self, client)

    def give_back(self, client: str) -> None:
        """Take back a place that a client had."""
        self._taken[client] -= 1
        # No client is remembered that has none.
        self._taken += Counter()


class Place:
    """One place, until it is left. It can be left more than once."""

    def __init__(self, places: Places, client: str) -> None:
        self._places, self._client, self._left = places, client, False

    def leave(self) -> None:
        """Give it back."""
        if not self._left:
            self._left = True
            self._places.give_back(self._client)

    def __enter__(self) -> Place:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave()
