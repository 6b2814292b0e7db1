"""API keys, as bearer tokens."""

from __future__ import annotations

from narrowgate.errors import Unauthenticated
from narrowgate.gateway.access.api_keys import PREFIX
from narrowgate.gateway.access.call import Call
from narrowgate.gateway.access.caller import Caller
from narrowgate.gateway.access.ways.interface import Means, Way, bearer


class ApiKeys(Way):
    """``Authorization: Bearer ng_…``."""

    name = "api_keys"

    def __init__(self, means: Means) -> None:
        self._registry, self._hashing = means.registry, means.hashing

    def proof(self, call: Call) -> str | None:
        """The key."""
        token = bearer(call)
        return token if token and token.startswith(PREFIX) else None

    def known(self, proof: str) -> Caller | None:
        """The client, if the key was verified before."""
        return self._registry.by_verified_key(proof)

    async def verified(self, proof: str) -> Caller:
        """The client with the key."""
        found = await self._hashing.run(self._registry.by_key, proof)
        if found is None:
            raise Unauthenticated(
                "the API key is no client's, or not any more",
                "have one made: narrowgate client key NAME",
                presented=True,
            )
        return found


def way(means: Means) -> Way:
    """API keys need no setting besides the clients."""
    return ApiKeys(means)
