"""Cookies, as strict as where the console is reached allows."""

from __future__ import annotations

from fastapi import Request, Response

from narrowgate.gateway.headers import is_https

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
SESSION = "narrowgate-session"
BEGINNING = "narrowgate-sign-in"


def read(request: Request, name: str) -> str | None:
    """The cookie's value, if the browser has it."""
    return request.cookies.get(_full(request, name))


def give(request: Request, response: Response, name: str, value: str, lifetime: int | None = None) -> None:
    """Have the browser keep a value.

    Args:
        lifetime: in seconds; None: until the browser is closed.
    """
    response.set_cookie(
        _full(request, name),
        value,
        max_age=lifetime,
        path="/",
        secure=not is_plain(request),
        httponly=True,
        samesite="lax",
    )


def take(request: Request, response: Response, name: str) -> None:
    """Have the browser forget a value."""
    response.delete_cookie(_full(request, name), path="/", secure=not is_plain(request), httponly=True, samesite="lax")


def is_plain(request: Request) -> bool:
    """Whether the browser is on this machine and speaks plain HTTP: then there is nothing on the way to it."""
    state = request.app.state
    # A proxy may call us by our own address, and not say how it is called itself.
    from_afar = (state.house.serving.public_url or "").startswith("https:")
    return request.url.hostname in _LOOPBACK and not from_afar and not is_https(request.scope, state.access.proxies)


def _full(request: Request, name: str) -> str:
    """With ``__Host-`` (RFC 6265bis, section 4.1.3.2), no neighbouring host can set it."""
    return name if is_plain(request) else f"__Host-{name}"
