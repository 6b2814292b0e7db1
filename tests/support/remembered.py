"""A ledger's questions answered the plain way: everything is remembered as it is, and gone through each time."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from narrowgate.ledger.ledger import Ledger
from narrowgate.ledger.questions.held import Question
from narrowgate.model.entry import AttestationEntry
from support.ledgers import FIELDS, enter_refusal, enter_release

SUPPLIERS, PURPOSES = ("cardco", "kitcorp", "learnly"), ("id_card_print", "uniform")
FIRST, DAYS = date(2021, 1, 1), 700
Person = tuple[int, int]
"""Who it is, and how often they have been erased before: the ledger cannot tell that it meets them again."""


@dataclass(eq=False)
class Remembered:
    """One release."""

    entry: int
    id: str
    supplier: str
    purpose: str
    since: date
    delete_by: date
    records: int
    unidentified: int
    sets: dict[tuple[str, ...], set[Person]]
    deleted_on: date | None = None

    def fields(self, only: tuple[str, ...] = ()) -> set[str]:
        """Of which it holds something; where records do not say whose they are, of any that left."""
        held = {name for fields, people in self.sets.items() if people for name in fields}
        return {name for name in (held | set(FIELDS) if self.unidentified else held) if not only or name in only}

    def people(self, fields: set[str]) -> set[Person]:
        """Of whom it holds any of ``fields``."""
        return {each for names, people in self.sets.items() if fields.intersection(names) for each in people}

    def overdue(self, last: date) -> bool:
        """Whether it was held on any day after its time, up to ``last``."""
        end = last if self.deleted_on is None else min(last, self.deleted_on)
        return end > self.delete_by


@dataclass
class Memory:
    """Everything that was entered."""

    releases: list[Remembered] = field(default_factory=list)
    erased: Counter[int] = field(default_factory=Counter)

    def held(self, question: Question) -> Iterator[Remembered]:
        """The releases that ``question`` is about."""
        for each in self.releases:
            started = each.since <= question.last
            gone = question.first and each.deleted_on and each.deleted_on < question.first
            asked = question.purpose in {None, each.purpose} and each.supplier == question.supplier
            if started and not gone and asked and (each.fields(question.fields) or not question.fields):
                yield each

    def last_days(self, question: Question) -> dict[Person, dict[str, date]]:
        """When each person's fields last left."""
        found: dict[Person, dict[str, date]] = {}
        for release in self.held(question):
            for fields, people in release.sets.items():
                for person in people:
                    for name in set(fields) & release.fields(question.fields):
                        days = found.setdefault(person, {})
                        days[name] = max(days.get(name, date.min), release.since)
        return found


def remember(ledger: Ledger, seed: int, releases: int = 40) -> Memory:
    """Enter releases, deletions, erasures and refusals at random, and remember them."""
    chance, memory = random.Random(seed), Memory()
    for _ in range(releases):
        memory.releases.append(_release(ledger, memory, chance))
        if chance.random() < 0.3:
            _attest(ledger, memory, chance)
        if chance.random() < 0.2 and ledger.erase(f"0{(who := chance.randrange(60)):06}"):
            memory.erased[who] += 1
        if chance.random() < 0.1:
            enter_refusal(ledger)
    return memory


def _release(ledger: Ledger, memory: Memory, chance: random.Random) -> Remembered:
    field_sets = {
        tuple(name for name in FIELDS if chance.random() < 0.6) or FIELDS[:1] for _ in range(chance.randint(0, 3))
    }
    sets = {fields: chance.sample(range(60), chance.randint(0, 40)) for fields in sorted(field_sets)}
    supplier, purpose = chance.choice(SUPPLIERS), chance.choice(PURPOSES)
    # One in ten is asked for far ahead: it is held from the day on which it is entered.
    on = date(2090, 1, 1) if chance.random() < 0.1 else FIRST + timedelta(chance.randrange(DAYS))
    unidentified = chance.choice((0, 0, 0, 5))
    receipt = enter_release(ledger, sets, supplier, purpose, on, unidentified)
    return Remembered(
        receipt.number,
        receipt.id,
        supplier,
        purpose,
        min(on, date.fromisoformat(receipt.entry.at[:10])),
        min(on, date.fromisoformat(receipt.entry.at[:10])) + timedelta(30),
        receipt.entry.records.released,
        unidentified,
        {fields: {(who, memory.erased[who]) for who in people} for fields, people in sets.items()},
    )


def _attest(ledger: Ledger, memory: Memory, chance: random.Random) -> None:
    release = chance.choice(memory.releases)
    if release.deleted_on is None:
        release.deleted_on = release.since + timedelta(chance.randrange(60))
        ledger.enter_attestation(
            AttestationEntry(
                at="",
                supplier=release.supplier,
                release=release.id,
                deleted_on=release.deleted_on,
                statement=None,
            )
        )
