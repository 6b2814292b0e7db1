"""Mutual TLS, which a trusted proxy ends."""

from __future__ import annotations

import hashlib
import time

from narrowgate.errors import Unauthenticated
from narrowgate.gateway.access.call import Call
from narrowgate.gateway.access.caller import Caller
from narrowgate.gateway.access.certificates import Shown
from narrowgate.gateway.access.memo import Memo
from narrowgate.gateway.access.ways.interface import Means, Way

_REMEMBERED, _FOR = 1024, 3600.0


class Certificates(Way):
    """``Client-Cert``, where the call has no ``Authorization``, which says more."""

    name = "certificates"

    def __init__(self, means: Means) -> None:
        self._registry = means.registry
        self._parsed: Memo[Shown] = Memo(_REMEMBERED, _FOR, means.now)

    def proof(self, call: Call) -> str | None:
        """The header."""
        return call.certificate if call.authorization is None else None

    def known(self, proof: str) -> Caller | None:
        """The client, if the certificate was read before and is still good."""
        found = self._parsed.get(_digest(proof))
        return self._client(found) if found and found.begins <= time.time() <= found.ends else None

    async def verified(self, proof: str) -> Caller:
        """The client with the certificate."""
        certificate = Shown.parse(proof)
        certificate.require_good(time.time())
        found = self._client(certificate)
        if found is None:
            raise Unauthenticated(
                "the certificate is no client's", "have its fingerprint added to the client", presented=True
            )
        self._parsed.put(_digest(proof), certificate)
        return found

    def _client(self, certificate: Shown) -> Caller | None:
        return self._registry.by_certificate(certificate.fingerprint, certificate.subject)


def way(means: Means) -> Way | None:
    """Certificates, where there is a proxy to tell of them."""
    return Certificates(means) if means.serving.proxies else None


def _digest(proof: str) -> bytes:
    return hashlib.sha256(proof.encode("latin-1")).digest()
