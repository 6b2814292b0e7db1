"""What is asked again under the same key is given again, and entered once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from narrowgate.errors import Conflict, Refused
from narrowgate.ledger.asking import Repeated
from narrowgate.ledger.ledger import Entered, Ledger
from narrowgate.ledger.schema import entries
from narrowgate.model.entry import RefusalEntry
from narrowgate.service import Gate, Order, filter_export
from support.cli import files_in
from support.gates import DAY
from support.officers import csv_text, officers
from support.paths import POLICIES
from support.policies import copy_policies

KEY, OTHER = "a" * 64, "b" * 64
LATER = DAY + timedelta(1)
OpenGate = Callable[[Path], Gate]


def order_in(folder: Path, key: str | None = KEY, supplier: str = "cardco", people: int = 3) -> Order:
    """An order for an export of ``people`` in ``folder``."""
    export = folder / "staff.csv"
    export.write_text(csv_text(officers(people)))
    return Order(supplier=supplier, purpose="id_card_print", on=DAY, input=export, key=key)


def count(gate: Gate) -> int:
    """How many entries the ledger has."""
    with gate.require_ledger().store.reading() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(entries)) or 0


@pytest.fixture
def own(open_gate: OpenGate) -> Gate:
    """A gate with a ledger of its own."""
    return open_gate(POLICIES)


def test_a_release_is_given_again_and_entered_once(own: Gate, tmp_path: Path) -> None:
    order = order_in(tmp_path)
    first = filter_export(own, order, tmp_path / "one.csv", None)
    again = filter_export(own, order, tmp_path / "two.csv", None)
    assert (again.id, again.number) == (first.id, first.number)
    assert first.entry.key == KEY
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
    assert count(own) == 1


def test_without_a_key_it_is_another_release(own: Gate, tmp_path: Path) -> None:
    order = order_in(tmp_path, key=None)
    first = filter_export(own, order, tmp_path / "one.csv", None)
    assert filter_export(own, order, tmp_path / "two.csv", None).number == first.number + 1
    assert first.entry.key is None
    assert "key" not in first.entry.model_dump()


def test_what_was_released_meanwhile_does_not_count_against_it(own: Gate, tmp_path: Path) -> None:
    order = order_in(tmp_path)
    first = filter_export(own, order, tmp_path / "one.csv", None)
    filter_export(own, replace(order, key=OTHER), tmp_path / "other.csv", None)
    assert filter_export(own, order, tmp_path / "two.csv", None).id == first.id


def test_a_refusal_is_repeated_and_entered_once(own: Gate, tmp_path: Path) -> None:
    order = order_in(tmp_path, supplier="oldco")
    with pytest.raises(Refused) as first:
        filter_export(own, order, tmp_path / "one.csv", None)
    with pytest.raises(Refused) as again:
        filter_export(own, order, tmp_path / "two.csv", None)
    assert again.value.reasons == first.value.reasons
    assert count(own) == 1
    assert files_in(tmp_path) == {"staff.csv"}


@pytest.mark.parametrize("supplier", ["cardco", "oldco"])
@pytest.mark.parametrize("change", [{"attributes": {"urgency": "routine"}}, {"supplier": "elsewhere"}, {"on": LATER}])
def test_another_request_under_the_same_key_is_a_conflict(
    own: Gate, tmp_path: Path, supplier: str, change: dict[str, Any]
) -> None:
    order = order_in(tmp_path, supplier=supplier)
    with suppress(Refused):
        filter_export(own, order, tmp_path / "one.csv", None)
    with pytest.raises(Conflict, match="has the same key"):
        filter_export(own, replace(order, **change), tmp_path / "two.csv", None)
    assert not (tmp_path / "two.csv").exists()
    assert count(own) == 1


@pytest.mark.parametrize("supplier", ["cardco", "oldco"])
def test_another_export_under_the_same_key_is_a_conflict(own: Gate, tmp_path: Path, supplier: str) -> None:
    with suppress(Refused):
        filter_export(own, order_in(tmp_path, supplier=supplier), tmp_path / "one.csv", None)
    with pytest.raises(Conflict, match="has the same key"):
        filter_export(own, order_in(tmp_path, supplier=supplier, people=4), tmp_path / "two.csv", None)
    assert not (tmp_path / "two.csv").exists()
    assert count(own) == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('permit.surname.action := "keep"', 'permit.surname := {"action": "mask", "keep_first": 1}'),
        ("\nmeta := ", '\nrefuse contains "not any more" if true\n\nmeta := '),
    ],
)
def test_policies_that_changed_meanwhile_are_a_conflict(
    open_gate: OpenGate, tmp_path: Path, old: str, new: str
) -> None:
    policies = tmp_path / "policies"
    copy_policies(policies)
    gate, order = open_gate(policies), order_in(tmp_path)
    filter_export(gate, order, tmp_path / "one.csv", None)
    rego = policies / "purposes/id_card_print/id_card_print.rego"
    text = rego.read_text()
    assert old in text
    rego.write_text(text.replace(old, new, 1))
    changed = replace(open_gate(policies), ledger=gate.ledger)
    with pytest.raises(Conflict, match="cannot be made again"):
        filter_export(changed, order, tmp_path / "two.csv", None)
    assert not (tmp_path / "two.csv").exists()
    assert count(gate) == 1


def test_one_who_asked_meanwhile(own: Gate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes ask under one key; both look before either enters."""
    ledger, order = own.require_ledger(), order_in(tmp_path)
    under = Ledger.under
    asked: list[int] = []

    def late(self: Ledger, keys: Sequence[str]) -> dict[str, Entered]:
        asked.append(1)
        if len(asked) == 1:
            filter_export(own, order, tmp_path / "theirs.csv", None)
            return {}
        return under(self, keys)

    monkeypatch.setattr(Ledger, "under", late)
    receipt = filter_export(own, order, tmp_path / "ours.csv", None)
    assert receipt.number == 0
    assert (tmp_path / "ours.csv").read_bytes() == (tmp_path / "theirs.csv").read_bytes()
    assert count(own) == 1
    assert ledger.under([KEY])[KEY].id == receipt.id


def test_the_ledger_takes_a_key_once(own: Gate, tmp_path: Path) -> None:
    entry = filter_export(own, order_in(tmp_path), tmp_path / "one.csv", None).entry
    shared = {name: getattr(entry, name) for name in ("request", "history", "policy", "engine", "decision", "input")}
    refusal = RefusalEntry(at="", key=KEY, reasons=("no",), **shared)
    with pytest.raises(Repeated):
        own.require_ledger().enter_refusal(refusal, b"")
    assert count(own) == 1
