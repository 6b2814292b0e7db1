"""What a supplier holds already decides what it is sent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support.cli import Outcome, files_in, narrowgate
from support.officers import officers, write_records
from support.policies import AGREEMENT, copy_policies, purpose

CAPPED = AGREEMENT + "    max_people: {days_30: 30}\n"
RULES = 'permit.rank.action := "keep"\n\nrelease if input.record.status == "active"\n'
OTHER = RULES + 'refuse contains "it has the cards" if input.history.id_card_print.days_365.people > 0\n'


class Sender:
    """Somebody who sends parts of a force of 50 to one supplier."""

    def __init__(self, folder: Path, policies: Path) -> None:
        self.folder, self._policies = folder, policies
        self._places = {"NARROWGATE_LEDGER": str(folder / "ledger.db"), "NARROWGATE_KEYS": str(folder / "keys")}

    def send(self, first: int, last: int, on: str = "2026-06-01", what: str = "made_up") -> Outcome:
        export = write_records(self.folder / "export.csv", officers(50)[first:last])
        return narrowgate(
            *("filter", export, "-o", self.folder / "out.csv", "-s", "cardco", "-p", what, "--on", on),
            *("--policies", self._policies),
            environment=self._places,
        )

    def entry(self, number: int) -> Any:
        done = narrowgate("ledger", "show", number, "--json", environment=self._places).require(0)
        return json.loads(done.out)["entry"]


@pytest.fixture
def sender(tmp_path: Path) -> Sender:
    folder = tmp_path / "work"
    folder.mkdir()
    changes = purpose("made_up", RULES, CAPPED) | purpose("other", OTHER)
    return Sender(folder, copy_policies(tmp_path / "policies", changes))


def test_the_printer_that_has_had_nearly_everybody(sender: Sender) -> None:
    sender.send(0, 20).require(0)
    sender.send(10, 30, on="2026-06-02").require(0)
    (sender.folder / "out.csv").unlink()
    (sender.folder / "out.csv.receipt.json").unlink()
    done = sender.send(29, 31, on="2026-06-03").require(1)
    assert "cardco would have been given the data of 31 people in 30 days, and agreement TEST-1 allows 30" in done.err
    assert not {"out.csv", "out.csv.receipt.json"} & files_in(sender.folder)
    refused = sender.entry(2)
    assert refused["kind"] == "refusal"
    assert refused["history"]["made_up"]["days_30"] == {
        "people": 30,
        "records": 40,
        "people_after": 31,
        "records_after": 42,
    }
    # The same people again are nobody new.
    sender.send(0, 30, on="2026-06-03").require(0)


def test_an_earlier_or_later_day_makes_no_room(sender: Sender) -> None:
    sender.send(0, 30, on="2026-06-01").require(0)
    for on in ("2026-01-05", "2026-06-01", "2027-12-01"):
        assert "31 people in 30 days" in sender.send(30, 31, on=on).require(1).err


def test_purposes_see_each_other(sender: Sender) -> None:
    sender.send(0, 5, what="other").require(0)
    sender.send(0, 5, what="id_card_print").require(0)
    assert "it has the cards" in sender.send(0, 5, what="other").require(1).err


@pytest.mark.parametrize("rule", ["permit.surname.action", "release"])
def test_only_refuse_may_go_by_history(tmp_path: Path, rule: str) -> None:
    condition = "input.history.made_up.days_30.people > 3"
    rules = {
        "permit.surname.action": f'permit.surname := {{"action": "keep"}} if {condition}\n',
        "release": f"release if {condition}\n",
    }[rule]
    policies = copy_policies(tmp_path / "policies", purpose("made_up", 'permit.rank.action := "keep"\n' + rules))
    done = narrowgate("policy", "lint", policies).require(3)
    assert "only refuse may go by it" in done.out + done.err
