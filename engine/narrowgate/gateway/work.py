"""Work off the event loop, a bounded amount at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from fastapi.concurrency import run_in_threadpool

P = ParamSpec("P")
T = TypeVar("T")


class Work:
    """Runs what takes long in threads."""

    async def run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The outcome of ``call``, made in a thread."""
        return await run_in_threadpool(call, *args, **kwargs)
