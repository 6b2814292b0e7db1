"""Where commands may write, and what they must not say."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from support.cli import Outcome, narrowgate
from support.officers import officers, write_records

CARDS = ("--supplier", "cardco", "--purpose", "id_card_print", "--on", "2026-06-01")


class Force:
    """Somebody with a ledger in which one release is."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        write_records(folder / "export.csv", officers(3))

    def run(self, *arguments: object) -> Outcome:
        places = {"NARROWGATE_LEDGER": str(self.folder / "ledger.db"), "NARROWGATE_KEYS": str(self.folder / "keys")}
        return narrowgate(*arguments, cwd=self.folder, environment=places)

    def filter(self, *arguments: object) -> Outcome:
        return self.run("filter", "export.csv", *CARDS, *arguments)


@pytest.fixture(scope="module")
def force(tmp_path_factory: pytest.TempPathFactory) -> Force:
    made = Force(tmp_path_factory.mktemp("force"))
    made.filter("-o", "cards.csv").require(0)
    return made


@pytest.mark.parametrize("name", ["ledger.db", "ledger.db-wal", "ledger.db.checkpoints", "keys/signing.key", "keys/x"])
def test_nothing_takes_the_place_of_the_ledger(force: Force, name: str) -> None:
    for arguments in (
        ("breach", "cardco", "-o", name),
        ("ledger", "checkpoint", "-o", name),
        ("ledger", "show", "0", "--receipt", name),
        ("ropa", "-o", name),
    ):
        assert "belongs to the ledger" in force.run(*arguments).require(2).err
    assert "belongs to the ledger" in force.filter("-o", name, "--to", "csv").require(2).err
    assert "belongs to the ledger" in force.filter("-o", "x.csv", "--receipt", name).require(2).err
    assert not (force.folder / "x.csv").exists()
    force.run("ledger", "verify").require(0)


def test_nothing_takes_the_place_of_a_device(force: Force) -> None:
    pipe = force.folder / "pipe"
    os.mkfifo(pipe)
    assert "no ordinary file" in force.run("breach", "cardco", "-o", pipe).require(2).err
    assert "no ordinary file" in force.filter("-o", pipe, "--to", "csv", "--receipt", "r.json").require(2).err
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.parametrize("identifier", ["e4000001", "E4000001 ", "", "E\udcff1"])
@pytest.mark.parametrize("command", [("subject",), ("ledger", "erase", "--yes")])
def test_a_slip_in_an_identifier_is_not_nobody(force: Force, command: tuple[str, ...], identifier: str) -> None:
    done = force.run(*command, identifier).require(2)
    assert "is like that" in done.err or "not UTF-8" in done.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("ledger", "witness", "http://user:sekret@127.0.0.1:1", "--key", "KEY"),
        ("ledger", "list", "--ledger", "user:sekret@host/db"),
        ("ledger", "list", "--ledger", "mysql://user:sekret@host/db"),
    ],
)
def test_no_password_is_quoted(force: Force, arguments: tuple[str, ...]) -> None:
    key = force.run("ledger", "key").out.strip()
    done = force.run(*(key if each == "KEY" else each for each in arguments))
    assert done.code == 2
    assert "sekret" not in done.err + done.out


@pytest.mark.parametrize(
    "arguments",
    [
        ("receipt", "verify", "cards.csv.receipt.json", "--key", ""),
        ("breach", "cardco", "--fields", ""),
        ("breach", "cardco", "--to", "9999-12-31"),
        ("ledger", "list", "--to", "9999-12-31"),
        ("ledger", "list", "--purpose", "id_card_prnt"),
        ("ledger", "list", "--limit", "99999999999999999999"),
        ("obligations", "--on", "0001-01-01"),
        ("filter", "export.csv", "-o", "y.csv", *CARDS[:-1], "0001-01-01"),
    ],
)
def test_what_makes_no_sense(force: Force, arguments: tuple[str, ...]) -> None:
    force.run(*arguments).require(2)
