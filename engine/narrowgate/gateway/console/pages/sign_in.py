"""``/console/sign-in``: saying who one is, with a password or by an identity provider; and ``/console/sign-out``."""

from __future__ import annotations

from typing import Annotated

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from narrowgate.errors import NarrowgateError, Unauthenticated
from narrowgate.gateway.access.addresses import subscriber
from narrowgate.gateway.access.call import call_of
from narrowgate.gateway.access.caller import Caller
from narrowgate.gateway.access.limits import require_token as require_turn
from narrowgate.gateway.access.registry import Registry
from narrowgate.gateway.console import cookies
from narrowgate.gateway.console.beginning import LIFETIME, Beginning, within
from narrowgate.gateway.console.console import TheConsole
from narrowgate.gateway.console.forms import fields
from narrowgate.gateway.console.navigation import ROOT, SIGN_IN
from narrowgate.gateway.console.provider.provider import Provider
from narrowgate.gateway.console.rendering import page
from narrowgate.gateway.console.route import page_router
from narrowgate.gateway.console.visiting import require_from_here, visiting
from narrowgate.gateway.console.visitor import Visitor

router = page_router()

_REFUSED = 403
"""Nothing that a browser could send besides would help, as 401 would have it."""


@router.get("/sign-in")
async def sign_in_page(request: Request, console: TheConsole, next: str = ROOT) -> Response:
    """The form."""
    if request.app.state.access.is_off:
        return RedirectResponse(ROOT, 303)
    return _page(request, console, within(next))


@router.post("/sign-in")
async def sign_in(request: Request, console: TheConsole) -> Response:
    """With a password."""
    require_from_here(request)
    beginning = _begun(request, console)
    if beginning is None:
        return _page(request, console, ROOT, _too_late())
    given = await fields(request, beginning.token)
    to = within(given.get("next", ROOT))
    try:
        caller = await request.app.state.access.by_password(
            given.get("name", "").strip(), given.get("password", ""), request.scope
        )
    except Unauthenticated as error:
        return _page(request, console, to, error)
    return _signed_in(request, console, caller.name, to)


@router.get("/sign-in/provider")
async def to_provider(request: Request, console: TheConsole, next: str = ROOT) -> Response:
    """Off to the identity provider."""
    if console.provider is None:
        return RedirectResponse(SIGN_IN, 303)
    beginning = _begun(request, console) or Beginning.new(console.key)
    answer = RedirectResponse(await console.provider.address(beginning, within(next)), 303)
    cookies.give(request, answer, cookies.BEGINNING, beginning.value, LIFETIME)
    return answer


@router.get("/sign-in/callback")
async def from_provider(
    request: Request, console: TheConsole, state: str = "", code: str = "", iss: str | None = None
) -> Response:
    """Back from the identity provider."""
    beginning = _begun(request, console)
    to = beginning.destination(state) if beginning else None
    wait = console.attempts.take(_address(request))
    require_turn(wait, "too many have tried to sign in from this address", "wait a little")
    if beginning is None or to is None or console.provider is None:
        return _page(request, console, ROOT, _too_late())
    try:
        caller = await _vouched_for(request, console.provider, beginning, code, iss)
    except Unauthenticated as error:
        return _page(request, console, to, error)
    return _signed_in(request, console, caller.name, to)


@router.post("/sign-out")
async def sign_out(request: Request, console: TheConsole, visitor: Annotated[Visitor, visiting()]) -> Response:
    """End the session."""
    await fields(request, visitor.token)
    if secret := cookies.read(request, cookies.SESSION):
        console.sessions.end(secret)
    answer = RedirectResponse(SIGN_IN, 303)
    cookies.take(request, answer, cookies.SESSION)
    return answer


async def _vouched_for(
    request: Request, provider: Provider, beginning: Beginning, code: str, issuer: str | None
) -> Caller:
    """The client that the identity provider says has signed in."""
    if not code:
        raise Unauthenticated("the identity provider has not signed you in", "try again, or ask for access there")
    subject = await provider.subject(beginning, code, issuer)
    registry: Registry | None = request.app.state.access.registry
    caller = registry.by_subject(subject) if registry else None
    if caller is None:
        raise Unauthenticated("you are not registered here", "have your subject added to a client")
    return caller


def _page(request: Request, console: TheConsole, to: str, error: NarrowgateError | None = None) -> Response:
    beginning = _begun(request, console) or Beginning.new(console.key)
    answer = page(
        request,
        None,
        "sign_in.html",
        _REFUSED if error else 200,
        token=beginning.token,
        to=to,
        error=error,
        provider=console.provider is not None,
    )
    cookies.give(request, answer, cookies.BEGINNING, beginning.value, LIFETIME)
    return answer


def _signed_in(request: Request, console: TheConsole, name: str, to: str) -> Response:
    """A session of a new secret, whatever the browser had before."""
    if earlier := cookies.read(request, cookies.SESSION):
        console.sessions.end(earlier)
    answer = RedirectResponse(to, 303)
    cookies.take(request, answer, cookies.BEGINNING)
    cookies.give(request, answer, cookies.SESSION, console.sessions.begin(name))
    return answer


def _begun(request: Request, console: TheConsole) -> Beginning | None:
    return Beginning.found(console.key, cookies.read(request, cookies.BEGINNING))


def _too_late() -> Unauthenticated:
    return Unauthenticated("this sign-in took too long, or was begun in another browser", "sign in again")


def _address(request: Request) -> str:
    return subscriber(call_of(request.scope, request.app.state.access.proxies).address)
