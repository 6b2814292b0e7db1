"""Where a key set comes from: a file, or an address of whoever issues tokens. It is fetched anew as keys change."""

from __future__ import annotations

import asyncio
import http.client
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from jwt import PyJWK

from narrowgate.errors import Busy, NarrowgateError, SourceError
from narrowgate.gateway.access.addresses import is_loopback
from narrowgate.gateway.access.keyset import KeySet
from narrowgate.model.algorithm import Algorithm
from narrowgate.outside import opener

_STALE = 24 * 3600.0
"""Seconds after which a key set is not gone by any more."""
_TIMEOUT = 5.0
_LARGEST = 1 << 20


@dataclass(frozen=True)
class _Pace:
    """How often a key set is fetched.

    Args:
        floor: seconds between two attempts, whatever tokens name.
        fresh: seconds after which it is fetched again, as a key may have been withdrawn.
    """

    floor: float
    fresh: float


_FILE, _ADDRESS = _Pace(1, 1), _Pace(15, 600)


class KeySource:
    """A key set that is kept up to date.

    Args:
        where: a file, or an address that begins with https://; with http:// only on this machine.
        now: the clock, in seconds.

    Raises:
        SourceError: it is neither, or a file that holds no key set.
    """

    def __init__(self, where: str, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._keys: KeySet | None = None
        self._fetched_at = self._tried_at = float("-inf")
        self._fault: str | None = None
        self._fetching = asyncio.Lock()
        if "://" in where:
            self._pace, self._read = _ADDRESS, partial(fetched, _required(where))
        else:
            self._pace, self._read = _FILE, partial(_from_file, Path(where))
            self._keys = KeySet.parse(self._read())

    async def key(self, algorithm: Algorithm, id: str | None) -> PyJWK | None:
        """The key by which a token is checked; None where there is none.

        Raises:
            Busy: the key set cannot be had.
        """
        is_old = self._now() - self._fetched_at >= self._pace.fresh
        if is_old and not (self._keys and self._fetching.locked()):
            await self._fetch()
        found = self._found(algorithm, id)
        if found is None:
            # It may be a new one.
            await self._fetch()
            found = self._found(algorithm, id)
        if self._keys is None:
            raise Busy("the keys by which tokens are checked cannot be had", "see /readyz", int(self._pace.floor))
        return found

    def state(self) -> str | None:
        """What is wrong; None where all is well."""
        return self._fault

    def _found(self, algorithm: Algorithm, id: str | None) -> PyJWK | None:
        return self._keys.key(algorithm, id) if self._keys else None

    async def _fetch(self) -> None:
        """Fetch it, unless that was tried just now; one call at a time, for which others wait."""
        async with self._fetching:
            if self._now() - self._tried_at < self._pace.floor:
                return
            self._tried_at = self._now()
            try:
                self._keys, self._fault = KeySet.parse(await asyncio.to_thread(self._read)), None
                self._fetched_at = self._now()
            except NarrowgateError as error:
                self._fault = error.message
                if self._now() - self._fetched_at >= _STALE:
                    self._keys = None


def _required(url: str) -> str:
    address = urlsplit(url)
    if address.scheme == "https" or (address.scheme == "http" and is_loopback(address.hostname or "")):
        return url
    raise SourceError("a key set is fetched from a file or by HTTPS", "give an address that begins with https://")


def _from_file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SourceError(f"the key set cannot be read ({error.strerror})", "see who may read it") from None


def fetched(url: str) -> bytes:
    """What is at an address. Goes through no proxy, and nowhere else when told to.

    Raises:
        SourceError: it cannot be had.
    """
    try:
        with opener().open(url, timeout=_TIMEOUT) as answer:
            body: bytes = answer.read(_LARGEST + 1)
    except (OSError, ValueError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or type(error).__name__
        raise SourceError(f"{url} cannot be had ({reason})", "see whether the address is right") from None
    if len(body) > _LARGEST:
        raise SourceError(f"{url} is too long for a key set", "see whether the address is right")
    return body
