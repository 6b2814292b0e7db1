"""Hashing off the event loop, so many at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar, TypeVarTuple

from narrowgate.errors import Busy

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
_THREADS = 2
_AT_MOST = 32


class Hashing:
    """Runs what hashes keys and passwords.

    Args:
        at_most: how many calls there may be, those that wait included.
    """

    def __init__(self, at_most: int = _AT_MOST) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, "narrowgate-hashing")
        self._at_most, self._begun = at_most, 0

    async def run(self, call: Callable[[*Ts], T], *args: *Ts) -> T:
        """The outcome of ``call``, made in a thread.

        Raises:
            Busy: too many wait already.
        """
        if self._begun >= self._at_most:
            raise Busy("too many wait to prove who they are", "try again shortly")
        self._begun += 1
        future = self._threads.submit(call, *args)
        future.add_done_callback(self._ended)
        return await asyncio.wrap_future(future)

    def _ended(self, _: Future[T]) -> None:
        self._begun -= 1
