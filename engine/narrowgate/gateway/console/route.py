"""A page's route: whatever goes wrong behind it is told on a page, too."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect

from narrowgate.errors import (
    Busy,
    InternalError,
    NarrowgateError,
    PolicyInvalid,
    Refused,
    TooMany,
    Unauthenticated,
    UsageError,
)
from narrowgate.gateway.console.navigation import ROOT, SIGN_IN
from narrowgate.gateway.console.rendering import page
from narrowgate.gateway.faults import told
from narrowgate.gateway.observing.call import method_of, route_of
from narrowgate.gateway.observing.logs import event
from narrowgate.gateway.observing.request_id import current
from narrowgate.gateway.problems import status_of


class PageRoute(APIRoute):
    """Answers errors with pages; who is not signed in is sent to do so."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """See ``APIRoute``."""
        handler = super().get_route_handler()
        told_of = (*self.dependant.query_params, *self.dependant.path_params)
        names = frozenset({"query", "path", *(each.alias for each in told_of)})

        async def answered(request: Request) -> Response:
            try:
                return await handler(request)
            except Unauthenticated:
                return _sign_in_first(request)
            except NarrowgateError as error:
                return error_page(request, error)
            except RequestValidationError as error:
                fault = UsageError(told(error.errors(), names), "go back, and fill the form in again")
                return error_page(request, fault)
            except ClientDisconnect:
                raise  # there is nobody to tell
            except Exception as error:  # noqa: BLE001 - as for calls, but told on a page
                return _fault(request, error)

        return answered


def page_router() -> APIRouter:
    """A router of pages."""
    return APIRouter(route_class=PageRoute)


def error_page(request: Request, error: NarrowgateError) -> Response:
    """``error`` as a page."""
    lines = error.reasons if isinstance(error, Refused) else error.findings if isinstance(error, PolicyInvalid) else ()
    answer = page(
        request,
        getattr(request.state, "visitor", None),
        "error.html",
        status_of(error),
        title=error.kind.replace("-", " "),
        error=error,
        lines=lines,
    )
    if isinstance(error, TooMany | Busy):
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer


def _fault(request: Request, error: Exception) -> Response:
    """A fault of ours. Its text goes nowhere: it may quote what somebody gave."""
    call, scope = current.get(), request.scope
    event("fault", logging.ERROR, error, request_id=call, method=method_of(scope), route=route_of(scope))
    return error_page(request, InternalError("something went wrong here", f"tell us of the call {call}"))


def _sign_in_first(request: Request) -> Response:
    """Back to where they were going, once they have signed in; what a form held has to be given again."""
    path = request.url.path if request.method == "GET" else ROOT
    return RedirectResponse(f"{SIGN_IN}?next={quote(path)}", 303)
