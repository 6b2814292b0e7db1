"""The identity provider that people sign in with."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from urllib.parse import urlencode

from narrowgate.errors import SourceError, Unauthenticated
from narrowgate.gateway.access.key_source import KeySource
from narrowgate.gateway.access.tokens import TokenRules, TokenVerifier
from narrowgate.gateway.console.beginning import Beginning
from narrowgate.gateway.console.navigation import CALLBACK
from narrowgate.gateway.console.provider.discovery import Metadata, discovered, is_safe
from narrowgate.gateway.console.provider.exchange import Relying, id_token
from narrowgate.model.algorithm import Algorithm
from narrowgate.model.serving import Serving

_FRESH = 3600.0
"""Seconds for which what the provider says of itself is gone by."""
_BASIC = "client_secret_basic"


class Provider:
    """One provider.

    Args:
        issuer: its address, which its tokens name, too.
        relying: ourselves.
        algorithms: by which its tokens may be signed.
        now: the clock, in seconds.
    """

    def __init__(
        self,
        issuer: str,
        relying: Relying,
        algorithms: tuple[Algorithm, ...],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._issuer, self._relying, self._now = issuer, relying, now
        self._rules = TokenRules(issuer, relying.client, algorithms)
        self._asking = asyncio.Lock()
        self._known: tuple[Metadata, TokenVerifier] | None = None
        self._known_at = 0.0

    @staticmethod
    def of(serving: Serving) -> Provider | None:
        """The provider that settings name; None where people sign in with passwords alone.

        Raises:
            SourceError: they do not say enough of it.
        """
        if serving.sign_in_issuer is None:
            return None
        if serving.sign_in_client is None or serving.public_url is None:
            raise SourceError(
                "setting gateway.sign_in_issuer is set, but not who we are for it",
                "set gateway.sign_in_client, and gateway.public_url, where browsers reach the gateway",
            )
        if not is_safe(serving.sign_in_issuer):
            raise SourceError("setting gateway.sign_in_issuer does not begin with https://", "name its address")
        redirect = serving.public_url.rstrip("/") + CALLBACK
        relying = Relying(serving.sign_in_client, serving.sign_in_secret, redirect)
        return Provider(serving.sign_in_issuer, relying, serving.sign_in_algorithms)

    async def address(self, beginning: Beginning, to: str) -> str:
        """Where somebody signs in (OpenID Connect Core 1.0, 3.1.2.1).

        Args:
            to: where they go then.

        Raises:
            Busy: the provider cannot be had.
        """
        said, _ = await self._metadata()
        query = {
            "response_type": "code",
            "scope": "openid",
            "client_id": self._relying.client,
            "redirect_uri": self._relying.redirect,
            "state": beginning.state(to),
            "nonce": beginning.nonce,
            "code_challenge": beginning.challenge,
            "code_challenge_method": "S256",
        }
        mark = "&" if "?" in said.authorization_endpoint else "?"
        return f"{said.authorization_endpoint}{mark}{urlencode(query)}"

    async def subject(self, beginning: Beginning, code: str, issuer: str | None) -> str:
        """Who has signed in, as the provider calls them (claim ``sub``).

        Args:
            code: that they came back with.
            issuer: what their browser was told of who sends it back (RFC 9207).

        Raises:
            Unauthenticated: nobody has.
            Busy: the provider does not answer.
        """
        said, verifier = await self._metadata()
        if issuer != self._issuer and (issuer is not None or said.authorization_response_iss_parameter_supported):
            raise Unauthenticated("the answer is from another identity provider", "sign in again")
        basic = _BASIC in said.token_endpoint_auth_methods_supported
        token = await asyncio.to_thread(id_token, said.token_endpoint, basic, self._relying, code, beginning.verifier)
        claims = await verifier.claims(token, beginning.nonce)
        return str(claims["sub"])

    async def _metadata(self) -> tuple[Metadata, TokenVerifier]:
        async with self._asking:
            if self._known is None or self._now() - self._known_at >= _FRESH:
                said = await asyncio.to_thread(discovered, self._issuer)
                if self._known is None or self._known[0].jwks_uri != said.jwks_uri:
                    self._known = said, TokenVerifier(self._rules, KeySource(said.jwks_uri))
                self._known = said, self._known[1]
                self._known_at = self._now()
            return self._known
