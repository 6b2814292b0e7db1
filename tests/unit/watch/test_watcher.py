"""What becomes of what is dropped."""

from __future__ import annotations

import errno
import json
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from narrowgate.errors import EngineUnavailable, LedgerError
from narrowgate.ledger.ledger import Ledger
from narrowgate.ledger.open import open_ledger
from narrowgate.policy.interface import Engine
from narrowgate.service import Gate, Order, filter_export
from narrowgate.tables.files import OutputFile
from support.gates import DAY, ledger_in
from support.officers import CARD, officers, write_records
from support.watched import CARDS, Watched


@pytest.fixture
def own_gate(gate: Gate, tmp_path: Path) -> Iterator[Gate]:
    """A gate with a ledger of the test's own."""
    ledger = open_ledger(ledger_in(tmp_path), lambda _: None)
    yield replace(gate, ledger=ledger, verifier=ledger.verifier)
    ledger.store.close()


@pytest.fixture
def watched(own_gate: Gate, tmp_path: Path) -> Watched:
    return Watched(tmp_path / "watched", own_gate)


def reason(watched: Watched, name: str, pair: str = CARDS) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((watched.root / "refused" / pair / f"{name}.reason.json").read_text())
    return document


def test_what_is_dropped_is_released(watched: Watched) -> None:
    watched.drop("staff.csv", count=3, posting="response")
    (outcome,) = watched.look()
    assert (outcome.event, outcome.file) == ("released", f"in/{CARDS}/staff.csv")
    assert (outcome.read, outcome.released, outcome.target) == (3, 3, f"out/{CARDS}/staff.csv")
    release = watched.root / "out" / CARDS / "staff.csv"
    assert release.read_text().splitlines()[0] == ",".join(CARD)
    receipt = json.loads(release.with_name("staff.csv.receipt.json").read_text())
    assert receipt["id"] == outcome.receipt
    assert watched.files("done") == watched.files("in") == set()
    assert watched.look() == []
    watched.require_sound()


def test_the_same_file_dropped_again_is_another_release_under_another_name(watched: Watched) -> None:
    for _ in range(3):
        watched.drop("staff.csv.gz")
        watched.look()
    names = {f"{CARDS}/staff{number}.csv.gz" for number in ("", "-2", "-3")}
    assert watched.files("out") == {*names, *(f"{name}.receipt.json" for name in names)}
    watched.require_sound()
    assert len(watched.entries()) == 3


def test_a_name_is_free_again_once_release_and_receipt_are_gone(watched: Watched) -> None:
    watched.drop()
    watched.look()
    (watched.root / "out" / CARDS / "staff.csv").unlink()
    watched.drop()
    watched.look()
    assert f"{CARDS}/staff-2.csv" in watched.files("out")
    for name in watched.files("out"):
        (watched.root / "out" / name).unlink()
    watched.drop()
    watched.look()
    assert watched.files("out") == {f"{CARDS}/staff.csv", f"{CARDS}/staff.csv.receipt.json"}


def test_done_exports_are_kept_where_that_is_set(own_gate: Gate, tmp_path: Path) -> None:
    watched = Watched(tmp_path / "watched", own_gate, keep_done=True)
    content = watched.drop().read_bytes()
    watched.look()
    assert (watched.root / "done" / CARDS / "staff.csv").read_bytes() == content
    assert (watched.root / "done").stat().st_mode & 0o077 == 0
    watched.drop()
    watched.look()
    assert watched.files("done") == {f"{CARDS}/staff.csv", f"{CARDS}/staff-2.csv"}
    watched.require_sound()


def test_a_refusal_is_put_aside_with_its_reasons(watched: Watched) -> None:
    content = watched.drop(pair="oldco/id_card_print").read_bytes()
    (outcome,) = watched.look()
    assert (outcome.event, outcome.target) == ("refused", "refused/oldco/id_card_print/staff.csv")
    said = reason(watched, "staff.csv", "oldco/id_card_print")
    assert outcome.reason is not None
    assert said == outcome.reason.model_dump(mode="json")
    assert said["kind"] == "refused"
    assert "not in force" in said["reasons"][0]
    assert (watched.root / "refused/oldco/id_card_print/staff.csv").read_bytes() == content
    watched.require_sound()


def test_what_cannot_be_used_is_put_aside_and_nothing_of_it_is_quoted(watched: Watched) -> None:
    watched.place("bad.csv").write_text("P0048213,P0048213\nKestrelby,y\n")
    watched.place("odd.txt").write_text("Kestrelby")
    watched.place("book.xlsx").write_bytes(b"Kestrelby")
    watched.place("staff.csv", "nobody/id_card_print").write_text("forename\nKestrelby\n")
    watched.place("staff.csv", "Card Company/Cards!").write_text("forename\nKestrelby\n")
    outcomes = watched.look()
    assert {outcome.event for outcome in outcomes} == {"refused"}
    assert len(outcomes) == 5
    texts = [path.read_text() for path in (watched.root / "refused").rglob("*.reason.json")]
    for text in texts:
        assert "Kestrelby" not in text
        assert "P0048213" not in text
        assert str(watched.root) not in text
    assert reason(watched, "bad.csv")["message"].startswith(f"in/{CARDS}/bad.csv")
    watched.require_sound()


@pytest.mark.parametrize(
    "name", ["-rf.csv", "--to.csv", "staff März 2026 (2).csv", "a\nb.csv", "x" * 251 + ".csv", "é" * 120 + ".csv.gz"]
)
def test_names(watched: Watched, name: str) -> None:
    write_records(watched.root / f"plain{Path(name).suffix}", officers(2))
    (watched.root / f"plain{Path(name).suffix}").rename(watched.place(name))
    if name.endswith(".gz"):
        watched.place(name).unlink()
        watched.drop(name[-40:], count=2).rename(watched.place(name))
    (outcome,) = watched.look()
    assert outcome.event == "released", outcome
    assert outcome.file.isprintable()
    watched.require_sound()


def test_a_name_that_is_not_utf8(watched: Watched) -> None:
    watched.drop().rename(os.fsdecode(os.fsencode(watched.place("")) + b"/caf\xe9.csv"))
    (outcome,) = watched.look()
    assert outcome.target == f"out/{CARDS}/caf_.csv"
    watched.require_sound()


def test_links_pipes_and_sockets_are_put_aside_and_never_opened(watched: Watched, tmp_path: Path) -> None:
    secret = write_records(tmp_path / "secret.csv", officers(2))
    watched.place("link.csv").symlink_to(secret)
    watched.place("dangling.csv").symlink_to("/nowhere")
    os.mkfifo(watched.place("pipe.csv"))
    with socket.socket(socket.AF_UNIX) as bound:
        here = Path.cwd()
        os.chdir(watched.place("").resolve())
        bound.bind("socket.csv")
        os.chdir(here)
    outcomes = watched.look()
    assert {outcome.event for outcome in outcomes} == {"refused"}
    names = ("link", "dangling", "pipe", "socket")
    assert {reason(watched, f"{name}.csv")["kind"] for name in names} == {"bad-file"}
    assert (watched.root / "refused" / CARDS / "link.csv").is_symlink()
    assert secret.exists()
    assert watched.files("out") == set()
    assert watched.entries() == []


def test_folders_that_are_links_are_not_followed(watched: Watched, tmp_path: Path) -> None:
    other = tmp_path / "other" / "id_card_print"
    other.mkdir(parents=True)
    write_records(other / "staff.csv", officers(2))
    (watched.root / "in" / "cardco").symlink_to(other.parent)
    (outcome,) = watched.look()
    assert (outcome.event, outcome.file) == ("strange", "in/cardco")
    assert (other / "staff.csv").exists()


def test_what_lies_elsewhere_is_told_of_once(watched: Watched) -> None:
    watched.place("photos/one.jpg").write_bytes(b"")
    (watched.root / "in" / "loose.csv").write_text("")
    (watched.root / "in" / "cardco" / "loose.csv").write_text("")
    assert {(each.event, each.file) for each in watched.look()} == {
        ("strange", f"in/{CARDS}/photos"),
        ("strange", "in/loose.csv"),
        ("strange", "in/cardco/loose.csv"),
    }
    assert watched.look() == []


def test_a_file_that_cannot_be_read(watched: Watched) -> None:
    watched.drop().chmod(0)
    if os.access(watched.place("staff.csv"), os.R_OK):
        # Root reads everything: have a file that nobody can read.
        watched.place("staff.csv").unlink()
        watched.place("staff.csv").symlink_to("staff.csv")
    (outcome,) = watched.look()
    assert outcome.event == "refused"
    assert reason(watched, "staff.csv")["kind"] == "bad-file"


# Sources and formats


def test_what_is_said_of_a_pair(own_gate: Gate, tmp_path: Path) -> None:
    said = {"supplier": "cardco", "purpose": "id_card_print", "from": "csv", "delimiter": ";", "to": "json"}
    watched = Watched(tmp_path / "watched", own_gate, pairs=[said])
    text = "\n".join(";".join(line) for line in ([*officers(1)[0]], [*officers(1)[0].values()]))
    watched.place("EXPORT.DAT").write_text(text + "\n")
    watched.place("staff.csv").write_text(text + "\n")
    assert {outcome.target for outcome in watched.look()} == {f"out/{CARDS}/EXPORT.DAT.json", f"out/{CARDS}/staff.json"}
    assert list(json.loads((watched.root / "out" / CARDS / "staff.json").read_text())[0]) == list(CARD)
    watched.require_sound()


def test_what_is_only_read_is_released_as_the_likest(watched: Watched) -> None:
    from support.officers import open_document

    watched.place("staff.ods").write_bytes(open_document(officers(2)))
    (outcome,) = watched.look()
    assert outcome.target == f"out/{CARDS}/staff.xlsx"
    watched.require_sound()


# What has to wait


class Failing:
    """An engine, or a ledger, that may fail."""

    def __init__(self, real: Any, method: str, error: Exception) -> None:
        self._real, self._method, self.error = real, method, error
        self.fails = True

    def __getattr__(self, name: str) -> Any:
        if name == self._method and self.fails:
            raise self.error
        return getattr(self._real, name)


@pytest.mark.parametrize("what", ["engine", "ledger"])
def test_nothing_is_put_aside_for_a_fault_that_is_not_its_own(watched: Watched, what: str) -> None:
    gate = watched.gate_now
    failing: Any
    if what == "engine":
        failing = Failing(gate.engine, "decide", EngineUnavailable("OPA does not answer", "start it"))
        engine: Engine = failing
        watched.gate_now = replace(gate, engine=engine)
    else:
        failing = Failing(gate.ledger, "enter_release", LedgerError("the ledger does not answer", "start it"))
        ledger: Ledger = failing
        watched.gate_now = replace(gate, ledger=ledger)
    watched.drop("one.csv")
    watched.drop("two.csv")
    first, *more = watched.look()
    assert first.event == "waiting"
    assert {outcome.file for outcome in more} == {"."}
    assert watched.files("out") == watched.files("refused") == set()
    failing.fails = False
    watched.gate_now = gate
    with ExitStack() as again:
        other = Watched(watched.root, gate)
        again.callback(other.require_sound)
        assert {outcome.file for outcome in other.look()} == {f"in/{CARDS}/one.csv", f"in/{CARDS}/two.csv"}


@pytest.mark.parametrize("what", ["claim", "release", "reason"])
def test_a_disk_that_is_full(watched: Watched, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    write = OutputFile.write

    def full(file: OutputFile, data: bytes) -> int:
        if what in str(file.path.relative_to(watched.folders.work)):
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(file, data)

    if what == "reason":
        watched.place("staff.csv").write_text("nothing\n")
    else:
        watched.drop()
    with monkeypatch.context() as patched:
        patched.setattr(OutputFile, "write", full)
        (outcome,) = watched.look()[:1]
    assert outcome.event == "waiting"
    assert outcome.reason is not None
    assert "No space left" in outcome.reason.message
    other = Watched(watched.root, watched.gate_now)
    assert [each.event for each in other.look()] == ["refused" if what == "reason" else "released"]
    other.require_sound()


def test_a_folder_that_disappears_and_comes_back(watched: Watched, tmp_path: Path) -> None:
    watched.drop()
    watched.root.rename(tmp_path / "elsewhere")
    (outcome,) = watched.look()
    assert (outcome.event, outcome.file) == ("waiting", ".")
    assert watched.look() == []
    assert not watched.root.exists()
    (tmp_path / "elsewhere").rename(watched.root)
    assert [each.event for each in watched.look()] == ["released"]
    watched.require_sound()


def test_a_fault_of_ours_keeps_no_other_file_back(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    from narrowgate.watch import handling

    def broken(*_: object) -> None:
        raise ZeroDivisionError("Kestrelby")

    watched.drop()
    with monkeypatch.context() as patched:
        patched.setattr(handling, "filter_export", broken)
        (outcome,) = watched.look()
    assert outcome.event == "refused"
    assert reason(watched, "staff.csv") == {
        "kind": "internal-error",
        "message": "an unexpected ZeroDivisionError",
        "remedy": "please report it",
        "reasons": [],
    }


def test_a_file_that_changes_while_it_is_read_is_not_put_aside(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    from narrowgate.watch import handling

    def meanwhile(gate: Gate, order: Order, *more: Any) -> Any:
        assert order.input is not None
        with order.input.open("ab") as writer:
            writer.write(b"x")
        return filter_export(gate, order, *more)

    watched.drop()
    with monkeypatch.context() as patched:
        patched.setattr(handling, "filter_export", meanwhile)
        (outcome,) = watched.look()
    assert outcome.event == "waiting"
    assert outcome.reason is not None
    assert "still being written" in outcome.reason.message


def test_a_source_that_is_gone_is_no_files_fault(own_gate: Gate, tmp_path: Path) -> None:
    said = {"supplier": "cardco", "purpose": "id_card_print", "source": "gone"}
    watched = Watched(tmp_path / "watched", own_gate, pairs=[said])
    watched.drop("one.csv")
    watched.drop("two.csv")
    outcomes = watched.look()
    assert {(each.event, each.file) for each in outcomes} == {
        ("waiting", f"in/{CARDS}/one.csv"),
        ("waiting", f"in/{CARDS}/two.csv"),
    }
    other = Watched(watched.root, own_gate)
    assert [each.event for each in other.look()] == ["released", "released"]
    other.require_sound()


def test_a_file_that_ends_whoever_handles_it_is_put_aside_in_the_end(watched: Watched) -> None:
    watched.drop()
    (drop,) = watched.watcher._drops.complete()
    held = watched.watcher._claims.take(drop, DAY)
    assert held is not None
    for tries in range(5):
        assert held.begin() == tries
    # Killed, and not let go.
    os.close(held._lock)
    (outcome,) = watched.look()
    assert outcome.reason is not None
    assert outcome.reason.message == "whoever handled it was killed, 5 times"
    assert watched.entries() == []


def test_it_stops_between_two_files(watched: Watched) -> None:
    for name in ("one.csv", "two.csv", "three.csv"):
        watched.drop(name)
    answers = iter([False, True])
    watched.watcher.round(lambda: next(answers))
    assert len(watched.told) == 1
    watched.look()
    assert len(watched.entries()) == 3
    watched.require_sound()
