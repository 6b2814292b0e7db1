"""Several processes that enter into one ledger at the same time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import sqlalchemy as sa

from narrowgate.ledger.checkpoints import open_checkpoint
from narrowgate.ledger.ledger import Ledger
from narrowgate.ledger.receipts import prove_receipt
from narrowgate.ledger.schema import disclosures, entries, subjects
from narrowgate.ledger.verify import verify_ledger
from narrowgate.model.receipt import Receipt
from support.ledgers import ledger_with_nothing
from support.paths import ROOT
from support.writer import PEOPLE, REFUSALS, RELEASES

PROCESSES = 5
SENT = PROCESSES * (RELEASES + REFUSALS)


def written(folder: Path, url: str) -> list[list[Receipt]]:
    """The receipts that each of several processes got, all of which began together."""
    command = [sys.executable, "-m", "support.writer", url, str(folder)]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "tests")}
    processes = [
        subprocess.Popen(
            [*command, str(number)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        for number in range(PROCESSES)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    outputs = [process.communicate()[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * PROCESSES
    return [[Receipt.model_validate_json(line) for line in output.splitlines()] for output in outputs]


def test_writers_fork_nothing_and_lose_nothing(store_url: str, tmp_path: Path) -> None:
    ledger = ledger_with_nothing(tmp_path, store_url)
    received = written(tmp_path, store_url)
    report = verify_ledger(ledger.store, ledger.log, ledger.verifier, [each for some in received for each in some])
    assert (report.findings, report.entries, report.subjects) == ((), SENT, PEOPLE + 1)
    _require_all_entered(ledger, received)
    _require_one_number_each(ledger)
    _require_one_history(ledger)
    ledger.store.close()


def _require_all_entered(ledger: Ledger, received: list[list[Receipt]]) -> None:
    """Every receipt proves an entry of its own, in the order in which its process got them."""
    with ledger.store.reading() as connection:
        rows = connection.execute(sa.select(entries.c.number, entries.c.kind).order_by(entries.c.number)).all()
    assert [row.number for row in rows] == list(range(SENT))
    releases = [row.number for row in rows if row.kind == "release"]
    assert sorted(each.number for some in received for each in some) == releases
    assert len(releases) == PROCESSES * RELEASES
    for some in received:
        assert [each.number for each in some] == sorted(each.number for each in some)
        for each in some:
            assert prove_receipt(each, ledger.verifier).size == each.number + 1
            assert ledger.receipt(each.number).entry == each.entry


def _require_one_number_each(ledger: Ledger) -> None:
    with ledger.store.reading() as connection:
        people = {bytes(each) for each in connection.scalars(sa.select(subjects.c.pseudonym))}
        numbers = set(connection.scalars(sa.select(subjects.c.number)))
        alone = set(connection.scalars(sa.select(disclosures.c.digest).where(disclosures.c.people == 1)))
    assert people == {ledger.subject_key.of(f"0{person:06}") for person in range(PEOPLE + 1)}
    assert numbers == set(range(PEOPLE + 1))
    # The one who is in every release, alone with what leaves of them, is the same number in all.
    assert len(alone) == 1


def _require_one_history(ledger: Ledger) -> None:
    """There is one checkpoint for each size, and none twice."""
    sizes = [open_checkpoint(note, ledger.verifier).size for note in ledger.log.all()]
    assert sorted(sizes) == list(range(1, SENT + 1))
