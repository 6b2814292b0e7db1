"""Verification: what it says, and that it says nothing of a ledger that is as it was."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.errors import LedgerError
from narrowgate.ledger.checkpoints import CheckpointLog
from narrowgate.ledger.ledger import Ledger
from narrowgate.ledger.merkle import leaf_hash, node_hash
from narrowgate.ledger.notes import Signer
from narrowgate.ledger.stores.sqlite import SqliteStore
from narrowgate.ledger.verify import signed, verify_ledger
from narrowgate.ledger.verify.findings import Findings, runs
from narrowgate.ledger.verify.leaves import Leaves, check_leaves
from narrowgate.ledger.verify.signed import Notes, Signed
from narrowgate.ledger.verify.subjects import _gaps
from narrowgate.ledger.verify.tail import Seals, check_tail
from narrowgate.ledger.verify.tree import Nodes, check_nodes, check_signed, standing
from narrowgate.ledger.verify.walk import AT_ONCE
from narrowgate.model.verification import VerificationReport
from support.attacker import Victim
from support.ledgers import FIELDS, enter_release, ledger_with_nothing, varied_ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = ledger_with_nothing(tmp_path)
    yield made
    made.store.close()


def verified(ledger: Ledger) -> VerificationReport:
    return verify_ledger(ledger.store, ledger.log, ledger.verifier, subject_check=ledger.subject_key.check)


def test_an_empty_ledger_is_sound(ledger: Ledger) -> None:
    report = verified(ledger)
    assert report.sound, report.findings
    assert (report.entries, report.subjects, report.checkpoints) == (0, 0, 0)


def test_a_ledger_with_everything_in_it_is_sound(tmp_path: Path) -> None:
    ledger = varied_ledger(tmp_path)
    receipt = ledger.receipt(1)
    report = verify_ledger(ledger.store, ledger.log, ledger.verifier, [receipt, receipt.checkpoint])
    ledger.store.close()
    assert report.sound, report.findings
    assert (report.entries, report.subjects, report.checkpoints) == (16, 410, 18)
    assert report.origin == ledger.origin


def test_a_ledger_of_more_than_one_batch_is_sound(ledger: Ledger) -> None:
    for number in range(AT_ONCE + 3):
        enter_release(ledger, {FIELDS: range(number, number + 2)})
    seen: list[int] = []
    report = verify_ledger(ledger.store, ledger.log, ledger.verifier, progress=seen.append)
    assert report.sound, report.findings
    assert seen == [AT_ONCE, 3]


def test_very_many_checkpoints_are_opened_in_a_process_of_their_own(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    for people in range(1, 5):
        enter_release(ledger, {FIELDS: range(people)})
    content = ledger.log.path.read_text()
    for changed in (content, content.replace("\n2\n", "\n3\n")):
        ledger.log.path.write_text(changed)
        usual = verified(ledger)
        with monkeypatch.context() as patched:
            patched.setattr(signed, "_MANY", 0)
            assert verified(ledger) == usual
        assert usual.sound == (changed == content)


def test_what_is_entered_meanwhile_is_not_held_against_it(ledger: Ledger) -> None:
    enter_release(ledger, {FIELDS: range(5)})

    def enter_another(_: int) -> None:
        enter_release(ledger, {FIELDS: range(9)})

    report = verify_ledger(ledger.store, ledger.log, ledger.verifier, progress=enter_another)
    assert report.sound, report.findings
    assert (report.entries, report.checkpoints) == (1, 1)
    assert verified(ledger).entries == 2


def test_what_is_entered_once_the_checkpoints_were_read_is_not_held_against_it(ledger: Ledger) -> None:
    enter_release(ledger, {FIELDS: range(5)})

    class Raced(CheckpointLog):
        entered = False

        def whole(self) -> Generator[str, None, bytes]:
            rest = yield from super().whole()
            if not self.entered:
                self.entered = True
                enter_release(ledger, {FIELDS: range(9)})
            return rest

    report = verify_ledger(ledger.store, Raced(ledger.log.path), ledger.verifier)
    assert report.sound, report.findings
    assert (report.entries, report.checkpoints) == (2, 2)


@pytest.mark.parametrize("written", [0, 1, 40, 100, -1])
def test_a_process_that_ended_before_its_checkpoint_was_written(ledger: Ledger, written: int) -> None:
    """It is signed all the same, and whatever there is of the checkpoint in the file is its beginning."""
    enter_release(ledger, {FIELDS: range(5)})
    before = ledger.log.path.read_bytes()
    enter_release(ledger, {FIELDS: range(9)})
    note = ledger.log.path.read_bytes()[len(before) :]
    ledger.log.path.write_bytes(before + note[:written])
    take_back(ledger, "DELETE FROM checkpoints WHERE size = 2")
    report = verified(ledger)
    assert report.sound, report.findings
    assert ["a process ended just then" in line for line in report.notes] == [True]
    enter_release(ledger, {FIELDS: range(11)})
    report = verified(ledger)
    assert (report.sound, report.notes) == (True, ())


def test_a_process_that_ended_before_it_took_note_of_its_checkpoint(ledger: Ledger) -> None:
    enter_release(ledger, {FIELDS: range(5)})
    take_back(ledger, "DELETE FROM checkpoints")
    report = verified(ledger)
    assert (report.sound, report.notes) == (True, ())


@pytest.mark.parametrize("change", ["UPDATE entries SET signature = zeroblob(64)", "UPDATE entries SET at = '2026'"])
def test_an_entry_without_checkpoint_that_was_changed(ledger: Ledger, change: str) -> None:
    enter_release(ledger, {FIELDS: range(5)})
    ledger.log.path.unlink()
    take_back(ledger, "DELETE FROM checkpoints")
    assert verified(ledger).sound
    take_back(ledger, change)
    assert spans(verified(ledger)) == [(0, 0)]


def test_what_is_no_beginning_of_a_checkpoint(ledger: Ledger) -> None:
    enter_release(ledger, {FIELDS: range(5)})
    with ledger.log.path.open("ab") as file:
        file.write(b"force.example\n2\n")
    assert ["cut off" in each.message for each in verified(ledger).findings] == [True]


def take_back(ledger: Ledger, change: str) -> None:
    """Change the ledger's file, its guards out of the way meanwhile."""
    assert isinstance(ledger.store, SqliteStore)
    with Victim(ledger.store.path.parent, ledger.verifier, "").edited() as connection:
        connection.execute(change)


def test_it_is_another_ledger_s_key(ledger: Ledger) -> None:
    enter_release(ledger, {FIELDS: range(5)})
    stranger = Signer.generate("narrowgate/other").verifier
    report = verify_ledger(ledger.store, ledger.log, stranger)
    assert {each.check for each in report.findings} == {"identity", "checkpoints"}
    assert report.checkpoints == 0


def test_it_is_another_ledger_s_secret(ledger: Ledger) -> None:
    report = verify_ledger(ledger.store, ledger.log, ledger.verifier, subject_check="0" * 16)
    assert [(each.check, each.message) for each in report.findings] == [
        ("identity", "the table ledger has another subject check")
    ]


def test_findings_name_nobody(tmp_path: Path) -> None:
    ledger = varied_ledger(tmp_path)
    with ledger.store.writing() as connection:
        connection.exec_driver_sql("DROP TRIGGER subjects_no_update")
        connection.exec_driver_sql("UPDATE subjects SET pseudonym = x'00' WHERE number < 100")
    report = verified(ledger)
    ledger.store.close()
    subjects = [each.message for each in report.findings if each.check == "subjects"]
    assert subjects[0] == "subject 0 is not who was entered"
    assert subjects[-1] == "50 more findings of this kind"
    assert len(subjects) == 51


def test_a_database_without_tables(ledger: Ledger, tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "other.db", timeout=1)
    try:
        report = verify_ledger(store, ledger.log, ledger.verifier)
        assert "database" in {each.check for each in report.findings}
    finally:
        store.close()


def test_a_database_that_is_none(ledger: Ledger, tmp_path: Path) -> None:
    (tmp_path / "other.db").write_text("nothing of the kind" * 100)
    store = SqliteStore(tmp_path / "other.db", timeout=1)
    with pytest.raises(LedgerError):
        verify_ledger(store, ledger.log, ledger.verifier)
    store.close()


# The tree.


def naive_root(leaves: list[bytes]) -> bytes:
    """RFC 9162, section 2.1.1, word for word."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(naive_root(leaves[:split]), naive_root(leaves[split:]))


def naive_nodes(leaves: list[bytes]) -> Nodes:
    return {
        (level, place): naive_root(leaves[place << level : (place + 1) << level])
        for level in range(1, 12)
        for place in range(len(leaves) >> level)
    }


def leaves_of(count: int) -> list[bytes]:
    return [leaf_hash(b"%d" % number) for number in range(count)]


def signed_for(leaves: list[bytes], sizes: set[int]) -> list[Signed]:
    return [Signed(size, naive_root(leaves[:size]), f"of {size}") for size in sizes]


def spans(found: Findings | VerificationReport) -> list[tuple[int | None, int | None]]:
    findings = found.all() if isinstance(found, Findings) else found.findings
    return [(each.first, each.last) for each in findings]


@given(st.integers(1, 70), st.data())
def test_the_first_change_lies_between_two_checkpoints(size: int, data: st.DataObject) -> None:
    sizes = data.draw(st.sets(st.integers(1, size), min_size=1)) | {size}
    leaves = leaves_of(size)
    signed = signed_for(leaves, sizes)
    findings = Findings()
    check_signed(standing(leaves, signed), findings)
    assert findings.all() == ()
    changed = data.draw(st.integers(0, size - 1))
    leaves[changed] = leaf_hash(b"changed")
    check_signed(standing(leaves, signed), findings)
    before = max((each for each in sizes if each <= changed), default=0)
    assert spans(findings) == [(before, min(each for each in sizes if each > changed) - 1)]


@given(st.integers(2, 70), st.data())
def test_a_shorter_tree_lacks_what_was_signed(size: int, data: st.DataObject) -> None:
    leaves = leaves_of(size)
    kept = data.draw(st.integers(0, size - 1))
    findings = Findings()
    check_signed(standing(leaves[:kept], signed_for(leaves, set(range(1, size + 1)))), findings)
    assert spans(findings) == [(kept, size - 1)]


@given(st.integers(2, 70), st.data())
def test_a_longer_tree_holds_what_nobody_signed(size: int, data: st.DataObject) -> None:
    leaves = leaves_of(size)
    covered = data.draw(st.integers(1, size - 1))
    findings = Findings()
    tree = standing(leaves, signed_for(leaves, {covered}))
    check_signed(tree, findings)
    nobody = Signer.generate("force.example").verifier
    check_tail(tree, leaves, Seals({}, []), [Notes(Path("log"), ())], nobody, findings)
    assert spans(findings) == [(covered, size - 1)]


@given(st.integers(1, 70), st.data())
def test_a_wrong_node_is_told_where_it_is_lowest(size: int, data: st.DataObject) -> None:
    leaves, findings = leaves_of(size), Findings()
    nodes = naive_nodes(leaves)
    check_nodes(leaves, dict(nodes), findings)
    assert findings.all() == ()
    if nodes:
        level, place = data.draw(st.sampled_from(sorted(nodes)))
        check_nodes(leaves, nodes | {(level, place): b"other"}, findings)
        assert spans(findings) == [(place << level, ((place + 1) << level) - 1)]
    above = Findings()
    check_nodes(leaves, nodes | {(60, 0): b"more"}, above)
    assert [each.message for each in above.all()] == ["the tree has 1 nodes too many"]


@given(st.sets(st.integers(0, 40)))
def test_changed_entries_are_told_in_runs(changed: set[int]) -> None:
    stored = leaves_of(41)
    leaves = Leaves(stored=dict(enumerate(stored)))
    for number, leaf in enumerate(stored):
        leaves.add(number, leaf_hash(b"changed %d" % number) if number in changed else leaf)
    findings = Findings()
    check_leaves(leaves, 41, 41, findings)
    told = [number for each in findings.all() for number in range(each.first or 0, (each.last or 0) + 1)]
    assert told == sorted(changed)


@given(st.sets(st.integers(-5, 60)))
def test_runs_and_gaps_are_each_other_s_rest(numbers: set[int]) -> None:
    inside = sorted(number for number in numbers if 0 <= number < 50)
    covered = [number for first, last in [*runs(inside), *_gaps(inside, 50)] for number in range(first, last + 1)]
    assert sorted(covered) == list(range(50))
    assert all(first > last + 1 for (_, last), (first, _) in pairwise(runs(inside)))
