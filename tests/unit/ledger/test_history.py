"""What a supplier was given lately, as policies see it, held against going through all releases."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from narrowgate.ledger.asking import Asking, Identified
from narrowgate.ledger.ledger import Ledger
from narrowgate.model.history import DAYS, Held
from support.gates import DAY
from support.ledgers import FIELDS, enter_release, ledger_with_nothing

TODAY = datetime.now(UTC).date()
"""On which all of these tests' releases are entered."""


@dataclass(frozen=True)
class Sent:
    """A release."""

    supplier: str
    purpose: str
    on: date
    people: frozenset[int]
    unidentified: int


def held(releases: Iterable[Sent], people: frozenset[int], others: int, records: int) -> Held:
    """What ``releases`` come to, and what they do together with another one."""
    known, unknown, before = frozenset[int](), 0, 0
    for each in releases:
        known, unknown = known | each.people, unknown + each.unidentified
        before += len(each.people) + each.unidentified
    return Held(
        people=len(known) + unknown,
        records=before,
        people_after=len(known | people) + unknown + others,
        records_after=before + records,
    )


def identified(ledger: Ledger, people: Iterable[int], others: int) -> Identified:
    return ledger.identify({FIELDS: b"".join(ledger.subject_key.of(f"0{each:06}") for each in people)}, others)


@pytest.mark.parametrize("seed", range(4))
def test_history_is_what_was_sent(tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chance, ledger, sent = random.Random(seed), ledger_with_nothing(tmp_path), list[Sent]()
    # Entered long ago, so that it is the day of the request that counts.
    monkeypatch.setattr("narrowgate.ledger.ledger.timestamp", lambda: "2020-01-01T09:00:00.000Z")
    for _ in range(25):
        release = Sent(
            chance.choice(("cardco", "kitcorp")),
            chance.choice(("id_card_print", "uniform")),
            DAY - timedelta(chance.choice((0, 1, 29, 30, 200, 364, 365, 700, -1, -40))),
            frozenset(chance.sample(range(40), chance.randint(0, 20))),
            chance.choice((0, 0, 3)),
        )
        enter_release(
            ledger, {FIELDS: release.people}, release.supplier, release.purpose, release.on, release.unidentified
        )
        sent.append(release)
    people = frozenset(chance.sample(range(60), 20))
    asking = Asking("cardco", "id_card_print", DAY, identified(ledger, people, 2), 22)
    past = ledger.past(asking)
    assert past.size == len(sent)
    for purpose, windows in past.history.items():
        for days in DAYS:
            among = [
                each
                for each in sent
                if (each.supplier, each.purpose) == ("cardco", purpose) and 0 <= (DAY - each.on).days < days
            ]
            more = (people, 2, 22) if purpose == asking.purpose else (frozenset[int](), 0, 0)
            assert getattr(windows, f"days_{days}") == held(among, *more)
    assert {each.purpose for each in sent if each.supplier == "cardco" and 0 <= (DAY - each.on).days < 365} <= set(
        past.history
    )
    ledger.store.close()


@pytest.mark.parametrize("on", [TODAY - timedelta(4000), TODAY + timedelta(4000)])
def test_no_day_of_a_request_hides_what_was_entered_today(tmp_path: Path, on: date) -> None:
    ledger = ledger_with_nothing(tmp_path)
    enter_release(ledger, {FIELDS: range(7)}, on=on)
    for asked_on in (TODAY, on - timedelta(800), on + timedelta(800)):
        past = ledger.past(Asking("cardco", "id_card_print", asked_on))
        assert past.history["id_card_print"].days_1.people == 7
    ledger.store.close()


def test_nobody_was_sent_anything(tmp_path: Path) -> None:
    ledger = ledger_with_nothing(tmp_path)
    past = ledger.past(Asking("cardco", "id_card_print", DAY, identified(ledger, range(3), 1), 5))
    assert list(past.history) == ["id_card_print"]
    assert past.history["id_card_print"].days_365 == Held(people=0, records=0, people_after=4, records_after=5)
    ledger.store.close()
