"""What every call goes through: it gets an id, it is counted, logged and traced, and a fault of ours is told of."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from time import perf_counter
from typing import Any, Protocol

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from narrowgate.errors import InternalError
from narrowgate.gateway.observing.call import Call, client_of, method_of, route_of
from narrowgate.gateway.observing.logs import event
from narrowgate.gateway.observing.request_id import HEADER, current, request_id
from narrowgate.gateway.problems import CLIENT_GONE, problem

_HEADER = HEADER.lower().encode()


class Tracing(Protocol):
    """Makes spans of calls."""

    def of_call(self, scope: Mapping[str, Any], id: str) -> AbstractContextManager[Callable[[Call], None]]:
        """A span, current in the block, that takes what is known of the call at its end."""


class Observed:
    """An application whose calls are seen.

    Args:
        app: what answers.
        count: takes note of a call that is over.
        tracing: None: there is none.
    """

    def __init__(self, app: ASGIApp, count: Callable[[Call], None], tracing: Tracing | None = None) -> None:
        self._app, self._count, self._tracing = app, count, tracing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        call = _Observation(request_id(_given(scope)), receive, send)
        token = current.set(call.id)
        try:
            with self._tracing.of_call(scope, call.id) if self._tracing else nullcontext(_ignored) as traced:
                await call.answered_by(self._app, scope)
                made = call.over(scope)
                traced(made)
        finally:
            current.reset(token)
        self._count(made)
        event(
            "request",
            request_id=made.id,
            client=made.client,
            method=made.method,
            route=made.route,
            status=made.status,
            ms=round(made.seconds * 1000, 2),
            bytes_in=made.bytes_in,
            bytes_out=made.bytes_out,
        )


class _Observation:
    """A call that is being answered."""

    def __init__(self, id: str, receive: Receive, send: Send) -> None:
        self.id, self._receive, self._send = id, receive, send
        self._status = self._in = self._out = 0
        self._started = perf_counter()

    async def answered_by(self, app: ASGIApp, scope: Scope) -> None:
        """Have ``app`` answer, or, where it fails, tell of that."""
        try:
            await app(scope, self._receiving, self._sending)
        except Exception as error:  # noqa: BLE001 - whatever it is, its text goes nowhere: it may quote the call
            event("fault", logging.ERROR, error, request_id=self.id, method=method_of(scope), route=route_of(scope))
            if not self._status:
                answer = problem(InternalError("something went wrong here", f"tell us of the call {self.id}"))
                await answer(scope, self._receiving, self._sending)
            # Else the answer stays incomplete, and the server breaks the connection off.

    def over(self, scope: Scope) -> Call:
        """What is known of it in the end."""
        return Call(
            id=self.id,
            client=client_of(scope),
            method=method_of(scope),
            route=route_of(scope),
            status=self._status or CLIENT_GONE,
            seconds=perf_counter() - self._started,
            bytes_in=self._in,
            bytes_out=self._out,
        )

    async def _receiving(self) -> Message:
        message = await self._receive()
        self._in += len(message.get("body", b""))
        return message

    async def _sending(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            message["headers"] = [*message.get("headers", ()), (_HEADER, self.id.encode())]
        else:
            self._out += len(message.get("body", b""))
        await self._send(message)


def _given(scope: Scope) -> bytes | None:
    """The id that the caller gave."""
    return next((value for name, value in scope["headers"] if name == _HEADER), None)


def _ignored(_: Call) -> None:
    pass
