"""``narrowgate watch``, from outside."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from narrowgate.ledger.open import open_ledger
from narrowgate.service import Gate
from support.cli import Outcome, files_in, narrowgate
from support.gates import DAY, SECRET, ledger_in
from support.officers import CARD
from support.opa import meddling_proxy, shared_opa
from support.paths import POLICIES
from support.processes import opas_of, wait_until
from support.watched import CARDS, Watched

REFUSED = "oldco/id_card_print"


@dataclass
class Scene:
    """A watched folder, its ledger, and watchers that are processes."""

    folder: Path
    watched: Watched
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """Settings of a watcher."""
        return {
            "NARROWGATE_LEDGER": str(self.folder / "ledger.db"),
            "NARROWGATE_KEYS": str(self.folder / "keys"),
            "NARROWGATE_CHECKPOINTS": str(self.folder / "ledger.checkpoints"),
            "NARROWGATE_PSEUDONYM_SECRET": SECRET,
            "NARROWGATE_GATEWAY_SPOOL": str(self.folder / "spool"),
        }

    def once(self, *options: object) -> Outcome:
        """One that handles what is there."""
        arguments = ("watch", self.watched.root, "--once", "--settle", 0, "--on", DAY, *options)
        return narrowgate(*arguments, environment=self.environment)

    def start(self, *options: str) -> subprocess.Popen[bytes]:
        """One that goes on; returns once it watches."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("NARROWGATE_")}
        arguments = ("watch", str(self.watched.root), "--settle", "0.05", "--interval", "0.05", "--on", str(DAY))
        log = self.folder / f"log-{len(self.running)}"
        with log.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", "narrowgate", *arguments, *options],
                env=inherited | self.environment,
                stdout=subprocess.PIPE,
                stderr=file,
            )
        self.running.append(process)
        wait_until(lambda: process.poll() is not None or "watching" in log.read_text())
        assert process.poll() is None, log.read_text()
        return process

    def claims(self) -> list[Path]:
        """What is being handled."""
        return list(self.watched.folders.work.glob("[0-9a-f]*"))


@pytest.fixture
def scene(gate: Gate, tmp_path: Path) -> Iterator[Scene]:
    ledger = open_ledger(ledger_in(tmp_path), lambda _: None)
    with closing(ledger.store), _ending(tmp_path, gate, ledger) as made:
        yield made


@contextmanager
def _ending(folder: Path, gate: Gate, ledger: Any) -> Iterator[Scene]:
    made = Scene(folder, Watched(folder / "watched", replace(gate, ledger=ledger, verifier=ledger.verifier)))
    try:
        yield made
    finally:
        for process in made.running:
            process.kill()
            process.communicate()


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_once(scene: Scene) -> None:
    scene.watched.drop("staff.csv", count=4)
    (told,) = lines(scene.once("--json").require(0).out)
    assert (told["event"], told["read"], told["released"]) == ("released", 4, 4)
    assert told["target"] == f"out/{CARDS}/staff.csv"
    release = scene.watched.root / told["target"]
    assert release.read_text().splitlines()[0] == ",".join(CARD)
    assert json.loads(release.with_name("staff.csv.receipt.json").read_text())["id"] == told["receipt"]
    assert scene.once("--json").require(0).out == ""
    scene.watched.require_sound()
    assert list((scene.folder / "spool").iterdir()) == []


def test_a_refusal_is_told_and_is_the_exit_code(scene: Scene) -> None:
    scene.watched.drop("staff.csv", pair=REFUSED)
    scene.watched.drop("staff.csv")
    done = scene.once().require(1)
    assert f"put aside in/{REFUSED}/staff.csv in refused/{REFUSED}/staff.csv: refused: agreement" in done.out
    assert f"released in/{CARDS}/staff.csv in out/{CARDS}/staff.csv (3 of 3 records)" in done.out
    scene.watched.require_sound()


def test_what_was_released_is_kept_where_that_is_wanted(scene: Scene) -> None:
    scene.watched.drop("staff.csv")
    scene.once("--keep-done").require(0)
    assert scene.watched.files("done") == {f"{CARDS}/staff.csv"}


def test_what_has_to_wait_is_the_exit_code(scene: Scene) -> None:
    """A ledger that cannot be written is no file's fault."""
    scene.watched.drop("staff.csv")
    (scene.folder / "ledger.db").rename(scene.folder / "elsewhere")
    (scene.folder / "ledger.db").mkdir()
    scene.once().require(4)
    assert scene.watched.files("in") == {f"{CARDS}/staff.csv"}
    (scene.folder / "ledger.db").rmdir()
    (scene.folder / "elsewhere").rename(scene.folder / "ledger.db")
    scene.once().require(0)
    scene.watched.require_sound()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("settle: soon\n", "watch.yaml:1: settle"),
        ("settle: 1\npears: []\n", "watch.yaml:2: there is no key pears"),
        ("pairs:\n  - supplier: cardco\n", "watch.yaml:2: purpose"),
        ("pairs:\n  - {supplier: cardco, purpose: id_card_print, source: nothing}\n", "there is no source nothing"),
        ("pairs:\n  - {supplier: cardco, purpose: id_card_print, from: xml}\n", "there is no format xml"),
        ("pairs:\n  - {supplier: cardco, purpose: id_card_print, delimiter: both}\n", "delimiter is not one character"),
    ],
)
def test_a_watch_yaml_that_is_wrong(scene: Scene, text: str, said: str) -> None:
    scene.watched.drop("staff.csv")
    (scene.watched.root / "watch.yaml").write_text(text)
    assert said in scene.once().require(2).err
    assert scene.watched.files("in") == {f"{CARDS}/staff.csv"}


def test_what_is_said_in_watch_yaml(scene: Scene) -> None:
    (scene.watched.root / "watch.yaml").write_text(
        "keep_done: true\npairs:\n  - {supplier: cardco, purpose: id_card_print, to: json}\n"
    )
    scene.watched.drop("staff.csv")
    scene.once().require(0)
    assert f"{CARDS}/staff.json" in scene.watched.files("out")
    assert scene.watched.files("done") == {f"{CARDS}/staff.csv"}


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert "there is no folder" in narrowgate("watch", tmp_path / "nothing", "--once").require(2).err
    assert list(tmp_path.iterdir()) == []


# Watchers that go on


def test_it_goes_on_until_it_is_told_to_stop(scene: Scene) -> None:
    process = scene.start("--json")
    for number in range(3):
        scene.watched.drop("staff.csv", count=number + 1)
        wait_until(lambda: scene.watched.files("in") == scene.watched.files("work") == set())
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert [each["read"] for each in lines(out.decode())] == [1, 2, 3]
    assert opas_of(process.pid) == []
    assert list((scene.folder / "spool").iterdir()) == []
    scene.watched.require_sound()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_what_is_under_way_is_finished(scene: Scene, how: signal.Signals) -> None:
    """It is told to stop while it waits for a decision; the file after that is left for another."""
    asked, stopped = threading.Event(), threading.Event()

    def meddle(path: str, answer: dict[str, Any]) -> dict[str, Any]:
        if path.endswith("/decision"):
            asked.set()
            stopped.wait(20)
        return answer

    with shared_opa(POLICIES) as real, meddling_proxy(real, meddle) as url:
        scene.watched.drop("one.csv")
        scene.watched.drop("two.csv")
        process = scene.start("--json", "--engine", url)
        assert asked.wait(20)
        process.send_signal(how)
        stopped.set()
        out, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert [(each["event"], each["file"]) for each in lines(out.decode())] == [("released", f"in/{CARDS}/one.csv")]
    assert len(scene.watched.entries()) == 1
    scene.once().require(0)
    scene.watched.require_sound()


def test_a_file_that_is_being_written_is_left_alone(scene: Scene) -> None:
    """However long its writer takes."""
    process = scene.start("--json")
    half = scene.watched.place("half.csv")
    with half.open("w") as writer:
        writer.write("forename,surname,status,posting\n")
        writer.flush()
        for number in range(3):
            scene.watched.drop(f"other-{number}.csv")
            wait_until(lambda number=number: f"{CARDS}/other-{number}.csv" in scene.watched.files("out"))  # type: ignore[misc]
        assert half.exists()
        writer.write("Ann,Kestrelby,active,response\n")
    wait_until(lambda: f"{CARDS}/half.csv" in scene.watched.files("out"))
    process.terminate()
    process.communicate(timeout=30)
    assert "Ann" in (scene.watched.root / "out" / CARDS / "half.csv").read_text()
    scene.watched.require_sound()


def test_one_that_is_killed_is_followed_by_one_that_goes_on(scene: Scene) -> None:
    for number in range(3):
        process = scene.start()
        scene.watched.drop(f"staff-{number}.csv", count=20_000)
        wait_until(lambda: bool(scene.claims()))
        opas = opas_of(process.pid)
        process.kill()
        process.wait()
        wait_until(lambda opas=opas: not any(Path(f"/proc/{pid}/exe").exists() for pid in opas))  # type: ignore[misc]
    scene.once().require(0)
    assert len(scene.watched.entries()) == 3
    scene.watched.require_sound()
    assert list((scene.folder / "spool").iterdir()) == []


def test_several_share_a_folder(scene: Scene) -> None:
    processes = [scene.start("--json"), scene.start("--json")]
    count = 16
    for number in range(count):
        scene.watched.drop(f"staff-{number}.csv", pair=CARDS if number % 4 else REFUSED, count=number + 1)
    wait_until(lambda: scene.watched.files("in") == scene.watched.files("work") == set())
    told = []
    for process in processes:
        process.terminate()
        told += lines(process.communicate(timeout=30)[0].decode())
    assert len({each["file"] for each in told}) == len(told) == count
    assert len(scene.watched.entries()) == count
    scene.watched.require_sound()


def test_an_opa_that_ends_is_replaced_and_nothing_is_put_aside(scene: Scene) -> None:
    process = scene.start("--json")
    (pid,) = opas_of(process.pid)
    os.kill(pid, signal.SIGKILL)
    scene.watched.drop("staff.csv")
    wait_until(lambda: f"{CARDS}/staff.csv" in scene.watched.files("out"))
    process.terminate()
    out, _ = process.communicate(timeout=30)
    assert {each["event"] for each in lines(out.decode())} <= {"released", "waiting"}
    assert files_in(scene.watched.root / "refused") == set()
    scene.watched.require_sound()
