"""From pseudonyms to the small numbers that sets hold."""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Mapping
from itertools import compress, islice

import sqlalchemy as sa
from pyroaring import BitMap

from narrowgate.ledger.asking import Fields, Identified, Overtaken
from narrowgate.ledger.merkle import MemoryTree, leaf_hash
from narrowgate.ledger.rows import insert_rows, insert_tuples
from narrowgate.ledger.schema import commitments, entries, subjects
from narrowgate.model.entry import NewSubjects
from narrowgate.model.subject import LENGTH

NONCE = 16
"""Bytes."""
_EACH = struct.Struct(f"{LENGTH}s")


class SubjectIndex:
    """The numbers of all subjects, held in memory and brought up to date from the ledger."""

    def __init__(self) -> None:
        self._number_of: dict[bytes, int] = {}
        self.next = 0
        """The first number that nobody has, or had."""
        self._erasure: int | None = None

    def catch_up(self, connection: sa.Connection) -> None:
        """Learn of subjects that were added, and forget erased ones."""
        erasure = connection.scalar(sa.select(sa.func.max(entries.c.number)).where(entries.c.kind == "erasure"))
        if erasure != self._erasure:
            # An erased subject's number must not be given to the same person again.
            self._number_of, self.next, self._erasure = {}, 0, erasure
        # Drivers give bytes as they are: having each of them looked at would take longer than reading them.
        pseudonym = sa.type_coerce(subjects.c.pseudonym, sa.types.NULLTYPE)
        new = sa.select(pseudonym, subjects.c.number).where(subjects.c.number >= self.next)
        self._number_of.update(connection.execute(new).all())
        self.next = _next_number(connection)

    def identify(self, sets: Mapping[Fields, bytes], unidentified: int) -> Identified:
        """The numbers of ``sets``: pseudonyms, end to end, by fields."""
        known: dict[Fields, BitMap] = {}
        unknown: dict[Fields, tuple[bytes, ...]] = {}
        for fields, packed in sets.items():
            pseudonyms = [each for (each,) in _EACH.iter_unpack(packed)]
            numbers = list(map(self._number_of.get, pseudonyms))
            known[fields] = BitMap([number for number in numbers if number is not None])
            missing = [number is None for number in numbers] if None in numbers else []
            unknown[fields] = tuple(dict.fromkeys(compress(pseudonyms, missing)))
        return Identified(known, unknown, unidentified, self._erasure)

    def is_of(self, identified: Identified) -> bool:
        """Whether nobody was erased since."""
        return identified.erasure == self._erasure

    def resolve(self, identified: Identified, new: dict[bytes, int]) -> dict[Fields, BitMap]:
        """Everybody's numbers; whoever still has none gets the next one.

        Args:
            new: who got a number in this transaction already; those who get one now are added. They are not
                remembered: they may yet come to nothing.
        """
        sets = {fields: BitMap(people) for fields, people in identified.known.items()}
        for fields, pseudonyms in identified.unknown.items():
            for pseudonym in pseudonyms:
                number = self._number_of.get(pseudonym)
                if number is None:
                    number = new.setdefault(pseudonym, self.next + len(new))
                sets[fields].add(number)
        return {fields: people for fields, people in sets.items() if people}


def _next_number(connection: sa.Connection) -> int:
    """The first number that nobody has, or had."""
    ends = sa.select(commitments.c.first + commitments.c.count).order_by(commitments.c.first.desc()).limit(1)
    return connection.scalar(ends) or 0


def commitment(number: int, pseudonym: bytes, nonce: bytes) -> bytes:
    """What commits the ledger to whose number it is: says nothing without the nonce, and cannot be made to say else."""
    return hashlib.sha256(b"narrowgate subject/1\0" + nonce + number.to_bytes(8, "big") + pseudonym).digest()


class Newcomers:
    """People whom the ledger meets within one transaction.

    Args:
        index: of those whom it has met, brought up to date within the transaction.
    """

    def __init__(self, index: SubjectIndex) -> None:
        self._index = index
        self._numbers: dict[bytes, int] = {}
        self._people: list[tuple[int, bytes, bytes]] = []
        self._commitments: list[dict[str, object]] = []

    def resolve(self, identified: Identified, entry: int) -> tuple[dict[Fields, BitMap], NewSubjects | None]:
        """The numbers of a release's subjects, and what its entry, which is to be ``entry``, says of those who are new.

        Raises:
            Overtaken: somebody was erased since they were identified.
        """
        if not self._index.is_of(identified):
            raise Overtaken
        before = len(self._numbers)
        sets = self._index.resolve(identified, self._numbers)
        count = len(self._numbers) - before
        if not count:
            return sets, None
        nonces = os.urandom(NONCE * count)
        people = [
            (number, pseudonym, nonces[NONCE * place : NONCE * (place + 1)])
            for place, (pseudonym, number) in enumerate(islice(self._numbers.items(), before, None))
        ]
        self._people += people
        made = [commitment(*each) for each in people]
        first = people[0][0]
        self._commitments.append({"first": first, "entry": entry, "count": count, "hashes": b"".join(made)})
        tree = MemoryTree.from_leaves(map(leaf_hash, made))
        return sets, NewSubjects(first=first, count=count, root=tree.root().hex())

    def write(self, connection: sa.Connection) -> None:
        """Write who they are, and what commits the ledger to it, once the entries are there."""
        if self._people:
            insert_tuples(connection, subjects, ("number", "pseudonym", "nonce"), self._people)
        insert_rows(connection, commitments, self._commitments)
