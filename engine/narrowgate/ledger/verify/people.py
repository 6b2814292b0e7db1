"""The commitments to who each number stands for, held against the roots of them in entries."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from narrowgate.ledger import merkle
from narrowgate.ledger.schema import commitments
from narrowgate.ledger.verify.drawn import Drawn
from narrowgate.ledger.verify.findings import SUBJECTS, Findings, told
from narrowgate.ledger.verify.raw import Row
from narrowgate.model.entry import Entry, ErasureEntry, NewSubjects, ReleaseEntry

_HASH = 32


@dataclass(frozen=True)
class Committed:
    """The people whom the ledger met with one entry."""

    entry: int
    first: int
    count: int
    hashes: bytes | None
    """None where they are not those that the entry commits to."""

    def hash_of(self, number: int) -> bytes | None:
        """What commits to who ``number`` is."""
        place = (number - self.first) * _HASH
        return self.hashes[place : place + _HASH] if self.hashes is not None else None


class Commitments(Drawn):
    """The table ``commitments``."""

    table, called = commitments, "commitments"

    def __init__(self, connection: sa.Connection, findings: Findings) -> None:
        super().__init__(connection, findings)
        self.ranges: list[Committed] = []
        self.erased: set[int] = set()
        self.next = 0
        """The first number that nobody has."""

    def expected(self, number: int, entry: Entry) -> Sequence[Mapping[str, object]]:
        """See ``Drawn.expected``."""
        new = entry.new_subjects if isinstance(entry, ReleaseEntry) else None
        return ({"first": new.first, "entry": number, "count": new.count},) if new else ()

    def look_into(self, number: int, entry: Entry, rows: Sequence[Row]) -> None:
        """Hold the hashes against the root in the entry, and take note of who was erased."""
        if isinstance(entry, ErasureEntry):
            self._erase(number, entry)
        new = entry.new_subjects if isinstance(entry, ReleaseEntry) else None
        if new is None:
            return
        self._check_order(number, new.first)
        hashes = rows[0]["hashes"] if rows else None
        if rows and not _proves(hashes, new):
            message = f"the commitments to {told(new.first, new.first + new.count - 1, SUBJECTS)} were changed"
            self.findings.add("commitments", message, number)
            hashes = None
        self.ranges.append(Committed(number, new.first, new.count, hashes))
        self.next = max(self.next, new.first + new.count)

    def _check_order(self, number: int, first: int) -> None:
        if first < self.next:
            self.findings.add("commitments", f"entry {number:,} gives numbers to people that others have", number)
        elif first > self.next:
            # The entry that does is missing, and told of for that.
            missing = told(self.next, first - 1, SUBJECTS)
            self.findings.add("commitments", f"before entry {number:,} no entry brings in {missing}")

    def pass_over(self, rows: Sequence[Row]) -> None:
        """The numbers that an entry gave, though nothing is known of whose they are."""
        for row in rows:
            number, first, count = row["entry"], row["first"], row["count"]
            if all(isinstance(each, int) for each in (number, first, count)) and first == self.next and count > 0:
                self.ranges.append(Committed(number, first, count, None))
                self.next = first + count

    def _erase(self, number: int, entry: ErasureEntry) -> None:
        self.erased.update(entry.numbers)
        if any(not 0 <= each < self.next for each in entry.numbers):
            self.findings.add("subjects", f"entry {number:,} erases subjects whom the ledger never met", number)

    def of(self, number: int) -> Committed | None:
        """With whom ``number`` was met."""
        place = bisect_right(self.ranges, number, key=lambda each: each.first) - 1
        found = self.ranges[place] if place >= 0 else None
        return found if found and number < found.first + found.count else None


def _proves(hashes: object, new: NewSubjects) -> bool:
    if not isinstance(hashes, bytes) or len(hashes) != new.count * _HASH:
        return False
    leaves = (merkle.leaf_hash(hashes[place : place + _HASH]) for place in range(0, len(hashes), _HASH))
    return merkle.MemoryTree.from_leaves(leaves).root().hex() == new.root
