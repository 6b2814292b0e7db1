"""Signatures on bundles. OPA makes them and checks them; here is what it is to go by.

``.signatures.json`` holds one JWT with the name and hash of each file. OPA takes any key id that it finds there once it
has been told which key to use, so that the id is compared here.
"""

from __future__ import annotations

import base64
import json
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from narrowgate.errors import PolicyInvalid, SourceError, UsageError
from narrowgate.model.algorithm import Algorithm
from narrowgate.policy.archive import Files, pack, read_files
from narrowgate.policy.binary import environment

SIGNATURES = ".signatures.json"
_PUBLIC = re.compile(r"\s*-----BEGIN ((?:RSA )?PUBLIC KEY)-----[\sA-Za-z0-9+/=]+-----END \1-----\s*")
_PHRASES = (
    *("JWT", "bundle signature", "signature verification", "signatures file", "signatures decode", SIGNATURES),
    *("digest mismatch", "scope mismatch", "hashing algorithm", "no verifier", "PEM block", "verification key"),
)
"""Of what OPA says where a signature does not hold."""
_REMEDY = (
    "get the bundle anew from whoever signs it, or sign it: narrowgate policy bundle --signing-key FILE --key-id ID"
)


@dataclass(frozen=True)
class TrustedKey:
    """By which key policies must be signed."""

    pem: str
    """The public key."""
    id: str
    """What signatures call it."""
    algorithm: Algorithm = Algorithm.RS256
    """By which it signs, whatever a signature says of itself."""


def read_trusted_key(path: Path, key_id: str, algorithm: Algorithm) -> TrustedKey:
    """The public key in ``path``.

    Raises:
        SourceError: there is none, or more than a public key.
    """
    try:
        pem = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        raise SourceError(
            f"verification_key {path} cannot be read", "name the public key that bundles are signed for, as PEM"
        ) from None
    if not _PUBLIC.fullmatch(pem):
        raise SourceError(
            f"verification_key {path} is not one public key",
            "write it with: openssl pkey -in private.pem -pubout -out public.pem",
        )
    return TrustedKey(pem, key_id, algorithm)


class SignedCopy:
    """A copy of a signed bundle, packed anew where nobody else writes, so that all see the same files.

    Args:
        policies: a bundle: a folder or a ``.tar.gz``.
        key: by which it must be signed.

    Raises:
        PolicyInvalid: it bears no signature that is said to be by that key. Whether it is, OPA says when it loads it.
    """

    def __init__(self, policies: Path, key: TrustedKey) -> None:
        files = read_files(policies)
        _require_signed_as(files, key, policies)
        self._scratch = tempfile.TemporaryDirectory(prefix="narrowgate-signed-")
        self.bundle, public = Path(self._scratch.name, "bundle.tar.gz"), Path(self._scratch.name, "public.pem")
        self.bundle.write_bytes(pack(files))
        public.write_text(key.pem, encoding="ascii")
        self.arguments = (
            *("--verification-key", str(public), "--verification-key-id", key.id),
            *("--signing-alg", key.algorithm.value),
        )

    def close(self) -> None:
        """Remove it."""
        self._scratch.cleanup()


def _require_signed_as(files: Files, key: TrustedKey, policies: Path) -> None:
    if SIGNATURES not in files:
        raise PolicyInvalid(f"the policies in {policies} are not signed", _REMEDY)
    # Versions of OPA differ in which of several they take.
    if sum(name.endswith(SIGNATURES) for name in files) > 1:
        raise PolicyInvalid(f"{policies} holds more than one {SIGNATURES}", _REMEDY)
    named = _key_ids(files[SIGNATURES], policies)
    if named != {key.id}:
        by = f"by the key {', '.join(ascii(each) for each in sorted(named))}" if named else "without naming a key"
        raise PolicyInvalid(f"the policies in {policies} are signed {by}, and not by '{key.id}'", _REMEDY)


def _key_ids(signatures: bytes, policies: Path) -> set[str]:
    """What a signature calls its key, in its header and in its claims."""
    try:
        (token,) = json.loads(signatures)["signatures"]
        header, claims = (json.loads(base64.urlsafe_b64decode(f"{part}==")) for part in token.split(".")[:2])
        found = {str(each) for each in (header.get("kid"), claims.get("keyid")) if each}
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        raise PolicyInvalid(f"{policies}/{SIGNATURES} is not one signature as OPA writes it", _REMEDY) from None
    return found


def signature_fault(message: str, policies: Path) -> PolicyInvalid | None:
    """What OPA's ``message`` says of a signature, if it does."""
    if "verification key not provided" in message:
        text = f"the policies in {policies} are signed, and no key is configured to check that with"
        return PolicyInvalid(text, "set NARROWGATE_VERIFICATION_KEY and NARROWGATE_VERIFICATION_KEY_ID", [text])
    if not any(phrase in message for phrase in _PHRASES):
        return None
    # It may quote the name of a file that somebody put there.
    fault = "".join(each if each.isprintable() else "?" for each in message.rsplit("bundle.tar.gz: ", 1)[-1])
    text = f"the signature on {policies} does not hold: {fault}"
    return PolicyInvalid(text, _REMEDY, [text])


def sign(opa: Path, files: Files, private_pem: str, key_id: str, algorithm: Algorithm) -> bytes:
    """The ``.signatures.json`` for ``files``, by ``opa sign``. The key is given to OPA by a pipe alone.

    Raises:
        UsageError: OPA does not sign with that key.
    """
    with tempfile.TemporaryDirectory(prefix="narrowgate-sign-") as folder:
        bundle, claims = Path(folder, "bundle.tar.gz"), Path(folder, "claims.json")
        bundle.write_bytes(pack(files))
        claims.write_text(json.dumps({"keyid": key_id}), encoding="utf-8")
        done = subprocess.run(
            [
                *(str(opa), "sign", "--bundle", str(bundle), "--output-file-path", folder),
                *("--signing-key", "/dev/stdin", "--signing-alg", algorithm.value, "--claims-file", str(claims)),
            ],
            input=private_pem,
            capture_output=True,
            text=True,
            env=environment(),
            check=False,
        )
        if done.returncode:
            words = " ".join(done.stderr.split()).removeprefix("error: ")
            raise UsageError(f"OPA does not sign with that key: {words}", f"use a private key that is for {algorithm}")
        return Path(folder, SIGNATURES).read_bytes()
