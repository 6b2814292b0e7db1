"""``narrowgate policy bundle``, and what else obeys the key."""

from __future__ import annotations

import json
import os
from pathlib import Path

import jsonschema
import pytest

from narrowgate.policy.archive import pack, read_files
from narrowgate.policy.binary import find_opa
from narrowgate.service import Gate
from support.cli import files_in, narrowgate
from support.officers import officers, write_records
from support.opa import shared_opa
from support.paths import POLICIES, SCHEMAS
from support.policies import copy_policies, purpose
from support.signing import KEY_ID, key_files, private_pem, signed_files, trusting

CARDS = ("--supplier", "cardco", "--purpose", "id_card_print", "--on", "2026-06-01")


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Path, Path]:
    """The force's private and public key."""
    return key_files(tmp_path)


@pytest.fixture
def signed(tmp_path: Path) -> Path:
    """The shipped policies, signed."""
    bundle = tmp_path / "signed.tar.gz"
    bundle.write_bytes(pack(signed_files()))
    return bundle


@pytest.fixture
def altered(tmp_path: Path) -> Path:
    """The same, and one line more."""
    name, files = "purposes/id_card_print/id_card_print.rego", signed_files()
    bundle = tmp_path / "altered.tar.gz"
    bundle.write_bytes(pack(files | {name: files[name] + b'permit.home_address.action := "keep"\n'}))
    return bundle


# making one


def test_what_decides_goes_in_and_nothing_else(gate: Gate, tmp_path: Path) -> None:
    policies, output = copy_policies(tmp_path / "policies", {"purposes/training/.notes.rego.swp": "x"}), tmp_path / "b"
    done = narrowgate("policy", "bundle", policies, "-o", output).require(0)
    digest = gate.engine.policies.digest
    assert f"revision  {digest}\n" in done.out
    assert "signed    no\n" in done.out
    held = read_files(output)
    ours = {name for name in files_in(POLICIES) if name.endswith((".rego", "/data.yaml", ".manifest"))}
    assert set(held) == {name for name in ours if not name.endswith("_test.rego")}
    manifest = json.loads(held.pop(".manifest"))
    assert manifest == json.loads((POLICIES / ".manifest").read_text()) | {"revision": digest}
    assert held == {name: (POLICIES / name).read_bytes() for name in held}


def test_the_same_policies_make_the_same_bytes(tmp_path: Path, keys: tuple[Path, Path]) -> None:
    """In another folder, with files made in another order, at another time, for other eyes."""
    other = tmp_path / "some" / "where else"
    old_mask = os.umask(0o077)
    try:
        for name in sorted(files_in(POLICIES), reverse=True):
            (other / name).parent.mkdir(parents=True, exist_ok=True)
            (other / name).write_bytes((POLICIES / name).read_bytes())
            os.utime(other / name, (1, 1))
        (other / "empty").mkdir()
        (other / "README.md").write_text("what is not decided by")
        sign = ("--signing-key", keys[0], "--key-id", KEY_ID)
        narrowgate("policy", "bundle", "-o", "one.tar.gz", *sign, cwd=tmp_path).require(0)
        narrowgate("policy", "bundle", other, "-o", tmp_path / "two", *sign, cwd=other).require(0)
    finally:
        os.umask(old_mask)
    assert (tmp_path / "one.tar.gz").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_change_makes_another_revision(tmp_path: Path) -> None:
    name = "purposes/training/training.rego"
    changed = copy_policies(tmp_path / "policies", {name: (POLICIES / name).read_text() + "# one line more\n"})
    reports = [
        json.loads(narrowgate("policy", "bundle", folder, "-o", tmp_path / "b", "--json").require(0).out)
        for folder in (POLICIES, changed)
    ]
    assert reports[0]["revision"] != reports[1]["revision"]


def test_for_machines(tmp_path: Path, keys: tuple[Path, Path]) -> None:
    arguments = ("-o", tmp_path / "b", "--signing-key", keys[0], "--key-id", KEY_ID, "--json")
    report = json.loads(narrowgate("policy", "bundle", *arguments).require(0).out)
    jsonschema.validate(report, json.loads((SCHEMAS / "bundle.schema.json").read_text()))
    assert report["signature"] == {"key_id": KEY_ID, "algorithm": "RS256"}
    assert report["bytes"] == (tmp_path / "b").stat().st_size
    assert report["files"] == len(read_files(tmp_path / "b")) - 1


def test_policies_that_do_not_pass_vetting_are_not_bundled(tmp_path: Path) -> None:
    policies = copy_policies(tmp_path / "policies", purpose("made_up", 'permit.forename.action := "shuffle"\n'))
    (tmp_path / "out").mkdir()
    done = narrowgate("policy", "bundle", policies, "-o", tmp_path / "out" / "b").require(3)
    assert "purposes/made_up/made_up.rego:" in done.err
    assert files_in(tmp_path / "out") == set()


def test_a_bundle_that_is_there_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    policies = copy_policies(tmp_path / "policies", {"narrowgate.rego": "package narrowgate\n\nx := \n"})
    bundle = tmp_path / "b"
    bundle.write_text("the old one")
    narrowgate("policy", "bundle", policies, "-o", bundle).require(3)
    assert bundle.read_text() == "the old one"
    narrowgate("policy", "bundle", "-o", bundle).require(0)
    assert "narrowgate.rego" in read_files(bundle)
    narrowgate("policy", "bundle", "-o", tmp_path / "nowhere" / "b").require(2)


def test_a_manifest_that_opa_reads_half_of(tmp_path: Path) -> None:
    manifest = (POLICIES / ".manifest").read_text()
    policies = copy_policies(tmp_path / "policies", {".manifest": manifest + "{}"})
    done = narrowgate("policy", "bundle", policies, "-o", tmp_path / "b").require(2)
    assert ".manifest is not a JSON object" in done.err


# signing


def test_the_key_may_come_from_the_environment(tmp_path: Path, keys: tuple[Path, Path]) -> None:
    by_option = narrowgate("policy", "bundle", "-o", tmp_path / "b", "--signing-key", keys[0], "--key-id", KEY_ID)
    assert f"signed    by the key {KEY_ID}, RS256\n" in by_option.require(0).out
    for environment in ({"NARROWGATE_BUNDLE_KEY": private_pem()}, {"NARROWGATE_BUNDLE_KEY_FILE": str(keys[0])}):
        narrowgate("policy", "bundle", "-o", tmp_path / "c", "--key-id", KEY_ID, environment=environment).require(0)
        assert (tmp_path / "c").read_bytes() == (tmp_path / "b").read_bytes()
    (tmp_path / "narrowgate.toml").write_text("bundle_key = 'x'")
    assert "NARROWGATE_BUNDLE_KEY" in narrowgate("policy", "bundle", "-o", "d", cwd=tmp_path).require(2).err


def test_the_key_is_on_no_command_line_and_in_no_file(tmp_path: Path) -> None:
    """An OPA of ours notes what it is called with, and what lies where it could leave something."""
    log, opa, folder = tmp_path / "log", tmp_path / "opa", tmp_path / "scratch"
    folder.mkdir()
    opa.write_text(
        f'#!/bin/sh\n{{ echo "$0 $*"; env; find "{folder}" -type f -exec cat {{}} +; }} >> "{log}"\n'
        f'exec "{find_opa()}" "$@"\n'
    )
    opa.chmod(0o755)
    environment = {"NARROWGATE_OPA": str(opa), "TMPDIR": str(folder), "NARROWGATE_BUNDLE_KEY_FILE": "key"}
    (tmp_path / "key").write_text(private_pem())
    narrowgate("policy", "bundle", "-o", "b", "--key-id", KEY_ID, cwd=tmp_path, environment=environment).require(0)
    noted = log.read_bytes()
    assert b" sign --bundle " in noted
    assert b"PRIVATE KEY" not in noted
    assert not [line for line in private_pem().splitlines() if line.encode() in noted]
    assert files_in(folder) == set()


@pytest.mark.parametrize("algorithm", ["PS256", "ES256"])
def test_other_algorithms(tmp_path: Path, algorithm: str) -> None:
    private, public = key_files(tmp_path, kind="EC" if algorithm == "ES256" else "RSA")
    sign = ("--signing-key", private, "--key-id", KEY_ID, "--algorithm", algorithm)
    for name in ("one", "two"):
        narrowgate("policy", "bundle", "-o", tmp_path / name, *sign).require(0)
    one, two = read_files(tmp_path / "one"), read_files(tmp_path / "two")
    assert {name for name in one if one[name] != two[name]} == {".signatures.json"}
    trusted = trusting(public)
    narrowgate("--policies", tmp_path / "one", "explain", *CARDS, environment=trusted).require(3)
    trusted["NARROWGATE_VERIFICATION_ALGORITHM"] = algorithm
    narrowgate("--policies", tmp_path / "one", "explain", *CARDS, environment=trusted).require(0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--signing-key", "force.private.pem"), "go together"),
        (("--key-id", "x"), "go together"),
        (("--signing-key", "force.private.pem", "--key-id", ""), "go together"),
        (("--signing-key", "nowhere", "--key-id", "x"), "nowhere cannot be read"),
        (("--signing-key", "force.public.pem", "--key-id", "x"), "not a private key"),
        (("--signing-key", "force.private.pem", "--key-id", "x", "--algorithm", "HS256"), "--algorithm HS256"),
        (("--signing-key", "force.private.pem", "--key-id", "x", "--algorithm", "none"), "--algorithm none"),
        (("--signing-key", "force.private.pem", "--key-id", "x", "--algorithm", "ES256"), "does not sign"),
        (("--signing-key", "force.private.pem", "--key-id", "x", "-o", "force.private.pem"), "is the signing key"),
        (("force.public.pem",), "is no folder"),
    ],
)
def test_wrong_use(tmp_path: Path, keys: tuple[Path, Path], arguments: tuple[str, ...], message: str) -> None:
    before = files_in(tmp_path)
    done = narrowgate("policy", "bundle", "-o", "b", *arguments, cwd=tmp_path).require(2)
    assert message in done.err
    assert files_in(tmp_path) == before
    assert keys[0].read_text() == private_pem()


def test_what_is_to_be_signed_need_not_be_signed(tmp_path: Path, keys: tuple[Path, Path]) -> None:
    sign = ("--signing-key", keys[0], "--key-id", KEY_ID)
    narrowgate("policy", "bundle", "-o", tmp_path / "b", *sign, environment=trusting(keys[1])).require(0)
    narrowgate("--policies", tmp_path / "b", "explain", *CARDS, environment=trusting(keys[1])).require(0)


# what obeys the key


def test_a_release_by_signed_policies_and_none_by_others(
    tmp_path: Path, keys: tuple[Path, Path], signed: Path, altered: Path
) -> None:
    export = write_records(tmp_path / "staff.csv", officers(3))
    trusted = trusting(keys[1])
    for policies in (POLICIES, altered):
        run = ("--policies", policies, "filter", export, "-o", tmp_path / "out.csv", *CARDS)
        assert "sign" in narrowgate(*run, environment=trusted).require(3).err
        assert not (tmp_path / "out.csv").exists()
    narrowgate("filter", export, "-o", tmp_path / "out.csv", *CARDS, environment=trusted).require(3)
    narrowgate("--policies", signed, "filter", export, "-o", tmp_path / "out.csv", *CARDS, environment=trusted).require(
        0
    )
    assert (tmp_path / "out.csv").exists()


@pytest.mark.parametrize(
    "command",
    [
        ("explain", *CARDS),
        ("check", "staff.csv", *CARDS),
        ("serve", "--port", "0"),
        ("ropa",),
        ("policy", "lint"),
        ("policy", "test"),
    ],
    ids=" ".join,
)
def test_every_command_obeys(tmp_path: Path, keys: tuple[Path, Path], altered: Path, command: tuple[str, ...]) -> None:
    write_records(tmp_path / "staff.csv", officers(1))
    narrowgate("ledger", "init", cwd=tmp_path).require(0)
    unpacked = tmp_path / "policies"
    for name, content in read_files(altered).items():
        (unpacked / name).parent.mkdir(parents=True, exist_ok=True)
        (unpacked / name).write_bytes(content)
    done = narrowgate("--policies", unpacked, *command, cwd=tmp_path, environment=trusting(keys[1])).require(3)
    assert "digest mismatch" in done.out + done.err


def test_settings_in_the_file(tmp_path: Path, keys: tuple[Path, Path], signed: Path, altered: Path) -> None:
    settings = f'verification_key = "{keys[1].name}"\nverification_key_id = "{KEY_ID}"\n'
    (tmp_path / "narrowgate.toml").write_text(settings)
    (tmp_path / "below").mkdir()
    for policies, code in ((signed, 0), (altered, 3), (POLICIES, 3)):
        narrowgate("--policies", policies, "explain", *CARDS, cwd=tmp_path / "below").require(code)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"NARROWGATE_VERIFICATION_KEY_ID": ""}, "together"),
        ({"NARROWGATE_VERIFICATION_KEY": ""}, "together"),
        ({"NARROWGATE_VERIFICATION_KEY": "nowhere.pem"}, "cannot be read"),
        ({"NARROWGATE_VERIFICATION_ALGORITHM": "HS256"}, "verification_algorithm"),
        ({"NARROWGATE_VERIFICATION_ALGORITHM": "none"}, "verification_algorithm"),
    ],
)
def test_half_a_configuration_is_none(
    keys: tuple[Path, Path], signed: Path, changes: dict[str, str], message: str
) -> None:
    environment = trusting(keys[1]) | changes
    done = narrowgate("--policies", signed, "explain", *CARDS, environment=environment).require(2)
    assert message in done.err


def test_a_shared_opa_has_the_bundle_that_was_checked_here(
    tmp_path: Path, keys: tuple[Path, Path], signed: Path, altered: Path
) -> None:
    trusted, unsigned = trusting(keys[1]), copy_policies(tmp_path / "policies")
    with shared_opa(unsigned) as url:
        run = ("--engine", url, "explain", *CARDS)
        assert "are not signed" in narrowgate(*run, environment=trusted).require(3).err
        assert "digest mismatch" in narrowgate("--policies", altered, *run, environment=trusted).require(3).err
        narrowgate("--policies", signed, *run, environment=trusted).require(0)
    name = "purposes/training/training.rego"
    (unsigned / name).write_text((unsigned / name).read_text() + 'permit.home_address.action := "keep"\n')
    with shared_opa(unsigned) as url:
        run = ("--engine", url, "explain", *CARDS)
        done = narrowgate("--policies", signed, *run, environment=trusted).require(3)
        assert "has other policies than the signed ones" in done.err
        assert "pull that bundle" in done.err
