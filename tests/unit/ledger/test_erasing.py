"""Forgetting who somebody is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from narrowgate.errors import LedgerError
from narrowgate.ledger.open import open_ledger
from narrowgate.ledger.receipts import prove_receipt
from narrowgate.ledger.schema import subjects
from narrowgate.ledger.verify import verify_ledger
from support.gates import ledger_in
from support.ledgers import FIELDS, enter_release, ledger_with_nothing

PERSON = "0000003"


def everything(folder: Path) -> bytes:
    """What is in the files of the database."""
    return b"".join(path.read_bytes() for path in sorted(folder.glob("ledger.db*")))


def test_nothing_of_them_is_left_in_the_files(tmp_path: Path) -> None:
    ledger = ledger_with_nothing(tmp_path)
    receipt = enter_release(ledger, {FIELDS: range(400)})
    with ledger.store.reading() as connection:
        row = connection.execute(sa.select(subjects).where(subjects.c.number == 3)).one()
    assert row.pseudonym == ledger.subject_key.of(PERSON)
    assert row.pseudonym in everything(tmp_path)
    other = ledger_in(tmp_path).store()
    other.version()  # somebody else has the file open, so that the write-ahead log stays
    assert ledger.erase(PERSON) == (3,)
    kept = everything(tmp_path)
    assert (tmp_path / "ledger.db-wal").exists()
    assert row.pseudonym not in kept
    assert row.nonce not in kept
    prove_receipt(receipt, ledger.verifier)
    assert verify_ledger(ledger.store, ledger.log, ledger.verifier).sound
    other.close()
    ledger.store.close()


def test_who_is_reading_keeps_them_in_the_files(tmp_path: Path) -> None:
    ledger = ledger_with_nothing(tmp_path)
    enter_release(ledger, {FIELDS: range(400)})
    ledger.store.close()
    impatient = replace(ledger_in(tmp_path), timeout=0.2)
    ledger = open_ledger(impatient, print)
    reader = impatient.store()
    with reader.reading() as connection:
        (pseudonym,) = (row.pseudonym for row in connection.execute(sa.select(subjects)) if row.number == 3)
        with pytest.raises(LedgerError, match="somebody is reading"):
            ledger.erase(PERSON)
    assert pseudonym in everything(tmp_path)
    assert ledger.erase(PERSON) == ()
    assert pseudonym not in everything(tmp_path)
    reader.close()
    ledger.store.close()


def test_whoever_comes_back_is_somebody_new(tmp_path: Path) -> None:
    ledger = ledger_with_nothing(tmp_path)
    enter_release(ledger, {FIELDS: range(5)})
    assert ledger.erase(PERSON) == (3,)
    assert ledger.erase(PERSON) == ()
    receipt = enter_release(ledger, {FIELDS: range(5)})
    assert receipt.entry.new_subjects is not None
    assert (receipt.entry.new_subjects.first, receipt.entry.new_subjects.count) == (5, 1)
    assert ledger.erase(PERSON) == (5,)
    assert verify_ledger(ledger.store, ledger.log, ledger.verifier).sound
    ledger.store.close()
