"""Signed tokens (JWT, RFC 7519), checked as RFC 8725 would have it: bearer tokens, and OpenID Connect's id tokens."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Any

import jwt

from narrowgate.errors import Unauthenticated
from narrowgate.gateway.access.key_source import KeySource
from narrowgate.model.algorithm import Algorithm

_LONGEST = 8192
_LEEWAY = 10
"""Seconds that clocks may differ by."""
_WRONG: tuple[tuple[type[Exception], str], ...] = (
    (jwt.ExpiredSignatureError, "the token has expired"),
    (jwt.ImmatureSignatureError, "the token is not good yet"),
    (jwt.InvalidAudienceError, "the token is for somebody else"),
    (jwt.InvalidIssuerError, "the token is from somebody else"),
    (jwt.MissingRequiredClaimError, "the token lacks a claim"),
)


@dataclass(frozen=True)
class TokenRules:
    """What is asked of tokens.

    Args:
        issuer: who must have issued them (claim ``iss``).
        audience: whom they must be for (claim ``aud``).
        algorithms: by which they may be signed; none of them can be checked by who could not sign.
    """

    issuer: str
    audience: str
    algorithms: tuple[Algorithm, ...]


class TokenVerifier:
    """Checks tokens.

    Args:
        rules: what is asked of them.
        keys: by which they are signed.
    """

    def __init__(self, rules: TokenRules, keys: KeySource) -> None:
        self._rules, self._keys = rules, keys

    async def claims(self, token: str, nonce: str | None = None) -> dict[str, Any]:
        """What a token claims.

        Args:
            token: as it was sent.
            nonce: for an id token: what was sent along when it was asked for (OpenID Connect Core 1.0, 3.1.3.7).

        Raises:
            Unauthenticated: it is not to be believed.
            Busy: the keys cannot be had.
        """
        if len(token) > _LONGEST:
            raise _unbelieved("the token is too long")
        algorithm, key_id = self._head(token)
        key = await self._keys.key(algorithm, key_id)
        if key is None:
            raise _unbelieved("the token is signed by a key that is not known")
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                issuer=self._rules.issuer,
                audience=self._rules.audience,
                leeway=_LEEWAY,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except jwt.PyJWTError as error:
            what = next((text for kind, text in _WRONG if isinstance(error, kind)), "the token cannot be believed")
            raise _unbelieved(what) from None
        if nonce is not None:
            self._require_answer(claims, nonce)
        return claims

    def _head(self, token: str) -> tuple[Algorithm, str | None]:
        """By which algorithm it says that it is signed, if that is one of ours, and by which key."""
        try:
            head = jwt.get_unverified_header(token)
        except jwt.PyJWTError:
            raise _unbelieved("what was sent is neither an API key nor a token") from None
        algorithm = next((each for each in self._rules.algorithms if each == head.get("alg")), None)
        if algorithm is None:
            raise _unbelieved("the token is not signed as it must be")
        return algorithm, head.get("kid")

    def _require_answer(self, claims: dict[str, Any], nonce: str) -> None:
        """Make sure that an id token answers what was asked, and was issued to whom it is for."""
        if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
            raise _unbelieved("the token answers something else")
        if claims.get("azp", self._rules.audience) != self._rules.audience:
            raise _unbelieved("the token was issued to somebody else")


def _unbelieved(message: str) -> Unauthenticated:
    return Unauthenticated(message, "get a new one from the identity provider", presented=True)
