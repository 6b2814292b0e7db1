"""A sign-in that has begun and not ended. All that is kept of it is a cookie, which only we can have made."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from narrowgate.gateway.console.navigation import ROOT

LIFETIME = 600
"""Seconds in which somebody has to have signed in."""


class Beginning:
    """One sign-in. What is derived from it, nobody can know who has not got the cookie.

    Args:
        key: ours.
        value: of the cookie.
    """

    def __init__(self, key: bytes, value: str) -> None:
        self._key, self.value = key, value

    @staticmethod
    def new(key: bytes, now: Callable[[], float] = time.time) -> Beginning:
        """A new one."""
        made = f"{int(now()) + LIFETIME}.{secrets.token_urlsafe(32)}"
        return Beginning(key, f"{made}.{_mac(key, 'cookie', made)}")

    @staticmethod
    def found(key: bytes, value: str | None, now: Callable[[], float] = time.time) -> Beginning | None:
        """The one that a cookie tells of, if it is ours and not too old."""
        made, _, mac = (value or "").rpartition(".")
        if not hmac.compare_digest(mac.encode(), _mac(key, "cookie", made).encode()):
            return None
        return Beginning(key, value or "") if now() < int(made.partition(".")[0]) else None

    @property
    def token(self) -> str:
        """What the form carries."""
        return self._derived("token")

    @property
    def nonce(self) -> str:
        """What an id token has to repeat (OpenID Connect Core 1.0, 3.1.2.1)."""
        return self._derived("nonce")

    @property
    def verifier(self) -> str:
        """Shows that whoever brings the code has asked for it (RFC 7636, 4.1)."""
        return self._derived("verifier")

    @property
    def challenge(self) -> str:
        """What is told of the verifier beforehand: its S256 (RFC 7636, 4.2)."""
        return _encoded(hashlib.sha256(self.verifier.encode()).digest())

    def state(self, to: str) -> str:
        """What comes back with the code (RFC 6749, 4.1.1), and says where to go then."""
        return f"{_encoded(to.encode())}.{self._derived('state', to)}"

    def destination(self, state: str) -> str | None:
        """Where to go, as ``state`` says; None where it is not of this sign-in."""
        encoded, _, _ = state.partition(".")
        try:
            to = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
        except ValueError:
            return None
        return to if hmac.compare_digest(state.encode(), self.state(to).encode()) else None

    def _derived(self, what: str, more: str = "") -> str:
        return _mac(self._key, what, f"{self.value} {more}")


def within(to: str) -> str:
    """``to``, if it is one of our pages; else the front page."""
    parts = urlsplit(to)
    ours = parts.path == ROOT or parts.path.startswith(f"{ROOT}/")
    return parts.path if ours and not parts.scheme and not parts.netloc and "\\" not in to else ROOT


def _mac(key: bytes, what: str, of: str) -> str:
    return _encoded(hmac.digest(key, f"{what} {of}".encode(), "sha256"))


def _encoded(content: bytes) -> str:
    """As addresses and cookies take it (RFC 4648, section 5), unpadded."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
