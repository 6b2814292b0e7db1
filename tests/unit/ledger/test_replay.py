"""Old requests decided again."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from narrowgate.errors import EvidenceError, LedgerError, PolicyInvalid, Refused, UsageError
from narrowgate.ledger.notes import Signer
from narrowgate.ledger.replay import replay_entry
from narrowgate.model.catalogue import Catalogue
from narrowgate.model.verification import ReplayReport
from narrowgate.policy.open import open_private
from narrowgate.policy.stored import open_stored
from narrowgate.service import Gate, Order, filter_export
from support.gates import DAY, private_gate
from support.ledgers import FIELDS, enter_release, ledger_with_nothing
from support.officers import officers, write_records
from support.paths import POLICIES, SCHEMAS
from support.policies import copy_policies, purpose

SMALL = purpose(
    "uniform_fitting", 'permit.surname.action := "keep"\n\npermit.rank.action := "keep"\n\nrelease := true\n'
)


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    return copy_policies(tmp_path / "policies", SMALL)


@pytest.fixture
def small_gate(policies: Path) -> Iterator[Gate]:
    with private_gate(policies) as made:
        yield made


@pytest.fixture
def released(small_gate: Gate, tmp_path: Path) -> Gate:
    """A gate with one release, entry 0."""
    enter(small_gate, tmp_path)
    return small_gate


def enter(gate: Gate, folder: Path, supplier: str = "cardco", purpose: str = "uniform_fitting") -> None:
    export = write_records(folder / "staff.csv", officers(5))
    order = Order(supplier=supplier, purpose=purpose, on=DAY, input=export)
    filter_export(gate, order, folder / "out.csv", None)


def replayed(gate: Gate, number: int = 0, policies: Path | None = None) -> ReplayReport:
    """The entry decided again, by the stored policies or by those in a folder."""
    ledger = gate.require_ledger()
    if policies is None:
        return replay_entry(ledger.store, number, ledger.log, ledger.verifier)
    engine = open_private(policies, SCHEMAS)(gate.catalogue)
    try:
        return replay_entry(ledger.store, number, ledger.log, ledger.verifier, engine)
    finally:
        engine.close()


def test_the_stored_policies_decide_as_they_did(released: Gate, policies: Path) -> None:
    shutil.rmtree(policies)
    report = replayed(released)
    assert report.same, report.differences
    assert report.recorded_policy == report.replayed_policy == released.engine.revision.digest
    assert report.recorded_effect == report.replayed_effect == "release"
    assert report.replayed_engine == released.engine.info


def test_a_refusal_is_decided_again_too(small_gate: Gate, tmp_path: Path) -> None:
    with pytest.raises(Refused):
        enter(small_gate, tmp_path, supplier="nobody")
    report = replayed(small_gate)
    assert report.same, report.differences
    assert report.recorded_effect == report.replayed_effect == "refuse"


def test_what_was_not_asked_is_not_asked_again(small_gate: Gate, tmp_path: Path) -> None:
    with pytest.raises(Refused):
        enter(small_gate, tmp_path, purpose="no_purpose")
    report = replayed(small_gate)
    assert report.same
    assert report.recorded_effect is report.replayed_effect is None


def test_the_history_is_that_of_then(small_gate: Gate, tmp_path: Path) -> None:
    for _ in range(3):
        enter(small_gate, tmp_path)
    assert all(replayed(small_gate, number).same for number in range(3))


def test_what_today_s_policies_say(released: Gate, tmp_path: Path) -> None:
    rules = 'permit.surname := {"action": "mask", "keep_first": 1}\n\nrelease := true\n'
    newer = copy_policies(tmp_path / "newer", purpose("uniform_fitting", rules))
    report = replayed(released, policies=newer)
    assert report.recorded_policy != report.replayed_policy
    found = {each.path: (each.recorded, each.replayed) for each in report.differences}
    assert found["columns.surname.action.action"] == ("keep", "mask")
    assert found["columns.surname.action.keep_first"] == (None, 1)
    assert found["columns.rank.action.action"] == ("keep", "drop")
    assert not report.same


def test_policies_without_the_purpose(released: Gate) -> None:
    report = replayed(released, policies=POLICIES)
    assert (report.recorded_effect, report.replayed_effect) == ("release", None)
    assert not report.same


def test_policies_that_would_no_longer_pass(catalogue: Catalogue, tmp_path: Path) -> None:
    """A field that the catalogue no longer has is no reason not to say what was decided by it."""
    rules = 'permit.hat_colour.action := "keep"\n\nrelease := true\n'
    folder = copy_policies(tmp_path / "old", purpose("uniform_fitting", rules))
    engine = open_private(folder, SCHEMAS)(catalogue)
    try:
        bundle = engine._report()[0]
        with pytest.raises(PolicyInvalid):
            _ = engine.policies
    finally:
        engine.close()
    with open_stored(bundle.content, bundle.digest) as stored:
        assert stored.policies.digest == bundle.digest
        assert "uniform_fitting" in stored.policies.purposes


def test_stored_policies_stay_in_their_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "one" / "two"
    scratch.mkdir(parents=True)
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    outside = [["../../../escaped.rego", "package narrowgate.escaped"], [f"{tmp_path}/escaped.rego", "package other"]]
    modules = [*outside, ["narrowgate.rego", "package narrowgate"]]
    content = json.dumps({"modules": modules, "purposes": {}, "suppliers": {}}).encode()
    with pytest.raises(PolicyInvalid), open_stored(content, hashlib.sha256(content).hexdigest()) as stored:
        _ = stored.policies
    assert not list(tmp_path.rglob("escaped.rego"))


def test_changed_policies_are_not_run(released: Gate, catalogue: Catalogue) -> None:
    content = released.engine.policies.content
    with (
        pytest.raises(PolicyInvalid, match="have been changed"),
        open_stored(content + b" ", released.engine.revision.digest),
    ):
        raise AssertionError("it was opened")


def test_what_nobody_signed_is_not_run(released: Gate) -> None:
    ledger = released.require_ledger()
    stranger = Signer.generate(ledger.origin).verifier
    with pytest.raises(EvidenceError):
        replay_entry(ledger.store, 0, ledger.log, stranger)
    ledger.log.path.unlink()
    with pytest.raises(EvidenceError, match="there are no checkpoints"):
        replay_entry(ledger.store, 0, ledger.log, ledger.verifier)


def test_entries_in_which_nothing_was_decided(tmp_path: Path) -> None:
    ledger = ledger_with_nothing(tmp_path)
    try:
        enter_release(ledger, {FIELDS: range(3)})
        ledger.erase("0000001")
        with pytest.raises(UsageError, match="is an erasure"):
            replay_entry(ledger.store, 1, ledger.log, ledger.verifier)
        with pytest.raises(LedgerError, match="there is no entry 2"):
            replay_entry(ledger.store, 2, ledger.log, ledger.verifier)
    finally:
        ledger.store.close()
