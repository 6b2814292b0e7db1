"""Connections to one OPA: as many as are asked by at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from narrowgate.errors import EngineUnavailable
from narrowgate.policy.client import Opa


class Connections:
    """Lends out connections, which no two threads use at a time, and keeps those that are free for the next.

    Args:
        connect: makes one.
    """

    def __init__(self, connect: Callable[[], Opa]) -> None:
        self._connect = connect
        self._lock = threading.Lock()
        self._free: list[Opa] = []
        self._closed = False

    @contextmanager
    def one(self) -> Iterator[Opa]:
        """A connection for as long as the block lasts.

        Raises:
            EngineUnavailable: they have been closed, or there is none to be had.
        """
        opa = self._taken() or self._connect()
        try:
            yield opa
        finally:
            self._put_back(opa)

    def _taken(self) -> Opa | None:
        with self._lock:
            if self._closed:
                raise EngineUnavailable("the engine has been closed", "try again")
            return self._free.pop() if self._free else None

    def _put_back(self, opa: Opa) -> None:
        with self._lock:
            if not self._closed:
                self._free.append(opa)
                return
        opa.close_connection()

    def close(self) -> None:
        """Close those that are free; those that are lent are closed when they come back."""
        with self._lock:
            self._closed = True
            free, self._free = self._free, []
        for opa in free:
            opa.close_connection()
