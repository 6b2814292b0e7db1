"""A ledger that cannot be entered into, so that nothing is released."""

from __future__ import annotations

import resource
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from support.cli import Outcome, files_in
from support.sender import Sender

QUICK = {"NARROWGATE_LEDGER_TIMEOUT": 0.5}


@pytest.fixture
def sender(tmp_path: Path) -> Sender:
    """One with a ledger in a file, in which one release is entered."""
    made = Sender.prepared(tmp_path, str(tmp_path / "ledger.db"))
    made.enter()
    return made


@pytest.fixture
def database(sender: Sender) -> Path:
    return Path(sender.url)


def test_a_full_disk(sender: Sender) -> None:
    """The release and its receipt would fit; the ledger's log of changes does not."""

    def no_file_beyond_48_kib() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (48 << 10, 48 << 10))

    done = subprocess.run(
        [sys.executable, "-m", "narrowgate", *sender.command()],
        capture_output=True,
        text=True,
        preexec_fn=no_file_beyond_48_kib,
        env=sender.environment(),
        check=False,
    )
    told = sender.require_refused(Outcome(done.returncode, done.stdout, done.stderr))
    assert "cannot be written" in told
    sender.require_goes_on()


def test_a_ledger_that_another_process_holds(sender: Sender, database: Path) -> None:
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        told = sender.require_refused(sender.send(**QUICK))
    assert "is locked by another process" in told
    sender.require_goes_on()


def test_a_ledger_that_is_only_to_be_read(sender: Sender, database: Path) -> None:
    """A file whose header says so, since for root no mode does."""
    original = database.read_bytes()
    database.write_bytes(original[:18] + b"\3" + original[19:])
    told = sender.require_refused(sender.send())
    assert "cannot be written" in told
    database.write_bytes(original)
    sender.require_goes_on()


def overwrite(database: Path) -> None:
    database.write_bytes(b"something else altogether" * 1000)


def overwrite_all_but_the_first_page(database: Path) -> None:
    content = database.read_bytes()
    database.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))


def cut_off(database: Path) -> None:
    database.write_bytes(database.read_bytes()[: 9 * 4096])


def put_a_folder_there(database: Path) -> None:
    database.unlink()
    database.mkdir()


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (overwrite, "is not an SQLite database"),
        (overwrite_all_but_the_first_page, "is damaged"),
        (cut_off, "is damaged"),
        (put_a_folder_there, "cannot be opened"),
    ],
)
def test_a_file_that_is_no_ledger(sender: Sender, database: Path, damage: Callable[[Path], None], said: str) -> None:
    kept = database.with_suffix(".kept")
    shutil.copy(database, kept)
    damage(database)
    done = sender.send()
    if database.is_dir():
        database.rmdir()
    kept.replace(database)
    assert said in sender.require_refused(done)
    sender.require_goes_on()


def test_a_folder_that_takes_no_ledger(sender: Sender) -> None:
    other = {"NARROWGATE_CHECKPOINTS": "/proc/none", "NARROWGATE_KEYS": sender.folder / "other"}
    told = sender.require_refused(sender.send("--ledger", "/proc/ledger.db", **other))
    assert "cannot be made" in told


def test_checkpoints_that_cannot_be_read(sender: Sender) -> None:
    told = sender.require_refused(sender.send(NARROWGATE_CHECKPOINTS=sender.folder))
    assert "cannot be read" in told
    sender.require_goes_on()


@pytest.mark.parametrize("place", ["/dev/full", "/proc/checkpoints"])
def test_checkpoints_that_cannot_be_written(sender: Sender, place: str) -> None:
    """By then the release is entered. It does not appear; the next checkpoint covers its entry."""
    told = sender.require_refused(sender.send(NARROWGATE_CHECKPOINTS=place), entered=2)
    assert f"{place} cannot be written" in told
    report = sender.verified()
    assert (report.findings, len(report.notes)) == ((), 1)
    sender.require_goes_on(entered=3)


def test_a_receipt_that_cannot_be_written(sender: Sender) -> None:
    told = sender.require_refused(sender.send("--receipt", "/proc/receipt.json"), entered=2)
    assert "the receipt could not be written" in told
    assert sender.verified().findings == ()
    sender.require_goes_on(entered=3)


def test_a_refusal_that_cannot_be_entered(sender: Sender, database: Path) -> None:
    """Nobody is told that it was refused while nothing says so: that the ledger is out of reach comes first."""
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        sender.require_refused(sender.send("--supplier", "oldco", **QUICK))
    sender.send("--supplier", "oldco").require(1)
    assert files_in(sender.outbox) == set()
    assert [each.kind for each in sender.entries()] == ["release", "refusal"]
