"""A ledger of ten years: 34,000 people at a time, 61,000 in all, 40 suppliers, a release to each every week.

Everything is entered as a release is, by the same code, on days that have passed. What an entry says of columns and
rules is what the shipped policies decide.

Usage: PYTHONPATH=tests python -m bench.decade FOLDER [--per-week N] [--weeks N] [--every N]
"""

from __future__ import annotations

import argparse
import hashlib
import random
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path
from unittest import mock

from narrowgate.ledger.asking import Identified, Past
from narrowgate.ledger.keys import KeyRing
from narrowgate.ledger.ledger import Ledger
from narrowgate.ledger.open import Location, make_ledger, open_ledger
from narrowgate.model.agreement import PurposeData
from narrowgate.model.entry import AttestationEntry, FileDigest, ReleaseEntry
from narrowgate.policy.bundle import Bundle
from narrowgate.service import Order, filter_export
from support.gates import DAY, private_gate
from support.officers import officers, write_records
from support.paths import POLICIES

STRENGTH, TURNOVER = 34_000, 52
"""People at a time, and how many of them leave and are replaced each week."""
FIRST, WEEKS = date(2016, 1, 4), 520
SECRET = "invented for the bench, and for nothing else"
SCOPES = (*[1.0] * 4, *[0.5] * 6, *[0.15] * 10, *[0.06] * 10)
"""What part of the force each of the first 30 suppliers is sent; the others get a new sample every time."""
SAMPLE, SAMPLERS = 2_850, 10
ATTESTED = 0.6
"""How many releases are attested to be deleted, a month later."""


@dataclass(frozen=True)
class Supplier:
    """Who is sent what, and as which of the shipped policies decide."""

    name: str
    template: ReleaseEntry
    scope: float | None
    salt: int

    def among(self, people: list[int]) -> list[int]:
        """Those whom it is always sent."""
        if self.scope is None:
            return people
        return [each for each in people if (each * 2_654_435_761 + self.salt) % 10_000 < self.scope * 10_000]


class Force:
    """The people, week by week."""

    def __init__(self) -> None:
        self._chance = random.Random(11)
        self.serving = list(range(STRENGTH))
        self.met = STRENGTH

    def week(self) -> None:
        """Some leave, and others come."""
        for place in self._chance.sample(range(STRENGTH), TURNOVER):
            self.serving[place] = self.met
            self.met += 1


def location(folder: Path) -> Location:
    """The ledger in ``folder``."""
    return Location(str(folder / "ledger.db"), KeyRing(folder / "keys", SECRET), folder / "ledger.checkpoints", folder)


def templates() -> tuple[list[ReleaseEntry], Bundle]:
    """A release for each shipped agreement in force, and the policies that decided it."""
    found = []
    with private_gate(POLICIES) as gate, tempfile.TemporaryDirectory() as folder:
        export = write_records(Path(folder, "export.csv"), officers(20))
        policies = gate.engine.policies
        for purpose in policies.purposes:
            for agreement in PurposeData.model_validate(policies.purpose_data[purpose]).agreements:
                if agreement.starts <= DAY <= agreement.until:
                    order = Order(agreement.supplier, purpose, DAY, export, write_as=agreement.formats[0])
                    found.append(filter_export(gate, order, Path(folder, "release"), None).entry)
    return found, policies


def suppliers(entries: list[ReleaseEntry]) -> list[Supplier]:
    """All 40 of them."""
    scopes: list[float | None] = [*SCOPES, *[None] * SAMPLERS]
    return [
        Supplier(f"{template.request.supplier}_{number}", template, scope, number * 977)
        for number, (scope, template) in enumerate(zip(scopes, islice(cycle(entries), len(scopes)), strict=True))
    ]


def pseudonyms_of(ledger: Ledger) -> list[bytes]:
    """The pseudonyms of everybody there ever is."""
    return [ledger.subject_key.of(f"E{person:07}") for person in range(STRENGTH + TURNOVER * WEEKS)]


def release_to(supplier: Supplier, people: list[int], on: date, entered: str, number: int) -> ReleaseEntry:
    """The entry of a release, but for its subjects."""
    template, size = supplier.template, len(people)
    digest = hashlib.sha256(f"{supplier.name} {on} {number}".encode()).hexdigest()
    read = size + 300 + number % 90
    request = template.request.model_copy(update={"supplier": supplier.name, "on": on, "row_count": read})
    counts = {"read": read, "released": size, "withheld": read - size, "reasons": {"covert posting": read - size}}
    return template.model_copy(
        update={
            "at": entered,
            "request": request,
            "records": template.records.model_copy(update=counts),
            "input": FileDigest(format="csv", bytes=read * 240, sha256=digest),
            "release": FileDigest(format="csv", bytes=size * 40 + number % 997, sha256=digest[::-1]),
        }
    )


def sets_of(supplier: Supplier, people: list[int], of: list[bytes]) -> dict[tuple[str, ...], bytes]:
    """Whose data leaves, by fields: of every eleventh person one cell is empty."""
    fields = tuple(column.field for column in supplier.template.columns if column.name is not None)
    full = [of[person] for person in people if person % 11]
    partly = [of[person] for person in people if not person % 11]
    if len(fields) < 2:
        return {fields: b"".join(full + partly)}
    return {fields: b"".join(full), fields[:-1]: b"".join(partly)}


def enter(ledger: Ledger, entry: ReleaseEntry, identified: Identified, bundle: bytes) -> str:
    """Enter a release on its day; returns its id."""
    with mock.patch("narrowgate.ledger.ledger.timestamp", return_value=entry.at):
        return ledger.enter_release(entry, identified, bundle, Past(entry.history, sys.maxsize)).id


def _attest(ledger: Ledger, supplier: str, release: str, on: date) -> None:
    entry = AttestationEntry(at="", supplier=supplier, release=release, deleted_on=on, statement=None)
    with mock.patch("narrowgate.ledger.ledger.timestamp", return_value=f"{on}T09:00:00.000Z"):
        ledger.enter_attestation(entry)


def _days(per_week: int, weeks: int) -> Iterator[tuple[date, int]]:
    for week in range(weeks):
        for number in range(per_week):
            yield FIRST + timedelta(7 * week + number * 7 // per_week), number


def make(folder: Path, per_week: int = 1, weeks: int = WEEKS, only: slice = slice(None)) -> None:
    """Make the ledger, unless it is there, with releases to ``only`` some of the suppliers."""
    if (folder / "made").exists():
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    entries, policies = templates()
    ledger = make_ledger(location(folder), lambda _: None)
    of, chance, force = pseudonyms_of(ledger), random.Random(5), Force()
    disclosed, releases, due = 0, 0, list[tuple[date, str, str]]()
    start = datetime.now(UTC)
    to_all = suppliers(entries)[only]
    for on, number in _days(per_week, weeks):
        if number == 0:
            sent = [to.among(force.serving) for to in to_all]
        while due and due[0][0] <= on:
            deleted, supplier, release = due.pop(0)
            _attest(ledger, supplier, release, deleted)
        for place, (to, people) in enumerate(zip(to_all, sent, strict=True)):
            if to.scope is None:
                people = chance.sample(people, SAMPLE)
            entered = f"{on}T{8 + place // 10:02}:{place % 10 * 6 + number % 6:02}:00.000Z"
            identified = ledger.identify(sets_of(to, people, of), 0)
            release = enter(ledger, release_to(to, people, on, entered, releases), identified, policies.content)
            if chance.random() < ATTESTED:
                due.append((on + timedelta(30), to.name, release))
            disclosed, releases = disclosed + len(people), releases + 1
        if number == per_week - 1:
            force.week()
        _tell(f"{on}  {releases:,} releases, {force.met:,} people, {disclosed:,} disclosures")
    _tell(f"made in {(datetime.now(UTC) - start).total_seconds():.0f} s\n")
    ledger.store.close()
    (folder / "made").write_text(f"{releases} {force.met} {disclosed}\n")


def _tell(line: str) -> None:
    print(f"\r{line}", end="", file=sys.stderr, flush=True)


def opened(folder: Path) -> Ledger:
    """The ledger that was made."""
    return open_ledger(location(folder), print)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--per-week", type=int, default=1)
    parser.add_argument("--weeks", type=int, default=WEEKS)
    parser.add_argument("--every", type=int, default=1, help="only to each so many-th supplier")
    given = parser.parse_args()
    make(given.folder, given.per_week, given.weeks, slice(None, None, given.every))
