"""Whoever issues tokens and certificates, for tests."""

from __future__ import annotations

import json
import time
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from narrowgate.gateway.access.api_keys import Key
from narrowgate.gateway.access.registering import added, change, with_key
from narrowgate.model.client import Client
from narrowgate.model.scope import Scope
from narrowgate.model.serving import Serving

ISSUER, AUDIENCE = "https://idp.force.example", "narrowgate"
EVERYTHING = Client(scopes=frozenset(Scope), pairs=frozenset({"*:*"}))
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@cache
def rsa_key(number: int = 0, bits: int = 2048) -> rsa.RSAPrivateKey:
    """A key, the same one for a number."""
    return rsa.generate_private_key(65537, bits)


@cache
def ec_key(number: int = 0) -> ec.EllipticCurvePrivateKey:
    """A key on P-256, the same one for a number."""
    return ec.generate_private_key(ec.SECP256R1())


def jwk(key: PrivateKey, kid: str | None, **more: Any) -> dict[str, Any]:
    """The public key as a key set has it."""
    public = key.public_key()
    as_text = RSAAlgorithm.to_jwk(public) if isinstance(public, rsa.RSAPublicKey) else ECAlgorithm.to_jwk(public)
    written = {name: value for name, value in json.loads(as_text).items() if name not in {"key_ops", "use"}}
    return written | ({} if kid is None else {"kid": kid}) | more


def key_set(*keys: dict[str, Any]) -> str:
    """A key set."""
    return json.dumps({"keys": keys})


def public_pem(key: PrivateKey) -> bytes:
    """The public key as PEM: what a confused verifier would take for a shared secret."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@dataclass(frozen=True)
class Issuer:
    """An identity provider, whose keys are in a file."""

    folder: Path
    key: PrivateKey = field(default_factory=rsa_key)
    kid: str = "one"

    def publish(self, *keys: dict[str, Any]) -> Path:
        """Write its key set."""
        path = self.folder / "jwks.json"
        path.write_text(key_set(*(keys or (jwk(self.key, self.kid),))))
        return path

    def token(
        self,
        claims: Mapping[str, Any] | None = None,
        *,
        key: Any = None,
        algorithm: str = "RS256",
        header: Mapping[str, Any] | None = None,
        without: tuple[str, ...] = (),
    ) -> str:
        """A token that is good, unless it is told otherwise."""
        usual = {"iss": ISSUER, "aud": AUDIENCE, "sub": "hr", "exp": int(time.time()) + 600, "scope": " ".join(Scope)}
        stated = {name: value for name, value in {**usual, **(claims or {})}.items() if name not in without}
        head = {"kid": self.kid, **(header or {})}
        head = {name: value for name, value in head.items() if value is not None}
        return jwt.encode(stated, self.key if key is None else key, algorithm, head)


def register(path: Path, **clients: Client) -> dict[str, str]:
    """Register clients in a file, and give each a key: by the client's name."""
    keys = {name: Key.new(name) for name in clients}
    for name, client in clients.items():
        change(path, partial(added, name=name, client=client))
        change(path, partial(with_key, name=name, key=keys[name], until=None))
    return {name: str(key) for name, key in keys.items()}


def serving(folder: Path, **more: Any) -> Serving:
    """Settings by which clients, tokens and a proxy at 192.0.2.7 are believed. Clients are to be registered first."""
    Issuer(folder).publish()
    usual = {
        "clients": folder / "clients.yaml",
        "token_keys": str(folder / "jwks.json"),
        "token_issuer": ISSUER,
        "token_audience": AUDIENCE,
        "proxies": ("192.0.2.7",),
    }
    return Serving.model_validate(usual | more)


def certificate(
    subject: str = "CN=hr,O=Force", begins: datetime | None = None, ends: datetime | None = None
) -> x509.Certificate:
    """A certificate, good from yesterday for a year unless it is told otherwise."""
    now, key = datetime.now(UTC), ec_key(1)
    name = x509.Name.from_rfc4514_string(subject)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(begins or now - timedelta(days=1)).not_valid_after(ends or now + timedelta(days=365))
    return made.sign(key, hashes.SHA256())


def client_cert(shown: x509.Certificate) -> str:
    """The header by which a proxy tells of it (RFC 9440)."""
    return f":{b64encode(shown.public_bytes(Encoding.DER)).decode()}:"


def scope_of(
    headers: Mapping[str, str] | None = None, peer: str = "198.51.100.9", path: str = "/v1/exports"
) -> dict[str, Any]:
    """An ASGI scope."""
    encoded = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
    return {
        "type": "http",
        "scheme": "http",
        "method": "GET",
        "path": path,
        "query_string": b"",
        "headers": encoded,
        "client": (peer, 40000),
    }


def bearer(token: str) -> dict[str, str]:
    """The header by which a token is sent."""
    return {"Authorization": f"Bearer {token}"}
