"""What an identity provider says of itself (OpenID Connect Discovery 1.0)."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, ValidationError

from narrowgate.errors import Busy, SourceError
from narrowgate.gateway.access.addresses import is_loopback
from narrowgate.gateway.access.key_source import fetched

_AGAIN = 30
PATH = "/.well-known/openid-configuration"


class Metadata(BaseModel):
    """Of all that it says, what is needed."""

    model_config = ConfigDict(frozen=True)

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False
    """RFC 9207."""


def discovered(issuer: str) -> Metadata:
    """What the provider says.

    Raises:
        Busy: it does not answer, or not as it must.
    """
    try:
        said = Metadata.model_validate(json.loads(fetched(issuer.rstrip("/") + PATH)))
    except (SourceError, ValueError, ValidationError) as error:
        raise _unusable("it does not answer as OpenID Connect Discovery has it") from error
    if said.issuer != issuer:
        raise _unusable("it calls itself otherwise")
    if not all(map(is_safe, (said.authorization_endpoint, said.token_endpoint, said.jwks_uri))):
        raise _unusable("it has an address that does not begin with https://")
    return said


def is_safe(url: str) -> bool:
    """Whether nobody on the way can read along: HTTPS, or HTTP on this machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))


def _unusable(why: str) -> Busy:
    return Busy(f"the identity provider cannot be used: {why}", "tell whoever runs the gateway", _AGAIN)
