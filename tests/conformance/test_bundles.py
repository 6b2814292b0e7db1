"""Bundles as a real OPA takes them that pulls them over HTTP, and what the gate makes of that OPA."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from narrowgate.authoring.bundle import make_bundle
from narrowgate.errors import PolicyInvalid
from narrowgate.model.bundle import BundleReport
from narrowgate.policy.archive import pack, read_files
from narrowgate.policy.client import Address
from narrowgate.policy.engine import OpaEngine
from narrowgate.policy.open import open_private, open_shared
from narrowgate.policy.signature import SIGNATURES
from narrowgate.service import Gate
from support.cli import narrowgate
from support.gates import DAY, private_gate
from support.paths import POLICIES, SCHEMAS
from support.policies import copy_policies
from support.pulling import Server, pulling_opa, serving
from support.signing import key_files, signing_key, trusting

CARD = "purposes/id_card_print/id_card_print.rego"
WIDER = b'permit.home_address.action := "keep"\n'
REQUEST = {"supplier": "cardco", "purpose": "id_card_print", "on": str(DAY), "columns": ["surname", "home_address"]}


@pytest.fixture(scope="module")
def made(gate: Gate, tmp_path_factory: pytest.TempPathFactory) -> BundleReport:
    """The shipped policies, bundled and signed."""
    return make_bundle(gate, POLICIES, tmp_path_factory.mktemp("made") / "policies.tar.gz", signing_key())


def _altered(bundle: Path) -> bytes:
    files = read_files(bundle)
    return pack(files | {CARD: files[CARD] + WIDER})


def test_opa_pulls_it_and_the_gate_decides_by_it(gate: Gate, made: BundleReport, tmp_path: Path) -> None:
    server, key = Server(Path(made.file).read_bytes()), signing_key().public
    with serving(server) as service, pulling_opa(service, key) as opa:
        opa.wait_for(made.revision)
        question = {"request": REQUEST, "history": {}}
        answer = opa.get("/v1/data/narrowgate/decision?provenance=true", input=question)
        assert answer["provenance"]["bundles"]["policies"]["revision"] == made.revision
        assert answer["result"]["columns"]["surname"]["action"] == {"action": "keep"}
        _, public = key_files(tmp_path)
        arguments = ("explain", "--supplier", "cardco", "--purpose", "id_card_print", "--on", DAY, "--json")
        run = ("--engine", opa.url, "--policies", made.file, *arguments)
        shared = json.loads(narrowgate(*run, environment=trusting(public)).require(0).out)
        assert shared == json.loads(narrowgate(*arguments).require(0).out)
        checked = open_private(Path(made.file), SCHEMAS, key=key)
        engine = open_shared(Address(opa.url), SCHEMAS, checked)(gate.catalogue)
        assert engine.revision.bundle == engine.revision.digest == made.revision
        engine.close()


@pytest.mark.parametrize("what", ["altered", "unsigned", "signed by somebody else"])
def test_opa_does_not_take_another(gate: Gate, made: BundleReport, what: str) -> None:
    files = read_files(Path(made.file))
    unsigned = {name: content for name, content in files.items() if name != SIGNATURES}
    content = {
        "altered": lambda: _altered(Path(made.file)),
        "unsigned": lambda: pack(unsigned),
        "signed by somebody else": lambda: pack(unsigned | {SIGNATURES: signing_key("mallory").sign(unsigned)}),
    }[what]()
    with serving(Server(content)) as service, pulling_opa(service, signing_key().public) as opa:
        fault = opa.wait_for_fault()
        assert "digest mismatch" in fault or "signature" in fault
        assert "result" not in opa.get("/v1/data/narrowgate/decision", input={"request": REQUEST, "history": {}})
        done = narrowgate("--engine", opa.url, "explain", "--supplier", "cardco", "--purpose", "id_card_print")
        done.require(3)


def test_another_revision_is_pulled_while_the_gate_is_open(gate: Gate, made: BundleReport, tmp_path: Path) -> None:
    """OPA keeps what it has until something is signed; then the gate wants that very bundle."""
    server, key = Server(Path(made.file).read_bytes()), signing_key().public
    name = "purposes/training/training.rego"
    changes = {name: (POLICIES / name).read_text() + "# another year\n"}
    with private_gate(copy_policies(tmp_path / "policies", changes)) as newer:
        new = make_bundle(newer, tmp_path / "policies", tmp_path / "new.tar.gz", signing_key())

    def engine(bundle: BundleReport, url: str) -> OpaEngine:
        return open_shared(Address(url), SCHEMAS, open_private(Path(bundle.file), SCHEMAS, key=key))(gate.catalogue)

    with serving(server) as service, pulling_opa(service, key) as opa:
        opa.wait_for(made.revision)
        server.content = _altered(Path(made.file))
        assert CARD in opa.wait_for_fault()
        old = engine(made, opa.url)
        assert old.revision.digest == made.revision
        server.content = Path(new.file).read_bytes()
        opa.wait_for(new.revision)
        with pytest.raises(PolicyInvalid, match="other policies"):
            engine(made, opa.url).policies  # noqa: B018
        assert engine(new, opa.url).revision.digest == new.revision
        old.close()
