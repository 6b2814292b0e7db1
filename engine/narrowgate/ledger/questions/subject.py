"""Who holds anything about one person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from itertools import chain
from typing import Any

import sqlalchemy as sa
from pyroaring import BitMap

from narrowgate.ledger.rows import SET_COLUMNS
from narrowgate.ledger.schema import attestations, disclosures, flows, releases, subjects
from narrowgate.ledger.sets import Place, corrupt, digest_of
from narrowgate.ledger.stores.interface import Store
from narrowgate.model.breach import UNKNOWN
from narrowgate.model.catalogue import Catalogue
from narrowgate.model.person import PersonHolding, PersonReport
from narrowgate.model.subject import SubjectKey

_AT_ONCE = 1000
"""Rows that are fetched, and entries that are named, in one go."""
_IN_PARTS = {"yield_per": _AT_ONCE}


@dataclass
class _Held:
    """What is known of releases that held the same of a person, or of one field in them."""

    releases: int = 0
    held: int = 0
    overdue: int = 0
    first: date = date.max
    last: date = date.min
    delete_by: date | None = None

    def add(self, other: _Held) -> None:
        """Count ``other`` in."""
        self.releases += other.releases
        self.held += other.held
        self.overdue += other.overdue
        self.first, self.last = min(self.first, other.first), max(self.last, other.last)
        if other.delete_by is not None:
            self.delete_by = max(self.delete_by or other.delete_by, other.delete_by)


def person(store: Store, catalogue: Catalogue, key: SubjectKey, identifier: str, on: date) -> PersonReport:
    """What suppliers were given of the person with ``identifier``.

    Args:
        catalogue: tells the categories of fields.
        key: makes the ledger's pseudonyms.
        on: the day as of which something is overdue.

    Raises:
        LedgerError: a set has been changed.
    """
    with store.reading() as connection:
        numbers = _numbers(connection, key.of(identifier))
        found = chain.from_iterable(_given(connection, number) for number in numbers)
        holdings = tuple(_holdings(connection, catalogue, found, on))
        unidentified = _unidentified(connection)
    return PersonReport(identifier=identifier, on=on, known=bool(numbers), holdings=holdings, unidentified=unidentified)


def _numbers(connection: sa.Connection, pseudonym: bytes) -> Sequence[int]:
    return connection.scalars(sa.select(subjects.c.number).where(subjects.c.pseudonym == pseudonym)).all()


def _given(connection: sa.Connection, number: int) -> Iterator[tuple[int, int]]:
    """The releases in which a set holds ``number``, each with the set's flow.

    Sets that are kept as a difference are not put together: whoever is in one is in it or in its base, and not in both.
    """
    whole: dict[Place, tuple[bytes, bool]] = {}
    for entry, part, _, _, digest, bitmap, flow in _sets(connection, disclosures.c.base_entry.is_(None)):
        if digest_of(bitmap, None) != digest:
            raise corrupt((entry, part))
        here = number in BitMap.deserialize(bitmap)
        whole[entry, part] = digest, here
        if here:
            yield entry, flow
    for entry, part, base_entry, base_part, digest, bitmap, flow in _sets(
        connection, disclosures.c.base_entry.is_not(None)
    ):
        base, there = whole.get((base_entry, base_part), (b"", False))
        if digest_of(bitmap, base) != digest:
            raise corrupt((entry, part))
        if (number in BitMap.deserialize(bitmap)) != there:
            yield entry, flow


def _sets(connection: sa.Connection, which: sa.ColumnElement[bool]) -> Iterator[Any]:
    """Rows of ``SET_COLUMNS`` and the flow, as they come."""
    rows = connection.execute(sa.select(*SET_COLUMNS, disclosures.c.flow).where(which), execution_options=_IN_PARTS)
    return chain.from_iterable(rows.partitions())


def _holdings(
    connection: sa.Connection, catalogue: Catalogue, found: Iterable[tuple[int, int]], on: date
) -> Iterator[PersonHolding]:
    """A line for each field that a supplier was given for a purpose."""
    flows_of: defaultdict[int, tuple[int, ...]] = defaultdict(tuple)
    for entry, flow in found:
        flows_of[entry] += (flow,)
    alike: defaultdict[tuple[int, ...], _Held] = defaultdict(_Held)
    for row in _releases(connection, list(flows_of)):
        alike[flows_of[row.entry]].add(_held(row, on))
    known = {row.number: row for row in connection.execute(sa.select(flows))}
    by_field: defaultdict[tuple[str, str, str], _Held] = defaultdict(_Held)
    for numbers, held in alike.items():
        supplier, purpose = known[numbers[0]].supplier, known[numbers[0]].purpose
        for name in {name for number in numbers for name in known[number].fields.split()}:
            by_field[supplier, purpose, name].add(held)
    order = {name: place for place, name in enumerate(catalogue.fields)}
    for key in sorted(by_field, key=lambda key: (*key[:2], order.get(key[2], len(order)), key[2])):
        category = catalogue[key[2]].category if key[2] in catalogue else UNKNOWN
        named = dict(zip(("supplier", "purpose", "field"), key, strict=True))
        yield PersonHolding(**named, category=category, **asdict(by_field[key]))


def _held(row: Any, on: date) -> _Held:
    day, still = min(row.requested_on, row.entered_on), row.deleted_on is None
    late = still and row.delete_by < on
    return _Held(1, int(still), int(late), day, day, row.delete_by if still else None)


def _releases(connection: sa.Connection, entries: Sequence[int]) -> Iterator[Any]:
    columns = (
        *(releases.c.entry, releases.c.supplier, releases.c.purpose, releases.c.requested_on, releases.c.entered_on),
        *(releases.c.delete_by, attestations.c.deleted_on),
    )
    among = releases.outerjoin(attestations, attestations.c.release == releases.c.entry)
    for start in range(0, len(entries), _AT_ONCE):
        named = releases.c.entry.in_(entries[start : start + _AT_ONCE])
        yield from connection.execute(sa.select(*columns).select_from(among).where(named))


def _unidentified(connection: sa.Connection) -> int:
    """Records of releases still held that do not say whose they are."""
    among = releases.outerjoin(attestations, attestations.c.release == releases.c.entry)
    total = sa.select(sa.func.coalesce(sa.func.sum(releases.c.unidentified), 0)).select_from(among)
    return int(connection.scalar(total.where(attestations.c.entry.is_(None))) or 0)
