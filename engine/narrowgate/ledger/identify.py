"""From pseudonyms to the small numbers that sets hold."""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Mapping
from itertools import compress
from typing import Any

import sqlalchemy as sa
from pyroaring import BitMap

from narrowgate.ledger.asking import Fields, Identified
from narrowgate.ledger.schema import commitments, entries, subjects
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

    def resolve(self, identified: Identified, first: int) -> tuple[dict[Fields, BitMap], dict[bytes, int]]:
        """Everybody's numbers; whoever still has none gets one from ``first`` on.

        Returns:
            The sets, and the new numbers in order. They are not remembered: they may yet come to nothing.
        """
        new: dict[bytes, int] = {}
        sets = {fields: BitMap(people) for fields, people in identified.known.items()}
        for fields, pseudonyms in identified.unknown.items():
            for pseudonym in pseudonyms:
                number = self._number_of.get(pseudonym)
                sets[fields].add(new.setdefault(pseudonym, first + len(new)) if number is None else number)
        return {fields: people for fields, people in sets.items() if people}, new


def _next_number(connection: sa.Connection) -> int:
    """The first number that nobody has, or had."""
    ends = sa.select(commitments.c.first + commitments.c.count).order_by(commitments.c.first.desc()).limit(1)
    return connection.scalar(ends) or 0


def commitment(number: int, pseudonym: bytes, nonce: bytes) -> bytes:
    """What commits the ledger to whose number it is: says nothing without the nonce, and cannot be made to say else."""
    return hashlib.sha256(b"narrowgate subject/1\0" + nonce + number.to_bytes(8, "big") + pseudonym).digest()


def add_subjects(connection: sa.Connection, new: Mapping[bytes, int]) -> list[bytes]:
    """Enter who the new numbers are; returns the commitments in their order."""
    nonces = os.urandom(NONCE * len(new))
    people = [
        (number, pseudonym, nonces[NONCE * place : NONCE * (place + 1)])
        for place, (pseudonym, number) in enumerate(new.items())
    ]
    if people:
        insert = sa.insert(subjects).compile(dialect=connection.dialect)
        columns = "number", "pseudonym", "nonce"
        rows: list[Any] = people if insert.positional else [dict(zip(columns, each, strict=True)) for each in people]
        connection.exec_driver_sql(str(insert), rows)
    return [commitment(*each) for each in people]
