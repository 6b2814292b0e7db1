"""Work off the event loop, a bounded amount at a time."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from narrowgate.errors import Busy
from narrowgate.gateway.memory import give_back
from narrowgate.gateway.stopping import Stop

P = ParamSpec("P")
T = TypeVar("T")


class Work:
    """Runs short calls in threads, in the order in which they come.

    Args:
        threads: how many run at once.
        waiting: how many may wait besides.
    """

    def __init__(self, threads: int = 8, waiting: int = 256) -> None:
        self._most, self.under_way = threads + waiting, 0
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="narrowgate-work")

    async def run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The outcome of ``call``, made in a thread.

        Raises:
            Busy: too many wait already.
        """
        if self.under_way >= self._most:
            raise Busy("too many calls wait for an answer", "try again in a little while")
        self.under_way += 1
        try:
            return await _in_thread(self._pool, partial(call, *args, **kwargs))
        finally:
            self.under_way -= 1

    def close(self) -> None:
        """Let the threads end."""
        self._pool.shutdown()


class Lanes:
    """Runs calls that work through files: a few small ones at once, and beside them one that is large.

    A large export keeps every core busy by itself, and needs memory; two at once would be no faster.

    Args:
        at_once: how many small ones.
        large: bytes from which a file is large.
    """

    def __init__(self, at_once: int, large: int) -> None:
        self._from = large
        self._small, self._large = asyncio.Semaphore(at_once), asyncio.Semaphore(1)
        self._pool = ThreadPoolExecutor(at_once + 1, thread_name_prefix="narrowgate-file")
        self.running = 0

    async def run(self, size: int, call: Callable[[Stop], T]) -> T:
        """The outcome of ``call``, made in a thread when its turn comes.

        If whoever awaits this is cancelled, ``call`` is told to stop, and has ended before the cancellation goes on.

        Args:
            size: of the file, in bytes.
        """
        is_large = size >= self._from
        async with self._large if is_large else self._small:
            self.running += 1
            try:
                return await _stoppable(self._pool, _tidily(call) if is_large else call)
            finally:
                self.running -= 1

    def close(self) -> None:
        """Let the threads end."""
        self._pool.shutdown()


def _tidily(call: Callable[[Stop], T]) -> Callable[[Stop], T]:
    """``call``, which gives back its memory in the end."""

    def tidy(stop: Stop) -> T:
        try:
            return call(stop)
        finally:
            give_back()

    return tidy


async def _stoppable(pool: ThreadPoolExecutor, call: Callable[[Stop], T]) -> T:
    stop = Stop()
    running = asyncio.ensure_future(_in_thread(pool, partial(call, stop)))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        stop.want()
        await asyncio.wait([running])
        if not running.cancelled():
            running.exception()  # nobody is there to hear of it
        raise


async def _in_thread(pool: ThreadPoolExecutor, call: Callable[[], T]) -> T:
    """The outcome of ``call``, which sees the context variables of here."""
    return await asyncio.get_running_loop().run_in_executor(pool, contextvars.copy_context().run, call)
