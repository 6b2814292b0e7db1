"""Key sets (JWKS, RFC 7517): the public keys of whoever issues tokens."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import PyJWK, PyJWTError

from narrowgate.errors import SourceError
from narrowgate.model.algorithm import Algorithm

_CURVES = {"P-256": Algorithm.ES256, "P-384": Algorithm.ES384, "P-521": Algorithm.ES512}
_OF_RSA = tuple(each for each in Algorithm if not each.startswith("ES"))
_SHORTEST = 2048
"""Bits of an RSA key (RFC 7518, section 3.3)."""


class KeySet:
    """Keys that check signatures, by algorithm and id.

    Keys that are for something else, that are secret, short, or of a kind not known here, are as if they were not
    there: a provider may have them for others.
    """

    def __init__(self, keys: Mapping[Algorithm, Mapping[str | None, PyJWK]]) -> None:
        self._keys = keys

    @staticmethod
    def parse(text: str | bytes) -> KeySet:
        """The key set that ``text`` writes.

        Raises:
            SourceError: it is none, or has no key that checks signatures.
        """
        try:
            document = json.loads(text)
            listed = document["keys"]
        except (ValueError, TypeError, KeyError, RecursionError):
            raise SourceError("it is no key set", "give a JWKS, as RFC 7517 has it") from None
        found: dict[Algorithm, dict[str | None, PyJWK]] = {}
        for each in listed if isinstance(listed, list) else ():
            for algorithm, key in _usable(each):
                found.setdefault(algorithm, {})[key.key_id] = key
        if not found:
            raise SourceError("the key set has no key that checks signatures", "see what the provider publishes")
        return KeySet(found)

    def key(self, algorithm: Algorithm, id: str | None) -> PyJWK | None:
        """The key with an id, or, for a token that names none, the only one for its algorithm."""
        keys = self._keys.get(algorithm, {})
        if id is None:
            return next(iter(keys.values())) if len(keys) == 1 else None
        return keys.get(id)


def _usable(jwk: Any) -> Iterator[tuple[Algorithm, PyJWK]]:
    if not isinstance(jwk, dict) or "d" in jwk or jwk.get("use", "sig") != "sig":
        return
    if "verify" not in jwk.get("key_ops", ("verify",)) or not isinstance(jwk.get("kid"), str | None):
        return
    for algorithm in _algorithms(jwk):
        if jwk.get("alg", algorithm) != algorithm:
            continue
        try:
            key = PyJWK(jwk, algorithm)
        except (PyJWTError, ValueError, TypeError):
            continue
        if not isinstance(key.key, RSAPublicKey) or key.key.key_size >= _SHORTEST:
            yield algorithm, key


def _algorithms(jwk: dict[str, Any]) -> tuple[Algorithm, ...]:
    """Those that a key's type is for."""
    if jwk.get("kty") == "RSA":
        return _OF_RSA
    curve = jwk.get("crv")
    return (_CURVES[curve],) if jwk.get("kty") == "EC" and curve in _CURVES else ()
