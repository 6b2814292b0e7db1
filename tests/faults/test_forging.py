"""Somebody who may write to the database, and would have us sign what they added, or show it to nobody."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from narrowgate.errors import LedgerError, UsageError
from narrowgate.ledger.asking import Asking, Overtaken
from narrowgate.ledger.ledger import Ledger
from narrowgate.ledger.log import entry_row
from narrowgate.ledger.open import make_ledger, open_ledger
from narrowgate.ledger.receipts import read_receipt, write_receipt
from narrowgate.model.entry import ENTRY
from support.attacker import Victim, rebuild_tree
from support.gates import DAY, ledger_in
from support.ledgers import FIELDS, enter_refusal, enter_release, ledger_with_nothing


def forge(victim: Victim, like: int, number: int, signature: bytes = bytes(64)) -> None:
    """Add an entry like another one, with a tree that fits."""
    with victim.edited() as connection:
        (body,) = connection.execute("SELECT body FROM entries WHERE number = ?", (like,)).fetchone()
        document = json.loads(zlib.decompress(body))
        document["at"] = "2026-12-01T00:00:00.000Z"
        entry = ENTRY.validate_python(document, strict=False)
        row = entry_row(number, entry) | {"signature": signature, "body": zlib.compress(json.dumps(document).encode())}
        names = ", ".join(row)
        connection.execute(f"INSERT INTO entries ({names}) VALUES ({', '.join('?' * len(row))})", tuple(row.values()))
        rebuild_tree(connection)


SIGN: dict[str, Callable[[Ledger], object]] = {
    "a receipt": lambda ledger: ledger.receipt(0),
    "a checkpoint": Ledger.checkpoint,
    "a refusal": enter_refusal,
    "a release": lambda ledger: enter_release(ledger, {FIELDS: range(3)}),
}


@pytest.mark.parametrize("kept", [True, False], ids=["with its checkpoints", "without them"])
@pytest.mark.parametrize("sign", SIGN)
def test_nothing_is_signed_that_was_not_entered(tmp_path: Path, sign: str, kept: bool) -> None:
    ledger = ledger_with_nothing(tmp_path)
    enter_release(ledger, {FIELDS: range(3)})
    enter_refusal(ledger)
    victim = Victim.of(ledger, tmp_path)
    forge(victim, 1, 2)
    if not kept:
        victim.log.unlink()
    opened = open_ledger(ledger_in(tmp_path), lambda _: None)
    with pytest.raises(LedgerError, match="never signed"):
        SIGN[sign](opened)
    opened.store.close()
    assert not victim.verified().sound


def test_a_ledger_whose_checkpoints_are_elsewhere_goes_on(tmp_path: Path) -> None:
    """As on another machine that enters into the same database: it is signed, though not in its own file."""
    ledger = ledger_with_nothing(tmp_path)
    enter_release(ledger, {FIELDS: range(3)})
    ledger.log.path.rename(tmp_path / "other.checkpoints")
    enter_refusal(ledger)
    ledger.store.close()


def test_one_key_is_one_ledger_s(tmp_path: Path) -> None:
    ledger = ledger_with_nothing(tmp_path)
    enter_release(ledger, {FIELDS: range(3)})
    ledger.store.close()
    another = ledger_in(tmp_path, str(tmp_path / "another.db"))
    for make in (make_ledger, open_ledger):
        with pytest.raises(LedgerError, match=r"fork|gone"):
            make(another, lambda _: None)
    (tmp_path / "ledger.checkpoints").unlink()
    with pytest.raises(LedgerError, match="would be a fork"):
        make_ledger(another, lambda _: None)
    assert not (tmp_path / "another.db").exists()
    (tmp_path / "ledger.db").unlink()
    with pytest.raises(LedgerError, match="would be a fork"):
        make_ledger(ledger_in(tmp_path), lambda _: None)


def test_a_name_that_the_key_has_not_makes_nothing(tmp_path: Path) -> None:
    location = ledger_in(tmp_path)
    location.keys.complete("force.example/one")
    with pytest.raises(UsageError, match=r"not force\.example/other"):
        make_ledger(location, lambda _: None, "force.example/other")
    assert not (tmp_path / "ledger.db").exists()


def test_whoever_is_erased_meanwhile_is_identified_again(tmp_path: Path) -> None:
    ledger = ledger_with_nothing(tmp_path)
    receipt = enter_release(ledger, {FIELDS: range(5)})
    of = ledger.subject_key.of
    identified = ledger.identify({FIELDS: b"".join(of(f"0{who:06}") for who in range(5))}, 0)
    past = ledger.past(Asking("cardco", "id_card_print", DAY, identified))
    ledger.erase("0000003")
    with pytest.raises(Overtaken):
        ledger.enter_release(receipt.entry, identified, b"", past)
    enter_release(ledger, {FIELDS: range(5)})
    assert ledger.erase("0000003") == (5,)
    ledger.store.close()


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace('"entry":', '"entry": {"kind": "innocent"}, "entry":', 1),
        lambda text: text.replace('"number": 0', '"number": "0"'),
        lambda text: text.replace('"format":', '"unknown": 1, "format":', 1),
    ],
)
def test_receipts_that_may_be_read_in_two_ways(tmp_path: Path, change: Callable[[str], str]) -> None:
    ledger = ledger_with_nothing(tmp_path)
    path = tmp_path / "r.json"
    write_receipt(enter_release(ledger, {FIELDS: range(3)}), path)
    ledger.store.close()
    assert read_receipt(path).number == 0
    changed = change(path.read_text())
    assert changed != path.read_text()
    path.write_text(changed)
    with pytest.raises(Exception, match=r"not a receipt|has been changed"):
        read_receipt(path)


def test_stored_policies_that_were_changed_let_nobody_off_signing(tmp_path: Path) -> None:
    ledger = ledger_with_nothing(tmp_path)
    receipt = enter_release(ledger, {FIELDS: range(3)})
    assert ledger.supplier_key(receipt.entry) is None
    victim = Victim.of(ledger, tmp_path)
    with victim.edited() as connection:
        connection.execute("UPDATE policies SET bundle = ?", (zlib.compress(b'{"suppliers": {}}'),))
    with pytest.raises(LedgerError, match="have been changed"):
        ledger.supplier_key(receipt.entry)
    ledger.store.close()
