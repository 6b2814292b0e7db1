"""Making bundles."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from narrowgate.authoring import bundle as making
from narrowgate.authoring.bundle import make_bundle, read_signing_key
from narrowgate.errors import PolicyInvalid, UsageError
from narrowgate.model.algorithm import Algorithm
from narrowgate.policy.archive import pack, read_files
from narrowgate.service import Gate
from support.paths import POLICIES
from support.policies import copy_policies


def test_packing_is_plain() -> None:
    """What is packed is what any other program unpacks, in the order of its names."""
    files = {"b/é.rego": b"x" * 200_000, "a": b"", f"{'long/' * 60}c": b"y"}
    packed = pack(files)
    assert packed == pack(dict(reversed(files.items())))
    assert gzip.decompress(packed)[:2] == b"a\0"
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        members = archive.getmembers()
    assert [member.name for member in members] == sorted(files)
    assert {(m.mode, m.uid, m.gid, m.mtime, m.uname, m.gname) for m in members} == {(0o644, 0, 0, 0, "", "")}


def test_packing_gives_the_same_bytes_on_every_machine() -> None:
    """No compressor has a say in it, so that the digest can stand here."""
    packed = pack({"narrowgate.rego": b"package narrowgate\n" * 5_000, ".manifest": b"{}"})
    assert hashlib.sha256(packed).hexdigest()[:12] == "70d49a44ae17"


def test_what_is_packed_is_read_again(tmp_path: Path) -> None:
    files = {"b/c.rego": b"x", ".manifest": b"{}"}
    (tmp_path / "bundle").write_bytes(pack(files))
    assert read_files(tmp_path / "bundle") == files


def test_links_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.rego").write_bytes(b"x")
    (tmp_path / "b.rego").symlink_to("a.rego")
    (tmp_path / "c").symlink_to(POLICIES)
    assert read_files(tmp_path) == {"a.rego": b"x"}


def test_policies_that_change_while_they_are_read_are_not_bundled(
    gate: Gate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "purposes/training/training.rego"
    other = copy_policies(tmp_path / "other", {name: (POLICIES / name).read_text() + "# changed\n"})
    monkeypatch.setattr(making, "read_files", lambda _: read_files(other))
    with pytest.raises(PolicyInvalid, match="changed while they were read"):
        make_bundle(gate, POLICIES, tmp_path / "bundle.tar.gz")
    assert not (tmp_path / "bundle.tar.gz").exists()


@pytest.mark.parametrize("pem", ["", "secret", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_what_is_no_private_key(pem: str) -> None:
    with pytest.raises(UsageError, match="not a private key") as caught:
        read_signing_key(pem, "id", Algorithm.RS256)
    assert "openssl genpkey" in caught.value.remedy


def test_a_key_with_a_passphrase_is_none() -> None:
    locked = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")
    )
    with pytest.raises(UsageError, match="without a passphrase"):
        read_signing_key(locked.decode(), "id", Algorithm.ES256)
