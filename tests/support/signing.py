"""Keys for bundles, bundles signed with them, and signatures as a forger would write them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from narrowgate.authoring.bundle import SigningKey, read_signing_key
from narrowgate.model.algorithm import Algorithm
from narrowgate.policy.archive import read_files
from narrowgate.policy.signature import SIGNATURES
from support.paths import POLICIES

KEY_ID = "force-2026"


def private_pem(owner: str = "force", kind: str = "RSA") -> str:
    """The private key of ``owner``, made on first use."""
    return _private_pem(owner, kind)


@cache
def _private_pem(owner: str, kind: str) -> str:
    made = rsa.generate_private_key(65537, 2048) if kind == "RSA" else ec.generate_private_key(ec.SECP256R1())
    return made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def signing_key(owner: str = "force", key_id: str = KEY_ID, algorithm: Algorithm = Algorithm.RS256) -> SigningKey:
    """The key of ``owner``, to sign with; ``public`` is what checks that."""
    kind = "EC" if algorithm.startswith("ES") else "RSA"
    return read_signing_key(private_pem(owner, kind), key_id, algorithm)


def key_files(folder: Path, owner: str = "force", kind: str = "RSA") -> tuple[Path, Path]:
    """The private and the public key of ``owner`` as files."""
    private, public = folder / f"{owner}.private.pem", folder / f"{owner}.public.pem"
    private.write_text(private_pem(owner, kind))
    public.write_text(read_signing_key(private_pem(owner, kind), KEY_ID, Algorithm.RS256).public.pem)
    return private, public


def trusting(public: Path, key_id: str = KEY_ID) -> dict[str, str]:
    """The settings by which policies must be signed by ``public``."""
    return {"NARROWGATE_VERIFICATION_KEY": str(public), "NARROWGATE_VERIFICATION_KEY_ID": key_id}


@cache
def _shipped() -> tuple[tuple[str, bytes], ...]:
    files = read_files(POLICIES)
    kept = {name for name in files if name.endswith((".rego", "data.yaml")) and not name.endswith("_test.rego")}
    return tuple((name, files[name]) for name in sorted({*kept, ".manifest"}))


def shipped_files() -> dict[str, bytes]:
    """The shipped policies as a bundle holds them."""
    return dict(_shipped())


@cache
def _shipped_signature(owner: str) -> bytes:
    return signing_key(owner).sign(shipped_files())


def signed_files(owner: str = "force") -> dict[str, bytes]:
    """The same, signed."""
    return shipped_files() | {SIGNATURES: _shipped_signature(owner)}


def token_parts(signatures: bytes) -> list[str]:
    """Header, claims and signature of a ``.signatures.json``, encoded."""
    (token,) = json.loads(signatures)["signatures"]
    return str(token).split(".")


def encoded(document: Mapping[str, Any]) -> str:
    """A part of a token."""
    return _base64(json.dumps(document).encode())


def signatures(*tokens: str, **more: Any) -> bytes:
    """A ``.signatures.json`` with these tokens."""
    return json.dumps({"signatures": tokens, **more}).encode()


def forged(files: bytes, header: Mapping[str, Any], secret: bytes | None) -> bytes:
    """A ``.signatures.json`` with the claims of another and a header of one's own.

    Args:
        files: the other.
        header: says by what algorithm.
        secret: what HS256 is made with; None for no signature at all.
    """
    signed = f"{encoded(header)}.{token_parts(files)[1]}"
    made = b"" if secret is None else hmac.new(secret, signed.encode(), hashlib.sha256).digest()
    return signatures(f"{signed}.{_base64(made)}")


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
