"""Who is calling: the one place where it is found out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from narrowgate.errors import Busy, SourceError, Unauthenticated
from narrowgate.gateway.access.addresses import Proxies, subscriber
from narrowgate.gateway.access.call import Call, call_of
from narrowgate.gateway.access.caller import ANYBODY, Caller
from narrowgate.gateway.access.hashing import Hashing
from narrowgate.gateway.access.limits import Buckets, require_token
from narrowgate.gateway.access.loopback import require_here
from narrowgate.gateway.access.registry import Registry
from narrowgate.gateway.access.ways import ways
from narrowgate.gateway.access.ways.interface import Means, Way
from narrowgate.model.serving import Serving

_LOOKED_AGAIN = 1.0
"""Seconds after which the file of clients is looked at again."""
_KEPT = 10_000
"""Clients, and addresses, whose calls are counted."""


class Access:
    """Access control.

    Args:
        serving: the settings.
        registry: of clients; None: access control is off, and whoever is on this machine may do everything.
        found: the ways to prove who one is.
        hashing: where passwords are hashed.
        now: the clock, in seconds.
    """

    def __init__(
        self,
        serving: Serving,
        registry: Registry | None,
        found: Sequence[Way],
        hashing: Hashing,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.registry, self.proxies = registry, Proxies(serving.proxies)
        self._ways, self._hashing, self._now = tuple(found), hashing, now
        self._rates = Buckets(serving.rate, serving.burst, _KEPT, now)
        self._failures = Buckets(serving.failures, serving.failures, _KEPT, now)
        self._look_at = now() + _LOOKED_AGAIN

    @classmethod
    def of(cls, serving: Serving, now: Callable[[], float] = time.monotonic) -> Access:
        """Access control as settings have it.

        Args:
            now: the clock, in seconds.

        Raises:
            SourceError: they contradict each other, or a file that they name is not right.
            FileError: such a file cannot be read.
        """
        if serving.clients is None:
            if serving.token_keys is not None or serving.proxies:
                raise SourceError(
                    "there are no registered clients for tokens or certificates to be of",
                    "name their file in the setting gateway.clients; narrowgate client add makes it",
                )
            return cls.off()
        registry, hashing = Registry(serving.clients), Hashing()
        return cls(serving, registry, ways(Means(serving, registry, hashing, now)), hashing, now)

    @classmethod
    def off(cls) -> Access:
        """No access control: for loopback alone."""
        return cls(Serving(), None, (), Hashing())

    @property
    def is_off(self) -> bool:
        """Whether everybody on this machine may do everything."""
        return self.registry is None

    def states(self) -> Mapping[str, str | None]:
        """What is wrong, by what it is wrong with; None where all is well."""
        if self.registry is None:
            return {}
        return {"clients": self.registry.state()} | {each.name: each.state() for each in self._ways}

    async def caller(self, scope: Mapping[str, Any]) -> Caller:
        """The client that makes a call.

        Args:
            scope: the call's, as ASGI has it.

        Raises:
            Unauthenticated: it has not proved who it is.
            Forbidden: access control is off, and the call does not come from this machine.
            TooMany: the client has called too often, or its address failed too often.
            Busy: too many wait for their keys to be hashed.
        """
        if self.registry is None:
            require_here(scope)
            return ANYBODY
        await self._look(self.registry)
        found = await self._identified(call_of(scope, self.proxies))
        wait = self._rates.take(found.name, found.rate)
        require_token(wait, f"{found.name} has called too often", "wait, or have the client's rate raised")
        return found

    async def by_password(self, name: str, password: str, scope: Mapping[str, Any]) -> Caller:
        """The client that signs in with a password.

        Args:
            scope: the call's, whose address counts if it fails.

        Raises:
            Unauthenticated: name or password is not right.
            TooMany: its address failed too often.
            Busy: too many wait for their passwords to be hashed.
        """
        if self.registry is None:
            return ANYBODY
        await self._look(self.registry)
        with self._attempt(call_of(scope, self.proxies)):
            found = await self._hashing.run(self.registry.by_password, name, password)
            if found is None:
                raise Unauthenticated("name or password is not right", "try again", presented=True)
        return found

    async def _identified(self, call: Call) -> Caller:
        for way in self._ways:
            proof = way.proof(call)
            if proof is None:
                continue
            found = way.known(proof)
            if found is None:
                with self._attempt(call):
                    found = await way.verified(proof)
            return found
        raise Unauthenticated(
            "nobody has proved who they are",
            "send Authorization: Bearer with an API key or a token, or call through the proxy with a certificate",
            presented=call.authorization is not None,
        )

    @contextmanager
    def _attempt(self, call: Call) -> Iterator[None]:
        """An attempt counts as failed until it has succeeded, so that many at a time are no more than the limit."""
        address = subscriber(call.address)
        wait = self._failures.take(address)
        require_token(wait, "too many attempts from this address have failed", "wait, and see to the key or token")
        try:
            yield
        except Busy:
            self._failures.give_back(address)
            raise
        self._failures.give_back(address)

    async def _look(self, registry: Registry) -> None:
        now = self._now()
        if now < self._look_at:
            return
        self._look_at = now + _LOOKED_AGAIN
        if registry.has_changed():
            await asyncio.to_thread(registry.look)
