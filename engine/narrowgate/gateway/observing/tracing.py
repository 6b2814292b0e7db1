"""Traces, by OpenTelemetry, where a collector is configured. Its packages are imported only then.

Spans bear the names and attributes of the semantic conventions for HTTP servers, but for those that may tell something
of a person: no path, no query, no address of a caller.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from narrowgate import __version__
from narrowgate.errors import UsageError
from narrowgate.gateway.observing.call import Call, method_of

VARIABLES = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_CARRIED = frozenset({b"traceparent"})
"""Not tracestate: it may say anything, and would end in the traces."""
_FAULT = 500


class Tracer:
    """Sends a span of each call, and of each step in it, to a collector (OTLP over HTTP).

    Args:
        collector: its address; None: as OpenTelemetry's own variables say.
    """

    def __init__(self, collector: str | None) -> None:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        name = os.environ.get("OTEL_SERVICE_NAME", "narrowgate")
        resource = Resource.create({"service.name": name, "service.version": __version__})
        self._provider = TracerProvider(resource=resource)
        exporter = OTLPSpanExporter(endpoint=f"{collector.rstrip('/')}/v1/traces" if collector else None)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("narrowgate", __version__)
        self._propagator = TraceContextTextMapPropagator()

    @contextmanager
    def of_call(self, scope: Mapping[str, Any], id: str) -> Iterator[Callable[[Call], None]]:
        """See ``middleware.Tracing``. The span goes on from the caller's (W3C Trace Context)."""
        from opentelemetry.trace import SpanKind, Status, StatusCode

        carried = {name.decode(): value.decode("latin-1") for name, value in scope["headers"] if name in _CARRIED}
        parent = self._propagator.extract(carried)
        named = {"http.request.method": method_of(scope), "narrowgate.request_id": id}
        with self._tracer.start_as_current_span(
            named["http.request.method"], parent, SpanKind.SERVER, named, record_exception=False
        ) as span:

            def over(call: Call) -> None:
                span.update_name(f"{call.method} {call.route}")
                span.set_attributes({"http.route": call.route, "http.response.status_code": call.status})
                if call.status >= _FAULT:
                    span.set_status(Status(StatusCode.ERROR))

            yield over

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """A span of a step in the call that is being answered; none outside of one."""
        from opentelemetry.trace import get_current_span

        if not get_current_span().is_recording():
            yield
            return
        with self._tracer.start_as_current_span(name, record_exception=False, set_status_on_exception=False):
            yield

    def close(self) -> None:
        """Send what is left."""
        self._provider.shutdown()


def tracer_of(collector: str | None, environment: Mapping[str, str] | None = None) -> Tracer | None:
    """What traces calls; None where no collector is configured.

    Args:
        collector: its address.
        environment: tells of one where ``collector`` does not; default the process's own.

    Raises:
        UsageError: one is configured, but OpenTelemetry is not installed.
    """
    environment = os.environ if environment is None else environment
    if collector is None and not any(environment.get(variable) for variable in VARIABLES):
        return None
    try:
        return Tracer(collector)
    except ModuleNotFoundError as error:
        raise UsageError(f"traces need {error.name}", "run: pip install 'narrowgate[tracing]'") from None
