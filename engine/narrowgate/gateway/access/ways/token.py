"""Tokens of an identity provider, as bearer tokens (RFC 6750, RFC 9068)."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, replace
from typing import Any

from narrowgate.errors import SourceError, Unauthenticated
from narrowgate.gateway.access.api_keys import PREFIX
from narrowgate.gateway.access.call import Call
from narrowgate.gateway.access.caller import Caller
from narrowgate.gateway.access.key_source import KeySource
from narrowgate.gateway.access.memo import Memo
from narrowgate.gateway.access.registry import Registry
from narrowgate.gateway.access.tokens import TokenRules, TokenVerifier
from narrowgate.gateway.access.ways.interface import Means, Way, bearer
from narrowgate.model.scope import Scope
from narrowgate.model.serving import Serving

_REMEMBERED, _FOR = 4096, 60.0


@dataclass(frozen=True)
class _Granted:
    """What a token is good for.

    Args:
        subject: whose it is.
        scopes: what it is for; no more than that, whatever its client may do.
    """

    subject: str
    scopes: frozenset[Scope]

    @staticmethod
    def by(claims: dict[str, Any]) -> _Granted:
        scope = claims.get("scope")
        named = set(scope.split(" ")) if isinstance(scope, str) else set()
        return _Granted(claims["sub"], frozenset(each for each in Scope if each in named))

    def caller(self, registry: Registry) -> Caller | None:
        """The client whose subject it is, with what both it and the token may do."""
        found = registry.by_subject(self.subject)
        return replace(found, scopes=found.scopes & self.scopes) if found else None


class Tokens(Way):
    """``Authorization: Bearer`` with a JWT."""

    name = "token_keys"

    def __init__(self, means: Means, verifier: TokenVerifier, keys: KeySource) -> None:
        self._registry, self._verifier, self._keys = means.registry, verifier, keys
        self._granted: Memo[_Granted] = Memo(_REMEMBERED, _FOR, means.now)

    def proof(self, call: Call) -> str | None:
        """The token."""
        token = bearer(call)
        return token if token is not None and not token.startswith(PREFIX) else None

    def known(self, proof: str) -> Caller | None:
        """The client, if the token was checked less than a minute ago and has not expired since."""
        found = self._granted.get(_digest(proof))
        return found.caller(self._registry) if found else None

    async def verified(self, proof: str) -> Caller:
        """The client that is the token's subject."""
        claims = await self._verifier.claims(proof)
        granted = _Granted.by(claims)
        caller = granted.caller(self._registry)
        if caller is None:
            raise Unauthenticated(
                "the token's subject is no client", "have the subject added to the client", presented=True
            )
        self._granted.put(_digest(proof), granted, int(claims["exp"]) - time.time())
        return caller

    def state(self) -> str | None:
        """Whether the key set could be had when it was last tried."""
        return self._keys.state()


def way(means: Means) -> Way | None:
    """Tokens, where there are keys to check them by.

    Raises:
        SourceError: it is not said who issues them, or whom they are for.
    """
    if means.serving.token_keys is None:
        return None
    keys = KeySource(means.serving.token_keys, means.now)
    return Tokens(means, TokenVerifier(rules_of(means.serving), keys), keys)


def rules_of(serving: Serving) -> TokenRules:
    """What the settings ask of bearer tokens."""
    if not (serving.token_issuer and serving.token_audience and serving.token_algorithms):
        raise SourceError(
            "setting gateway.token_keys is set, but not who issues tokens, or whom they are for",
            "set gateway.token_issuer and gateway.token_audience too",
        )
    return TokenRules(serving.token_issuer, serving.token_audience, serving.token_algorithms)


def _digest(proof: str) -> bytes:
    return hashlib.sha256(proof.encode("latin-1")).digest()
