"""Headers that every answer has, so that a browser does nothing with it that it need not."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from narrowgate.gateway.access.addresses import Proxies

_DEFAULTS = (
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
)
"""Unless the answer has its own."""
_ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_HTTPS = (b"strict-transport-security", b"max-age=31536000")
"""RFC 6797."""
_OFF = (b"narrowgate-access", b"off")


class SecurityHeaders:
    """Adds them.

    Args:
        proxies: whose word is taken for whether a call came by HTTPS.
        is_off: whether access control is; each answer then says so.
    """

    def __init__(self, app: ASGIApp, proxies: Proxies, *, is_off: bool) -> None:
        self._app, self._proxies = app, proxies
        self._always = (*_ALWAYS, _OFF) if is_off else _ALWAYS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, headers added."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message["headers"] = list(message.get("headers", ()))
                there = {name for name, _ in headers}
                headers += self._always
                headers += [each for each in _DEFAULTS if each[0] not in there]
                if is_https(scope, self._proxies):
                    headers.append(_HTTPS)
            await send(message)

        await self._app(scope, receive, sent)


def is_https(scope: Scope, proxies: Proxies) -> bool:
    """Whether a call came by HTTPS, to us or to a trusted proxy, which then says so (X-Forwarded-Proto)."""
    if scope["scheme"] == "https":
        return True
    told = [value for name, value in scope["headers"] if name == b"x-forwarded-proto"]
    peer = (scope.get("client") or ("",))[0]
    return told == [b"https"] and proxies.trusts(peer)
