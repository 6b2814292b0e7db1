"""Counters, for Prometheus. Their labels take values from what is configured alone, so there are never many."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from narrowgate.gateway.observing.call import Call
from narrowgate.model.entry import PolicyRevision, RefusalEntry, ReleaseEntry

MEDIA_TYPE = CONTENT_TYPE_PLAIN_0_0_4
_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
_PAIR = ("supplier", "purpose")
OTHER = "other"
"""For a supplier or purpose that no policy knows: callers may name any."""


@dataclass(frozen=True)
class _Taken:
    """What is counted of calls alike in route, method and status. Looking it up costs more than counting."""

    calls: Counter
    seconds: Histogram
    bytes_in: Counter
    bytes_out: Counter


class Metrics:
    """All counters of one application, in a registry of their own."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        by_route = ("method", "route")
        self._calls = Counter("narrowgate_requests", "Calls.", (*by_route, "status"), registry=registry)
        self._seconds = Histogram(
            "narrowgate_request_seconds", "How long calls took.", by_route, buckets=_SECONDS, registry=registry
        )
        self._in = Counter("narrowgate_request_bytes", "Bytes of bodies received.", by_route, registry=registry)
        self._out = Counter("narrowgate_response_bytes", "Bytes of bodies sent.", by_route, registry=registry)
        self._releases = Counter("narrowgate_releases", "Releases entered.", _PAIR, registry=registry)
        self._refusals = Counter("narrowgate_refusals", "Refusals entered.", _PAIR, registry=registry)
        self._read = Counter("narrowgate_records_read", "Records of exports released.", _PAIR, registry=registry)
        self._released = Counter("narrowgate_records_released", "Records that left.", _PAIR, registry=registry)
        self._engine = Histogram(
            "narrowgate_engine_seconds", "How long OPA took.", ("question",), buckets=_SECONDS, registry=registry
        )
        self._well = Gauge("narrowgate_well", "1 where it is as it should be.", ("what",), registry=registry)
        self._policy = Gauge(
            "narrowgate_policy_info", "The policies that decide.", ("digest", "bundle"), registry=registry
        )
        self._entries = Gauge("narrowgate_ledger_entries", "Entries in the ledger.", registry=registry)
        self._work = Gauge("narrowgate_work", "How many are under way or wait.", ("what",), registry=registry)
        self._taken: dict[tuple[str, str, int], _Taken] = {}

    def count(self, call: Call) -> None:
        """Take note of a call that is over."""
        key = call.method, call.route, call.status
        taken = self._taken.get(key)
        if taken is None:
            at = key[:2]
            series = self._calls.labels(*at, str(call.status)), self._seconds.labels(*at)
            taken = self._taken[key] = _Taken(*series, self._in.labels(*at), self._out.labels(*at))
        taken.calls.inc()
        taken.seconds.observe(call.seconds)
        taken.bytes_in.inc(call.bytes_in)
        taken.bytes_out.inc(call.bytes_out)

    def entered(self, entry: ReleaseEntry | RefusalEntry, supplier: str, purpose: str) -> None:
        """Take note of an entry, under names that are among those of policies, or ``OTHER``."""
        if isinstance(entry, RefusalEntry):
            self._refusals.labels(supplier, purpose).inc()
            return
        self._releases.labels(supplier, purpose).inc()
        self._read.labels(supplier, purpose).inc(entry.records.read)
        self._released.labels(supplier, purpose).inc(entry.records.released)

    def asked(self, question: str, seconds: float) -> None:
        """Take note of how long OPA took for a question."""
        self._engine.labels(question).observe(seconds)

    def found(self, states: Mapping[str, str | None], entries: int | None, revision: PolicyRevision | None) -> None:
        """Take note of how things stand.

        Args:
            states: what is wrong with each thing that the gate needs; None where it is well.
            entries: in the ledger; None where that cannot be told.
            revision: of the policies that decide; None where that cannot be told.
        """
        for what, fault in states.items():
            self._well.labels(what).set(fault is None)
        self._entries.set(float("nan") if entries is None else entries)
        self._policy.clear()
        if revision is not None:
            self._policy.labels(revision.digest, revision.bundle).set(1)

    def at_work(self, counts: Mapping[str, int]) -> None:
        """Take note of how much is under way, by what it is."""
        for what, count in counts.items():
            self._work.labels(what).set(count)

    def text(self) -> bytes:
        """All of them, in Prometheus's text format (version 0.0.4)."""
        return generate_latest(self._registry)
