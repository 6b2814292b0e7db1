"""A way to prove who one is."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

from narrowgate.gateway.access.call import Call
from narrowgate.gateway.access.caller import Caller
from narrowgate.gateway.access.hashing import Hashing
from narrowgate.gateway.access.registry import Registry
from narrowgate.model.serving import Serving

BEARER = "bearer "
"""The scheme (RFC 6750), which may be written in any case."""


@dataclass(frozen=True)
class Means:
    """What a way is made with."""

    serving: Serving
    registry: Registry
    hashing: Hashing
    now: Callable[[], float] = time.monotonic
    """The clock by which what was verified is remembered, in seconds."""


class Way(ABC):
    """A way to prove who one is. A call is asked for a proof first; the proof is then verified."""

    name: str
    """In ``/readyz``."""

    @abstractmethod
    def proof(self, call: Call) -> str | None:
        """What the call gives as proof in this way; None where it does not try."""

    @abstractmethod
    def known(self, proof: str) -> Caller | None:
        """The client, if the proof was verified before and still holds. Costs microseconds."""

    @abstractmethod
    async def verified(self, proof: str) -> Caller:
        """The client.

        Raises:
            Unauthenticated: the proof is none, or nobody's who is registered.
        """

    def state(self) -> str | None:
        """What is wrong with it; None where all is well."""
        return None


def bearer(call: Call) -> str | None:
    """The bearer token of a call, if it has one."""
    given = call.authorization
    return given[len(BEARER) :].strip() if given and given[: len(BEARER)].lower() == BEARER else None
