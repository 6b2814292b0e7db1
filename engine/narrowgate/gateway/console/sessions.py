"""Who is signed in. Sessions live in memory: they end with the process."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace

_MOST = 1000
"""Sessions at a time; whoever has not been seen for the longest makes room."""


@dataclass(frozen=True)
class Session:
    """One person's, from signing in to signing out.

    Args:
        name: of the client that it is, as it is registered.
        token: what their forms carry.
        began: when, in seconds of the clock.
        seen: when they last asked for a page.
    """

    name: str
    token: str
    began: float
    seen: float


class Sessions:
    """The sessions of one process.

    Args:
        idle: seconds after which one ends in which nothing was asked for.
        longest: seconds after which any ends.
        clock: in seconds.
    """

    def __init__(self, idle: float, longest: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._idle, self._longest, self._clock = idle, longest, clock
        self._known: OrderedDict[bytes, Session] = OrderedDict()

    def begin(self, name: str) -> str:
        """Begin a session, and return the secret that it is known by."""
        secret, now = secrets.token_urlsafe(32), self._clock()
        while len(self._known) >= _MOST:
            self._known.popitem(last=False)
        self._known[_key(secret)] = Session(name, secrets.token_urlsafe(32), now, now)
        return secret

    def find(self, secret: str) -> Session | None:
        """The session that ``secret`` is of, if it goes on."""
        key, now = _key(secret), self._clock()
        session = self._known.get(key)
        if session is None:
            return None
        if now - session.seen > self._idle or now - session.began > self._longest:
            del self._known[key]
            return None
        self._known[key] = replace(session, seen=now)
        self._known.move_to_end(key)
        return self._known[key]

    def end(self, secret: str) -> None:
        """End the session that ``secret`` is of, if there is one."""
        self._known.pop(_key(secret), None)


def _key(secret: str) -> bytes:
    """What a secret is kept as: how long a comparison takes tells nothing about it."""
    return hashlib.sha256(secret.encode()).digest()
