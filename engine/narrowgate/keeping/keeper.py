"""Who keeps the gate in service."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType

from narrowgate.errors import EngineUnavailable, FileError, InternalError, NarrowgateError, OpaMissing, PolicyInvalid
from narrowgate.keeping.copy import Copy
from narrowgate.keeping.lease import Leases
from narrowgate.keeping.makings import Makings
from narrowgate.keeping.pace import Backoff, Pace
from narrowgate.service import Gate

_LOG = logging.getLogger(__name__)
_PACE = Pace()
_PASSING = (EngineUnavailable, OpaMissing, FileError, InternalError)
"""Faults that may pass although no file changes."""


class Keeper:
    """Keeps a gate in service, by a thread of its own.

    An engine that has ended, does not answer or decides by something else than was vetted is replaced by a new one
    over the policies that were vetted, or, if it is shared, over what it has now. Policies and catalogue that change
    on disk are taken over once they have been vetted and tried, or what was there stays. Whoever has a gate on lease
    keeps it.

    Args:
        makings: of the gate. The first is made at once, in the thread that calls: it must last.
        pace: how often things are looked at.

    Raises:
        NarrowgateError: there is no gate to be made.
    """

    def __init__(self, makings: Makings, pace: Pace = _PACE) -> None:
        self._makings, self._pace = makings, pace
        self._seen = self._taken = makings.look()
        self._copy = makings.copy()
        self._leases = Leases(makings.make(self._copy, proving=False))
        self._fault_of_files: NarrowgateError | None = None
        self._fault_of_engine: NarrowgateError | None = None
        self._restarts, self._takings = Backoff(pace), Backoff(pace)
        self._woken, self._ended, self._wanted = threading.Event(), threading.Event(), False
        self._thread = threading.Thread(target=self._keep, name="narrowgate-keeper", daemon=True)

    def __enter__(self) -> Keeper:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._woken.set()
        self._thread.join()
        self._leases.close()

    @contextmanager
    def gate(self) -> Iterator[Gate]:
        """The gate that is current, which stays as it is until the block is left."""
        try:
            with self._leases.lease() as gate:
                yield gate
        except EngineUnavailable:
            # Nobody need wait for the next look.
            self._woken.set()
            raise

    def states(self) -> Mapping[str, str | None]:
        """What was found wrong with ``policies`` and ``engine`` when they were last looked at; None: nothing."""
        files, engine = self._fault_of_files, self._fault_of_engine
        policies = files or (engine if isinstance(engine, PolicyInvalid) else None)
        faults = {"policies": policies, "engine": engine}
        return {name: None if fault is None else fault.message for name, fault in faults.items()}

    def renew(self) -> None:
        """Have policies and catalogue taken over with the next look, settled or not. Safe in a signal handler."""
        self._wanted = True

    def _keep(self) -> None:
        while not self._ended.is_set():
            self._look_at_engine()
            self._look_at_files()
            self._pause()

    def _pause(self) -> None:
        """Wait for the next look. It comes sooner where somebody got no answer, but never at once."""
        floor = self._pace.first_delay
        self._ended.wait(floor)
        if self._fault_of_engine is None:
            self._woken.wait(self._pace.interval - floor)
        else:
            self._ended.wait(min(self._pace.interval, self._restarts.remaining()))
        self._woken.clear()

    def _look_at_files(self) -> None:
        wanted, self._wanted = self._wanted, False
        before, self._seen = self._seen, self._makings.look()
        has_changed = self._seen != self._taken and self._seen == before
        may_pass = isinstance(self._fault_of_files, _PASSING) and self._takings.remaining() == 0
        if wanted or has_changed or may_pass:
            self._taken = self._seen
            self._fault_of_files = _told(_attempted(self._take_over), self._fault_of_files)

    def _take_over(self) -> None:
        self._takings.count()
        copy = self._makings.copy()
        if copy != self._copy:
            self._use(copy, proving=self._makings.proving)
            _LOG.info("policies are renewed", extra={"revision": self._leases.current.engine.revision.digest})
        self._takings.forget()

    def _look_at_engine(self) -> None:
        fault = _attempted(self._leases.current.engine.ping)
        if fault is None:
            self._restarts.forget()
        elif self._restarts.remaining() == 0:
            self._fault_of_engine = _told(fault, self._fault_of_engine)
            fault = _attempted(self._restart)
        else:
            # Why there is no other yet says more than that there is none.
            fault = self._fault_of_engine or fault
        self._fault_of_engine = _told(fault, self._fault_of_engine)

    def _restart(self) -> None:
        self._restarts.count()
        self._use(self._copy, proving=False)
        _LOG.info("the engine is back", extra={"revision": self._leases.current.engine.revision.digest})

    def _use(self, copy: Copy, proving: bool) -> None:
        self._leases.replace(self._makings.make(copy, proving))
        self._copy = copy


def _attempted(step: Callable[[], None]) -> NarrowgateError | None:
    """What went wrong with ``step``, if anything did."""
    try:
        step()
    except NarrowgateError as error:
        return error
    except Exception as error:  # noqa: BLE001 - whatever it is, the gate needs its keeper
        return InternalError(f"an unexpected {type(error).__name__}", "please report it")
    return None


def _told(fault: NarrowgateError | None, before: NarrowgateError | None) -> NarrowgateError | None:
    """``fault``, which is logged unless that has been done ``before``."""
    if fault is not None and (before is None or before.message != fault.message):
        _LOG.error("%s: %s", fault.kind, fault.message)
    return fault
