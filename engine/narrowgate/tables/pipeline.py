"""Batches through several threads, in order, with bounded memory.

Polars works outside the interpreter lock, so threads that read, hash, parse and encode run side by side.
"""

from __future__ import annotations

import os
import queue
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from typing import Any, Generic, TypeVar

In = TypeVar("In")
Out = TypeVar("Out")

WORKERS = max(2, min(8, os.cpu_count() or 2)) + 1
"""One more than can work, as each waits now and then for the interpreter."""


def in_order(work: Callable[[In], Out], items: Iterable[In], workers: int = WORKERS) -> Iterator[Out]:
    """``work`` on each of ``items`` by several threads; outcomes in the order of items, a few of them ahead.

    The first error, of ``items`` or of ``work``, is raised in its place.
    """
    with ThreadPoolExecutor(workers, thread_name_prefix="narrowgate") as pool:
        ahead: deque[Future[Out]] = deque()
        try:
            for item in items:
                ahead.append(pool.submit(work, item))
                if len(ahead) > workers:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()
        finally:
            for future in ahead:
                future.cancel()


class Prefetched(Generic[Out]):
    """``items`` as they are, produced by a thread of their own from now on, a few of them ahead.

    Used as a context manager, so that the thread has ended, and ``items`` is closed, when the block is left.
    """

    def __init__(self, items: Generator[Out, None, None], depth: int = 4) -> None:
        self._items, self._stop = items, threading.Event()
        self._ready: queue.Queue[tuple[str, Any]] = queue.Queue(depth)
        self._thread = threading.Thread(target=self._produce, name="narrowgate-read", daemon=True)
        self._thread.start()

    def _produce(self) -> None:
        try:
            with closing(self._items):
                for item in self._items:
                    if not self._put("item", item):
                        return
            self._put("end", None)
        except BaseException as error:  # noqa: BLE001 - raised again where the items are consumed
            self._put("error", error)

    def _put(self, kind: str, value: object) -> bool:
        while not self._stop.is_set():
            try:
                self._ready.put((kind, value), timeout=0.05)
                return True
            except queue.Full:
                continue
        return False

    def __iter__(self) -> Iterator[Out]:
        while True:
            kind, value = self._ready.get()
            if kind == "item":
                yield value
            elif kind == "error":
                raise value
            else:
                return

    def __enter__(self) -> Prefetched[Out]:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
