"""Signed bundles, and what somebody tries who has everything but the key."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from narrowgate.errors import NarrowgateError, PolicyInvalid, SourceError, UsageError
from narrowgate.model.algorithm import Algorithm
from narrowgate.model.catalogue import Catalogue
from narrowgate.policy import archive
from narrowgate.policy.archive import Files, pack
from narrowgate.policy.binary import find_opa
from narrowgate.policy.open import open_private
from narrowgate.policy.signature import SIGNATURES, TrustedKey, read_trusted_key, sign
from narrowgate.service import Gate
from support.paths import POLICIES, SCHEMAS
from support.signing import (
    KEY_ID,
    encoded,
    forged,
    key_files,
    private_pem,
    shipped_files,
    signatures,
    signed_files,
    signing_key,
    token_parts,
)


@pytest.fixture(scope="module")
def key() -> TrustedKey:
    return signing_key().public


def digest_of(policies: Path, catalogue: Catalogue, key: TrustedKey) -> str:
    """What decides, where ``policies`` are accepted."""
    engine = open_private(policies, SCHEMAS, key=key)(catalogue)
    try:
        return engine.policies.digest
    finally:
        engine.close()


def test_a_signed_bundle_decides(gate: Gate, key: TrustedKey, tmp_path: Path) -> None:
    bundle = tmp_path / "policies.tar.gz"
    bundle.write_bytes(pack(signed_files()))
    assert digest_of(bundle, gate.catalogue, key) == gate.engine.policies.digest


def test_a_signed_bundle_decides_unpacked(gate: Gate, key: TrustedKey, tmp_path: Path) -> None:
    for name, content in signed_files().items():
        path = tmp_path / "policies" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    assert digest_of(tmp_path / "policies", gate.catalogue, key) == gate.engine.policies.digest
    (tmp_path / "policies" / "cases.yaml").write_text("")
    with pytest.raises(PolicyInvalid, match=r"cases\.yaml not included in bundle signature"):
        digest_of(tmp_path / "policies", gate.catalogue, key)


def test_a_signed_bundle_made_by_opa_with_its_tests_decides(gate: Gate, key: TrustedKey, tmp_path: Path) -> None:
    files = {name: content for name, content in archive.read_files(POLICIES).items() if name != "capabilities.json"}
    bundle = tmp_path / "policies.tar.gz"
    bundle.write_bytes(pack(files | {SIGNATURES: signing_key().sign(files)}))
    assert digest_of(bundle, gate.catalogue, key) == gate.engine.policies.digest


@pytest.mark.parametrize("algorithm", list(Algorithm)[:7], ids=str)
def test_each_algorithm(gate: Gate, tmp_path: Path, algorithm: Algorithm) -> None:
    signer, files = signing_key(algorithm=algorithm), shipped_files()
    bundle = tmp_path / "policies.tar.gz"
    bundle.write_bytes(pack(files | {SIGNATURES: signer.sign(files)}))
    assert digest_of(bundle, gate.catalogue, signer.public) == gate.engine.policies.digest


def test_comments_in_data_are_not_signed(gate: Gate, key: TrustedKey, tmp_path: Path) -> None:
    """OPA signs what data says. How it is laid out decides nothing."""
    files = signed_files()
    files["suppliers/data.yaml"] = b"# a remark\n" + files["suppliers/data.yaml"]
    bundle = tmp_path / "policies.tar.gz"
    bundle.write_bytes(pack(files))
    assert digest_of(bundle, gate.catalogue, key) == gate.engine.policies.digest


# What a bundle may not be. Each is given what the force signed, and says what somebody makes of it.

Attack = Callable[[dict[str, bytes]], Files]
WIDER = b'package narrowgate.purposes.id_card_print\n\npermit.home_address.action := "keep"\n'
CARD = "purposes/id_card_print/id_card_print.rego"


def _with(name: str, content: bytes) -> Attack:
    return lambda files: files | {name: content}


def _appended(name: str, content: bytes) -> Attack:
    return lambda files: files | {name: files[name] + content}


def _without(name: str) -> Attack:
    return lambda files: {each: content for each, content in files.items() if each != name}


def _replaced(name: str, old: bytes, new: bytes) -> Attack:
    def change(files: dict[str, bytes]) -> Files:
        assert old in files[name]
        return files | {name: files[name].replace(old, new)}

    return change


def _claims(**more: object) -> Attack:
    """What the force itself would sign, with other claims."""

    def change(files: dict[str, bytes]) -> Files:
        return files | {SIGNATURES: _signed_by_opa(shipped_files(), {"keyid": KEY_ID} | more)}

    return change


def _signed_by_opa(files: Files, claims: dict[str, object]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "b.tar.gz").write_bytes(pack(files))
        Path(folder, "claims.json").write_text(json.dumps(claims))
        subprocess.run(
            [find_opa(), "sign", "--bundle", "b.tar.gz", "--signing-key", "/dev/stdin", "--claims-file", "claims.json"],
            cwd=folder,
            input=private_pem(),
            text=True,
            check=True,
        )
        return Path(folder, SIGNATURES).read_bytes()


def _forged(header: dict[str, object], secret: bytes | None) -> Attack:
    """Something else, signed without the key."""

    def change(files: dict[str, bytes]) -> Files:
        mine = shipped_files() | {CARD: WIDER}
        return mine | {SIGNATURES: forged(signing_key("mallory").sign(mine), header, secret)}

    return change


def _signature(change: Callable[[list[str]], bytes]) -> Attack:
    return lambda files: files | {SIGNATURES: change(token_parts(files[SIGNATURES]))}


ATTACKS: dict[str, tuple[Attack, str]] = {
    "unsigned": (_without(SIGNATURES), "are not signed"),
    "signed by somebody else": (lambda _: signed_files("mallory"), "failed to verify JWT"),
    "another's signature": (_with(SIGNATURES, signed_files("mallory")[SIGNATURES]), "failed to verify JWT"),
    "another key id": (_claims(keyid="staging"), "signed by the key 'staging'"),
    "no key id": (_claims(keyid=""), "without naming a key"),
    "another scope": (_claims(scope="write"), "scope mismatch"),
    "a rule added": (_appended(CARD, b'permit.home_address.action := "keep"\n'), "digest mismatch"),
    "a rule's comment changed": (_appended(CARD, b"# harmless\n"), "digest mismatch"),
    "a guardrail emptied": (_with("guardrails/vetting_level.rego", b"package x\n"), "digest mismatch"),
    "a guardrail removed": (_without("guardrails/vetting_level.rego"), "not found in the target bundle"),
    "an agreement extended": (
        _replaced("purposes/id_card_print/data.yaml", b"until: 20", b"until: 21"),
        "digest mismatch",
    ),
    "data removed": (_without("suppliers/data.yaml"), "not found in the target bundle"),
    "roots changed": (_replaced(".manifest", b'"suppliers"', b'"suppliers", "more"'), "digest mismatch"),
    "revision changed": (_replaced(".manifest", b"0.1.0", b"9.9.9"), "digest mismatch"),
    "manifest removed": (_without(".manifest"), "not found in the target bundle"),
    "a rule file added": (_with("purposes/id_card_print/more.rego", WIDER), "not included in bundle signature"),
    "a test added": (_with("narrowgate_test.rego", b"package a_test\n"), "not included in bundle signature"),
    "a rule called a test": (_with("more_test.rego", WIDER), "not included in bundle signature"),
    "data added": (_with("suppliers/more/data.json", b"{}"), "not included in bundle signature"),
    "something else added": (_with("README", b""), "not included in bundle signature"),
    "a hidden file added": (_with(".git/data.json", b"{}"), "not included in bundle signature"),
    "a patch": (_with("patch.json", b'{"data": [{"op": "remove", "path": "/suppliers"}]}'), "delta bundles"),
    "less is signed than is there": (
        lambda files: files | {SIGNATURES: _signed_by_opa(_without(CARD)(shipped_files()), {"keyid": KEY_ID})},
        f"{CARD} not included in bundle signature",
    ),
    "nothing is signed": (
        lambda files: files | {SIGNATURES: _signed_by_opa({".manifest": b"{}"}, {"keyid": KEY_ID})},
        "bundle signature|digest mismatch",
    ),
    "HS256 with the public key": (
        lambda files: _forged({"alg": "HS256", "typ": "JWT"}, signing_key().public.pem.encode())(files),
        "failed to verify JWT",
    ),
    "HS256 with nothing": (_forged({"alg": "HS256"}, b""), "failed to verify JWT"),
    "no algorithm": (_forged({"alg": "none"}, None), "failed to verify JWT|JWT"),
    "RS256 without a signature": (_forged({"alg": "RS256"}, None), "JWT"),
    "another algorithm of the same key": (
        lambda files: files | {SIGNATURES: signing_key(algorithm=Algorithm.RS512).sign(shipped_files())},
        "failed to verify JWT",
    ),
    "a key id in the header alone": (
        _signature(lambda parts: signatures(f"{encoded({'alg': 'RS256', 'kid': 'mine'})}.{parts[1]}.{parts[2]}")),
        "signed by the key '",
    ),
    "a key of its own in the header": (
        _signature(lambda parts: signatures(f"{encoded({'alg': 'RS256', 'jwk': {}})}.{parts[1]}.{parts[2]}")),
        "failed to verify JWT",
    ),
    "two signatures": (_signature(lambda parts: signatures(".".join(parts), ".".join(parts))), "not one signature"),
    "no signature in the list": (_signature(lambda _: signatures()), "not one signature"),
    "a signature of one part": (_signature(lambda parts: signatures(parts[1])), "not one signature"),
    "a signature that is no text": (_with(SIGNATURES, b'{"signatures": [7]}'), "not one signature"),
    "signatures that are no JSON": (_with(SIGNATURES, b"-"), "not one signature"),
    "signatures nested without end": (_with(SIGNATURES, b"[" * 100_000), "not one signature"),
    "another verifier": (_signature(lambda parts: signatures(".".join(parts), plugin="mine")), "no verifier"),
    "a second signature elsewhere": (_with(f"purposes/{SIGNATURES}", b"{}"), "more than one"),
    "a second signature by another name": (_with(f"more{SIGNATURES}", b"{}"), "more than one"),
    "a signature elsewhere": (
        lambda files: _without(SIGNATURES)(files | {f"purposes/{SIGNATURES}": files[SIGNATURES]}),
        "are not signed",
    ),
    "a name that quotes nothing": (_with("evil\x1b[2J.rego", WIDER), r"evil\?\[2J"),
}


@pytest.mark.parametrize("name", ATTACKS)
@pytest.mark.parametrize("form", ["file", "folder"])
def test_an_altered_bundle_is_not_accepted(
    catalogue: Catalogue, key: TrustedKey, tmp_path: Path, name: str, form: str
) -> None:
    attack, message = ATTACKS[name]
    files = attack(signed_files())
    policies = tmp_path / "policies"
    if form == "file":
        policies.write_bytes(pack(files))
    else:
        for each, content in files.items():
            (policies / each).parent.mkdir(parents=True, exist_ok=True)
            (policies / each).write_bytes(content)
    with pytest.raises(PolicyInvalid, match=message) as caught:
        digest_of(policies, catalogue, key)
    assert str(policies) in caught.value.message
    assert caught.value.remedy
    assert caught.value.message.isprintable()


def tar(*members: tuple[str, bytes]) -> bytes:
    """An archive that holds ``members`` as they are, twice where they are there twice."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as file:
        for name, held in members:
            entry = tarfile.TarInfo(name)
            entry.size = len(held)
            file.addfile(entry, io.BytesIO(held))
    return content.getvalue()


def _linked() -> bytes:
    """The signed bundle, with a link in the place of a file."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as file:
        for name, held in signed_files().items():
            entry = tarfile.TarInfo(name)
            if name == CARD:
                entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
            else:
                entry.size = len(held)
            file.addfile(entry, io.BytesIO(held))
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (lambda: tar(*signed_files().items(), (CARD, WIDER)), "twice"),
        (lambda: tar((CARD, WIDER), *signed_files().items()), "twice"),
        (lambda: tar(*signed_files().items(), (f"./{CARD}", WIDER)), "twice"),
        (lambda: tar(*signed_files().items(), (f"/{CARD}", WIDER)), "twice"),
        (lambda: tar(*signed_files().items(), (f"x/../{CARD}", WIDER)), "where it cannot be"),
        (lambda: tar(*signed_files().items(), ("../outside.rego", WIDER)), "where it cannot be"),
        (_linked, "not found in the target bundle"),
        (lambda: pack(signed_files())[:20_000], "is no bundle"),
        (lambda: b"not an archive", "is no bundle"),
        (lambda: gzip.compress(b"not an archive" * 100), "is no bundle"),
        (lambda: b"", "is no bundle|not signed"),
    ],
)
def test_an_odd_archive_is_not_accepted(
    catalogue: Catalogue, key: TrustedKey, tmp_path: Path, content: Callable[[], bytes], message: str
) -> None:
    (tmp_path / "policies.tar.gz").write_bytes(content())
    with pytest.raises(PolicyInvalid, match=message):
        digest_of(tmp_path / "policies.tar.gz", catalogue, key)


def test_what_follows_the_archive_decides_nothing(gate: Gate, key: TrustedKey, tmp_path: Path) -> None:
    (tmp_path / "policies.tar.gz").write_bytes(pack(signed_files()) + tar((CARD, WIDER)))
    assert digest_of(tmp_path / "policies.tar.gz", gate.catalogue, key) == gate.engine.policies.digest


def test_what_unpacks_to_very_much_is_not_read(
    catalogue: Catalogue, key: TrustedKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "LIMIT", 100_000)
    for content in (gzip.compress(bytes(100_001)), tar(("a", bytes(60_000)), ("b", bytes(60_000)))):
        (tmp_path / "policies.tar.gz").write_bytes(content)
        with pytest.raises(PolicyInvalid, match="more than 0 MiB"):
            digest_of(tmp_path / "policies.tar.gz", catalogue, key)


def test_what_was_checked_is_what_decides(gate: Gate, key: TrustedKey, tmp_path: Path) -> None:
    """The file is changed after it was read, and before OPA or its strict check has seen it."""
    bundle = tmp_path / "policies.tar.gz"
    bundle.write_bytes(pack(signed_files()))
    opening = open_private(bundle, SCHEMAS, key=key)
    bundle.write_bytes(pack(signed_files() | {CARD: WIDER}))
    engine = opening(gate.catalogue)
    assert engine.policies.digest == gate.engine.policies.digest
    engine.close()


def test_the_strict_check_is_of_what_decides(catalogue: Catalogue, key: TrustedKey, tmp_path: Path) -> None:
    """What is signed is vetted all the same, and by the same copy."""
    files = shipped_files()
    files[CARD] += b'\nrelease if {\n\tunused := 1\n\tinput.record.posting == "covert"\n}\n'
    bundle = tmp_path / "policies.tar.gz"
    bundle.write_bytes(pack(files | {SIGNATURES: signing_key().sign(files)}))
    opening = open_private(bundle, SCHEMAS, key=key)
    bundle.write_bytes(pack(signed_files()))
    engine = opening(catalogue)
    with pytest.raises(PolicyInvalid, match=f"{CARD}.*unused"):
        engine.policies  # noqa: B018
    engine.close()


def test_a_signed_bundle_that_does_not_parse_is_told_by_file_and_line(
    catalogue: Catalogue, key: TrustedKey, tmp_path: Path
) -> None:
    files = shipped_files() | {CARD: b"package narrowgate.purposes.id_card_print\n\npermit ==\n"}
    bundle = tmp_path / "policies.tar.gz"
    bundle.write_bytes(pack(files | {SIGNATURES: signing_key().sign(files)}))
    with pytest.raises(PolicyInvalid, match=f"^{CARD}:4: rego_parse_error"):
        digest_of(bundle, catalogue, key)


@pytest.mark.parametrize("is_signed", [True, False])
def test_policies_do_not_take_the_place_of_ours(
    catalogue: Catalogue, key: TrustedKey, tmp_path: Path, is_signed: bool
) -> None:
    """What the private OPA may be asked is not for policies to say, whoever signed them."""
    manifest = b'{"roots": ["narrowgate", "purposes", "suppliers", "system/authz"]}'
    files = shipped_files() | {".manifest": manifest, "a.rego": b"package system.authz\n\nallow := true\n"}
    bundle = tmp_path / "policies.tar.gz"
    bundle.write_bytes(pack(files | ({SIGNATURES: signing_key().sign(files)} if is_signed else {})))
    engine = open_private(bundle, SCHEMAS, key=key if is_signed else None)(catalogue)
    with pytest.raises(PolicyInvalid, match="claims more roots") as caught:
        engine.policies  # noqa: B018
    assert '"suppliers"' in caught.value.remedy
    engine.close()


def test_the_environment_does_not_switch_checking_off(
    catalogue: Catalogue, key: TrustedKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPA_RUN_SKIP_VERIFY", "true")
    monkeypatch.setenv("OPA_RUN_EXCLUDE_FILES_VERIFY", "*,*/*,*/*/*")
    bundle = tmp_path / "policies.tar.gz"
    bundle.write_bytes(pack(signed_files() | {CARD: WIDER}))
    with pytest.raises(PolicyInvalid, match="digest mismatch"):
        digest_of(bundle, catalogue, key)


def test_without_a_key_a_signed_bundle_is_not_used(catalogue: Catalogue, tmp_path: Path) -> None:
    bundle = tmp_path / "policies.tar.gz"
    bundle.write_bytes(pack(signed_files()))
    engine = open_private(bundle, SCHEMAS)(catalogue)
    with pytest.raises(PolicyInvalid, match="no key is configured") as caught:
        engine.policies  # noqa: B018
    assert "NARROWGATE_VERIFICATION_KEY" in caught.value.remedy
    engine.close()


def test_there_must_be_policies(catalogue: Catalogue, key: TrustedKey, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no policies at"):
        digest_of(tmp_path / "nowhere", catalogue, key)


# keys


@pytest.mark.parametrize(
    "text",
    ["", "secret", private_pem(), signing_key().public.pem * 2, signing_key().public.pem + private_pem(), "é"],
    ids=["empty", "no key", "private", "two", "both", "not ASCII"],
)
def test_a_key_file_holds_one_public_key(tmp_path: Path, text: str) -> None:
    (tmp_path / "key.pem").write_text(text)
    with pytest.raises(SourceError, match=r"key\.pem") as caught:
        read_trusted_key(tmp_path / "key.pem", KEY_ID, Algorithm.RS256)
    assert "PRIVATE KEY" not in caught.value.message


def test_a_key_is_read(tmp_path: Path) -> None:
    _, public = key_files(tmp_path)
    assert read_trusted_key(public, KEY_ID, Algorithm.RS256) == signing_key().public
    with pytest.raises(SourceError, match="cannot be read"):
        read_trusted_key(tmp_path, KEY_ID, Algorithm.RS256)


@pytest.mark.parametrize("kind", ["RSA", "EC"])
def test_a_key_of_another_kind_signs_nothing_and_checks_nothing(
    catalogue: Catalogue, tmp_path: Path, kind: str
) -> None:
    algorithm = Algorithm.ES256 if kind == "RSA" else Algorithm.RS256
    with pytest.raises(UsageError, match="does not sign") as caught:
        sign(find_opa(), shipped_files(), private_pem("force", kind), KEY_ID, algorithm)
    assert not {line for line in private_pem("force", kind).splitlines() if line in str(caught.value)}
    right = Algorithm.RS256 if kind == "RSA" else Algorithm.ES256
    bundle = tmp_path / "policies.tar.gz"
    bundle.write_bytes(pack(shipped_files() | {SIGNATURES: signing_key(algorithm=right).sign(shipped_files())}))
    key = TrustedKey(signing_key(algorithm=right).public.pem, KEY_ID, algorithm)
    with pytest.raises(NarrowgateError, match="signature"):
        digest_of(bundle, catalogue, key)
