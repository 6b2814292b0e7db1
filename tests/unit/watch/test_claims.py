"""Two watchers of one folder, and claims that were left."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from narrowgate.errors import UsageError
from narrowgate.ledger.open import open_ledger
from narrowgate.service import Gate
from narrowgate.watch.claims import Claims, Held
from narrowgate.watch.drops import Drops
from narrowgate.watch.folders import Folders
from support.gates import DAY, ledger_in
from support.officers import officers, write_records
from support.watched import CARDS, Watched

FILES = 12


@pytest.fixture
def watched(gate: Gate, tmp_path: Path) -> Iterator[Watched]:
    ledger = open_ledger(ledger_in(tmp_path), lambda _: None)
    with closing(ledger.store):
        yield Watched(tmp_path / "watched", replace(gate, ledger=ledger, verifier=ledger.verifier))


def claims(watched: Watched) -> Claims:
    return Claims(watched.folders, lambda path, why: pytest.fail(f"{path}: {why}"))


def taken(watched: Watched) -> Held:
    """A claim to what has been dropped."""
    (drop,) = Drops(watched.folders.drops, 0, lambda *_: None).complete()
    held = claims(watched).take(drop, DAY)
    assert held is not None
    return held


def test_watchers_share_the_work(watched: Watched) -> None:
    """Each file is handled by one of them."""
    for number in range(FILES):
        watched.drop(f"staff{number}.csv", count=number + 1)
    others = [Watched(watched.root, watched.gate_now) for _ in range(3)]
    with ThreadPoolExecutor(len(others)) as threads:
        list(threads.map(Watched.look, others))
    told = [outcome for other in others for outcome in other.told]
    assert sorted(outcome.file for outcome in told) == sorted(f"in/{CARDS}/staff{n}.csv" for n in range(FILES))
    assert {outcome.event for outcome in told} == {"released"}
    assert len(watched.entries()) == FILES
    watched.require_sound()


def test_whoever_is_second_gets_nothing(watched: Watched) -> None:
    watched.drop()
    (drop,) = Drops(watched.folders.drops, 0, lambda *_: None).complete()
    first = claims(watched).take(drop, DAY)
    assert first is not None
    assert claims(watched).take(drop, DAY) is None
    assert [path.name for path in watched.folders.work.iterdir() if not path.name.startswith(".")] == [first.claim.id]
    first.let_go()


def test_a_claim_is_taken_up_only_when_nobody_holds_it(watched: Watched) -> None:
    watched.drop()
    held = taken(watched)
    assert list(claims(watched).left()) == []
    assert watched.look() == []
    held.let_go()
    assert list(claims(watched).left(but={held.claim.id})) == []
    assert [outcome.event for outcome in watched.look()] == ["released"]
    watched.require_sound()


def test_a_file_that_changed_meanwhile_has_to_wait(watched: Watched) -> None:
    """Whoever had it open on another machine writes on, whatever it is called."""
    watched.drop()
    held = taken(watched)
    with held.export.open("ab") as writer:
        writer.write(b",,\n")
    held.let_go()
    (outcome,) = watched.look()
    assert (outcome.event, outcome.file) == ("waiting", f"in/{CARDS}/staff.csv")
    assert outcome.reason is not None
    assert "still being written" in outcome.reason.message
    (left,) = claims(watched).left()
    assert left.claim.state.size == left.export.stat().st_size
    left.let_go()


def test_names_that_another_claim_is_about_to_give_are_not_given(watched: Watched) -> None:
    watched.drop()
    held = taken(watched)
    watched.watcher._handler._settle(held)
    assert held.claim.moves[1].target == f"out/{CARDS}/staff.csv"
    watched.drop()
    assert [outcome.target for outcome in watched.look()] == [f"out/{CARDS}/staff-2.csv"]
    held.let_go()
    assert [outcome.target for outcome in watched.look()] == [f"out/{CARDS}/staff.csv"]
    watched.require_sound()


def test_a_claim_that_nothing_is_known_of_is_told_of_and_kept(watched: Watched) -> None:
    watched.drop()
    held = taken(watched)
    held.let_go()
    (held.folder / "claim.json").write_text("{")
    (outcome,) = watched.look()
    assert (outcome.event, outcome.file) == ("strange", f"work/{held.claim.id}")
    assert held.export.exists()
    assert watched.look() == []


def test_what_was_entered_and_cannot_be_had_again_is_asked_anew(watched: Watched) -> None:
    """A release was entered under the claim's key, and is lost; the file is another by now."""
    watched.drop(count=3)
    held = taken(watched)
    watched.watcher._handler._settle(held)
    for path in held.outbox.iterdir():
        path.unlink()
    write_records(held.export, officers(4))
    status = held.export.stat()
    state = held.claim.state.model_copy(update={"size": status.st_size, "mtime_ns": status.st_mtime_ns})
    held.note(held.claim.model_copy(update={"outcome": None, "moves": (), "state": state}))
    held.let_go()
    (outcome,) = watched.look()
    assert (outcome.event, outcome.released) == ("released", 4)
    assert len(watched.entries()) == 2
    assert watched.files("work") == set()


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no folder"):
        Folders(tmp_path / "nothing").prepare(keep_done=False)
    assert list(tmp_path.iterdir()) == []


def test_exports_are_seen_by_nobody_else(watched: Watched) -> None:
    for folder in (watched.folders.work, watched.root / "refused"):
        assert folder.stat().st_mode & 0o077 == 0
