"""What sees how the gateway does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from time import perf_counter

from narrowgate.gateway.observing.engine import WatchedEngine
from narrowgate.gateway.observing.metrics import OTHER, Metrics
from narrowgate.gateway.observing.readiness import Readiness, States
from narrowgate.gateway.observing.tracing import Tracer, tracer_of
from narrowgate.model.entry import Entry, RefusalEntry, ReleaseEntry
from narrowgate.model.serving import Serving
from narrowgate.policy.bundle import Bundle
from narrowgate.service import Gate


class Observing:
    """Counters, traces and readiness of one application.

    Args:
        serving: the settings.
        states: what is wrong with each thing that the gate needs.

    Raises:
        UsageError: traces are wanted, but what makes them is not installed.
    """

    def __init__(self, serving: Serving, states: Callable[[], States]) -> None:
        self.metrics, self.readiness = Metrics(), Readiness(states)
        self.tracer: Tracer | None = tracer_of(serving.collector)
        self._bundle: Bundle | None = None

    def watched(self, gate: Gate) -> Gate:
        """``gate``, its questions to the engine timed and traced."""
        self._bundle = gate.engine.policies
        return replace(gate, engine=WatchedEngine(gate.engine, self._step))

    def entered(self, entry: Entry) -> None:
        """Count an entry of the ledger. Suppliers and purposes that no policy knows have no counters of their own."""
        if isinstance(entry, ReleaseEntry | RefusalEntry):
            request, bundle = entry.request, self._bundle
            supplier = request.supplier if bundle and request.supplier in bundle.suppliers else OTHER
            purpose = request.purpose if bundle and request.purpose in bundle.purposes else OTHER
            self.metrics.entered(entry, supplier, purpose)

    def close(self) -> None:
        """Let the thread end, and send what is left of traces."""
        self.readiness.close()
        if self.tracer is not None:
            self.tracer.close()

    @contextmanager
    def _step(self, question: str) -> Iterator[None]:
        started = perf_counter()
        try:
            with self.tracer.step(question) if self.tracer else nullcontext():
                yield
        finally:
            self.metrics.asked(question, perf_counter() - started)
