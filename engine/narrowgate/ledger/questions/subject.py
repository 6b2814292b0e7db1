"""Who holds anything about one person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from itertools import chain, groupby, islice
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from pyroaring import BitMap

from narrowgate.errors import LedgerError, UsageError
from narrowgate.ledger.rows import SET_COLUMNS, SetReader
from narrowgate.ledger.schema import attestations, disclosures, flows, releases, spans, subjects
from narrowgate.ledger.sets import span_digest
from narrowgate.ledger.stores.interface import Store
from narrowgate.model.breach import UNKNOWN
from narrowgate.model.catalogue import Catalogue
from narrowgate.model.person import PersonHolding, PersonReport
from narrowgate.model.subject import SubjectKey

_AT_ONCE = 1000
"""Rows that are fetched, and entries that are named, in one go."""
_IN_PARTS = {"yield_per": _AT_ONCE}
_STRETCHES = 100
_NO_END = (1 << 62) - 1


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


def require_identifier(identifier: str, catalogue: Catalogue) -> None:
    """Make sure that somebody whom the ledger does not know is not merely misspelt.

    Raises:
        UsageError: nobody can have this identifier.
    """
    # Whoever is known need not wait for Polars to be imported.
    from narrowgate.tables.subjects import is_identifier

    key = catalogue.subject_key
    if not is_identifier(identifier, catalogue[key]):
        raise UsageError(f"nobody's {key} is like that", "give it as the HR system writes it, with all its characters")


def _numbers(connection: sa.Connection, pseudonym: bytes) -> Sequence[int]:
    return connection.scalars(sa.select(subjects.c.number).where(subjects.c.pseudonym == pseudonym)).all()


@dataclass(frozen=True)
class _Stretch:
    """Sets of a flow in a row, from one entry to another."""

    flow: int
    first: int
    last: int
    in_every: bool
    """Whether the person is in each of them, or may be in some."""

    @property
    def where(self) -> sa.ColumnElement[bool]:
        """What is true of them."""
        return (disclosures.c.flow == self.flow) & disclosures.c.entry.between(self.first, self.last)


def _given(connection: sa.Connection, number: int) -> Iterator[tuple[int, int]]:
    """The releases in which a set holds ``number``, each with the set's flow."""
    stretches = list(_stretches(connection, number))
    for where in _together(each for each in stretches if each.in_every):
        yield from connection.execute(sa.select(disclosures.c.entry, disclosures.c.flow).where(where))
    reader, columns = SetReader(connection), (*SET_COLUMNS, disclosures.c.flow)
    for where in _together(each for each in stretches if not each.in_every):
        for row in connection.execute(sa.select(*columns).where(where), execution_options=_IN_PARTS):
            if reader.holds(row, number):
                yield row[0], row[-1]


def _stretches(connection: sa.Connection, number: int) -> Iterator[_Stretch]:
    """Where to look for ``number``: in all sets but those that are summed up without it."""
    ends = dict.fromkeys(connection.scalars(sa.select(flows.c.number)), -1)
    summed = list[tuple[int, bool | None, int, int]]()
    rows = connection.execute(sa.select(spans).order_by(spans.c.flow, spans.c.number), execution_options=_IN_PARTS)
    for row in rows:
        ends[row.flow] = row.last
        summed.append((row.flow, _in_every(row, number), row.first, row.last))
    for (flow, in_every), run in groupby(summed, itemgetter(0, 1)):
        here = list(run)
        if in_every is not None:
            yield _Stretch(flow, here[0][2], here[-1][3], in_every)
    for flow, end in ends.items():
        yield _Stretch(flow, end + 1, _NO_END, in_every=False)


def _in_every(row: Any, number: int) -> bool | None:
    """Whether ``number`` is in every one of the sets that ``row`` of ``spans`` sums up; None where it is in none."""
    if span_digest(row.anyone, row.everyone) != row.digest:
        raise LedgerError(
            f"the sum of sets {row.number:,} of flow {row.flow} has been changed", "run: narrowgate ledger verify"
        )
    return number in BitMap.deserialize(row.everyone) if number in BitMap.deserialize(row.anyone) else None


def _together(stretches: Iterable[_Stretch]) -> Iterator[sa.ColumnElement[bool]]:
    """What is true of the sets of ``stretches``, as many of them at a time as a statement may name."""
    left = iter(stretches)
    while some := list(islice(left, _STRETCHES)):
        yield sa.or_(*(each.where for each in some))


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
