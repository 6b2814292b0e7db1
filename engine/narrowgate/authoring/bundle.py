"""Making a bundle: what decides, and nothing else, as one file that anybody makes alike."""

from __future__ import annotations

import hashlib
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from narrowgate.errors import PolicyInvalid, SourceError, UsageError
from narrowgate.model.algorithm import Algorithm
from narrowgate.model.bundle import BundleReport, BundleSignature
from narrowgate.policy.archive import Files, pack, read_files
from narrowgate.policy.binary import find_opa
from narrowgate.policy.open import open_private
from narrowgate.policy.signature import SIGNATURES, TrustedKey, sign
from narrowgate.service import Gate
from narrowgate.tables.files import OutputFile

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

MANIFEST = ".manifest"
_DATA = frozenset({"data.yaml", "data.yml", "data.json"})


@dataclass(frozen=True)
class SigningKey:
    """What a bundle is signed with."""

    private: PrivateKeyTypes
    id: str
    algorithm: Algorithm

    @property
    def public(self) -> TrustedKey:
        """By which the signature is checked."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        pem = self.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return TrustedKey(pem.decode(), self.id, self.algorithm)

    def sign(self, files: Files) -> bytes:
        """The signature on ``files``."""
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

        pem = self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return sign(find_opa(), files, pem.decode(), self.id, self.algorithm)


def read_signing_key(pem: str, key_id: str, algorithm: Algorithm) -> SigningKey:
    """The private key that ``pem`` holds.

    Raises:
        UsageError: it holds none, or one with a passphrase.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        return SigningKey(load_pem_private_key(pem.encode(), None), key_id, algorithm)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise UsageError(
            "the signing key is not a private key without a passphrase, as PEM",
            "make one with: openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -out private.pem",
        ) from None


def make_bundle(gate: Gate, folder: Path, output: Path, key: SigningKey | None = None) -> BundleReport:
    """Make a bundle of the policies in ``folder``, by which ``gate`` decides.

    Its bytes follow from what decides and the key alone, if the algorithm gives one signature for one content.

    Raises:
        PolicyInvalid: they do not pass vetting, or change while they are read.
        UsageError: OPA does not sign with ``key``.
        FileError: ``output`` cannot be written.
    """
    digest = gate.engine.policies.digest
    files = {name: content for name, content in read_files(folder).items() if _decides(name)}
    files[MANIFEST] = _manifest(files.get(MANIFEST, b"{}"), digest, folder)
    signature = {SIGNATURES: key.sign(files)} if key else {}
    content = pack(files | signature)
    _require_digest(gate, content, digest, key)
    with OutputFile(output) as file:
        with file.stream() as stream:
            stream.write(content)
        file.seal()
        file.publish()
    return BundleReport(
        file=str(output),
        revision=digest,
        sha256=hashlib.sha256(content).hexdigest(),
        bytes=len(content),
        files=len(files),
        signature=BundleSignature(key_id=key.id, algorithm=key.algorithm) if key else None,
    )


def _decides(name: str) -> bool:
    """Whether a file is one that OPA decides by."""
    *folders, file = name.split("/")
    if any(part.endswith("_test.rego") for part in (*folders, file)):
        return False
    return file.endswith(".rego") or file in _DATA or name == MANIFEST


def _manifest(content: bytes, revision: str, folder: Path) -> bytes:
    """The manifest with the revision that the policies have."""
    try:
        manifest = {**json.loads(content), "revision": revision}
    except (ValueError, TypeError):
        raise SourceError(f"{folder / MANIFEST} is not a JSON object", "mend it") from None
    return (json.dumps(manifest, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _require_digest(gate: Gate, content: bytes, digest: str, key: SigningKey | None) -> None:
    """Load the finished bundle as whoever gets it will, signature and all, and compare what decides."""
    with tempfile.TemporaryDirectory(prefix="narrowgate-bundle-") as scratch:
        made = Path(scratch, "bundle.tar.gz")
        made.write_bytes(content)
        engine = open_private(made, gate.schemas, key=key.public if key else None)(gate.catalogue)
        try:
            loaded = engine.policies.digest
        finally:
            engine.close()
    if loaded != digest:
        raise PolicyInvalid("the policies changed while they were read", "try again")
