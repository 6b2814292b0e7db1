"""Whether calls can be answered."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

from narrowgate.errors import NarrowgateError
from narrowgate.gateway.observing.logs import event

States = Mapping[str, str | None]
"""What is wrong with each thing that the gate needs; None where it is well."""

KEPT = 1.0
LIMIT = 2.0
_GO_ON = frozenset({"policies"})
"""What goes on as it was where it cannot be renewed: that is told, and hinders nothing."""


class Readiness:
    """Asks how things stand, once a second at most, however many want to know.

    Args:
        ask: takes as long as it takes; run in a thread.
        kept: seconds for which an answer is good.
        limit: seconds after which there is none.
    """

    def __init__(self, ask: Callable[[], States], kept: float = KEPT, limit: float = LIMIT) -> None:
        self._ask, self._kept, self._limit = ask, kept, limit
        self._thread = ThreadPoolExecutor(1, "narrowgate-readiness")
        self._asking: asyncio.Future[States] | None = None
        self._states: States = {}
        self._until = 0.0

    async def states(self) -> States:
        """What is wrong with each thing."""
        if time.monotonic() < self._until:
            return self._states
        asking = self._asking
        if asking is None:
            asking = self._asking = asyncio.get_running_loop().run_in_executor(self._thread, self._asked)
        await asyncio.wait({asking}, timeout=self._limit)
        if not asking.done():
            late = f"it took more than {self._limit:g} s to find out"
            return dict.fromkeys(self._states or ("gate",), late)
        self._asking = None
        before, self._states = self._states, asking.result()
        self._until = time.monotonic() + self._kept
        _log_changes(before, self._states)
        return self._states

    def close(self) -> None:
        """Ask no more. Whoever is being asked is not waited for."""
        self._thread.shutdown(wait=False)

    def _asked(self) -> States:
        try:
            return self._ask()
        except NarrowgateError as error:
            return {"gate": error.message}


def _log_changes(before: States, now: States) -> None:
    for what, fault in now.items():
        if fault != before.get(what):
            event("state", logging.INFO if fault is None else logging.WARNING, what=what, fault=fault)


def is_ready(states: States) -> bool:
    """Whether all is well that calls cannot be answered without."""
    return all(fault is None or name in _GO_ON for name, fault in states.items())
