"""Reading the log: nodes of the tree, entries, sets of subjects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from pyroaring import BitMap

from narrowgate.errors import LedgerError, NotThere, UsageError
from narrowgate.ledger.canonical import unpacked
from narrowgate.ledger.merkle import Coordinate
from narrowgate.ledger.schema import disclosures, entries, nodes
from narrowgate.ledger.sets import Base, Place, corrupt, digest_of, unpack

_SHORTEST_ID = 8
_HASH = 32

SET_COLUMNS = (
    disclosures.c.entry,
    disclosures.c.part,
    disclosures.c.base_entry,
    disclosures.c.base_part,
    disclosures.c.digest,
    disclosures.c.bitmap,
)
"""What ``SetReader.people`` needs of a row, in this order and before any others."""


class NodeReader:
    """The tree's nodes as ``merkle`` reads them."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._known: dict[Coordinate, bytes] = {}

    def __call__(self, places: Sequence[Coordinate]) -> list[bytes]:
        """The hashes at ``places``, in order.

        Raises:
            LedgerError: one is missing.
        """
        if missing := [place for place in places if place not in self._known]:
            self._read(missing)
        try:
            return [self._known[place] for place in places]
        except KeyError:
            raise LedgerError("the ledger's tree has gaps", "run: narrowgate ledger verify") from None

    def learn(self, made: Iterable[tuple[Coordinate, bytes]]) -> None:
        """Take note of nodes that were made in this transaction. None ever changes."""
        self._known.update(made)

    def _read(self, places: Sequence[Coordinate]) -> None:
        # One by one: for pairs in a list, SQLite would read the whole table. As text: they are numbers, and building
        # the expression would take longer than reading. To the driver, so that no text is remembered that never recurs.
        where = " OR ".join(f"level = {level:d} AND number = {number:d}" for level, number in places)
        rows = self._connection.exec_driver_sql(f"SELECT level, number, hash FROM nodes WHERE {where}")  # noqa: S608
        self._known.update({(level, number): bytes(digest) for level, number, digest in rows})


def insert_rows(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows of numbers, texts and bytes, which drivers take as they are. All name their columns in one order."""
    if rows:
        insert_tuples(connection, table, tuple(rows[0]), [tuple(row.values()) for row in rows])


def insert_tuples(
    connection: sa.Connection, table: sa.Table, columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]]
) -> None:
    """The same of tuples. To have each value looked at would take longer than to write it."""
    insert = sa.insert(table).compile(dialect=connection.dialect, column_keys=columns)
    given: Any
    if not insert.positional:
        given = [dict(zip(columns, row, strict=True)) for row in rows]
    elif tuple(insert.positiontup or ()) == columns:
        given = rows
    else:
        places = [columns.index(name) for name in insert.positiontup or ()]
        given = [tuple(row[place] for place in places) for row in rows]
    connection.exec_driver_sql(str(insert), given)


def size_of(connection: sa.Connection) -> int:
    """How many entries there are."""
    last = connection.scalar(sa.select(sa.func.max(entries.c.number)))
    return 0 if last is None else int(last) + 1


def find_entry(connection: sa.Connection, name: str) -> int:
    """The number of the entry that ``name`` means: its number, or the beginning of its id, 8 digits or more.

    Raises:
        NotThere: there is none.
        UsageError: there is more than one.
    """
    if name.isdecimal() and len(name) < _SHORTEST_ID:
        number = int(name)
        found = [number] if number < size_of(connection) else []
    else:
        found = _with_id(connection, name.lower())
    remedy = "give its number, or 8 digits or more of its id; see: narrowgate ledger list"
    if not found:
        raise NotThere(f"there is no entry {name}", remedy)
    if len(found) > 1:
        raise UsageError(f"there is more than one entry {name}", remedy)
    return found[0]


def _with_id(connection: sa.Connection, digits: str) -> list[int]:
    if len(digits) < _SHORTEST_ID or len(digits) > 2 * _HASH or set(digits) - set("0123456789abcdef"):
        return []
    low, high = bytes.fromhex(digits.ljust(2 * _HASH, "0")), bytes.fromhex(digits.ljust(2 * _HASH, "f"))
    leaves = sa.select(nodes.c.number).where(nodes.c.level == 0, nodes.c.hash.between(low, high))
    return list(connection.scalars(leaves.limit(2)))


def body_of(connection: sa.Connection, number: int) -> bytes:
    """The canonical entry ``number``.

    Raises:
        LedgerError: there is none, or it has been changed.
    """
    kept = connection.scalar(sa.select(entries.c.body).where(entries.c.number == number))
    if kept is None:
        raise LedgerError(f"there is no entry {number:,}", "see: narrowgate ledger list")
    return unpacked(bytes(kept), f"entry {number:,}")


class SetReader:
    """Sets of subjects, with the whole ones that others differ from at hand."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._bases: dict[Place, Base] = {}

    def people(self, row: Sequence[Any]) -> BitMap:
        """The set in a row that begins with ``SET_COLUMNS``.

        Raises:
            LedgerError: it is not the one that was kept.
        """
        entry, part, base_entry, base_part, digest, bitmap = row[:6]
        place = entry, part
        if base_entry is not None:
            return unpack(bitmap, digest, self.base((base_entry, base_part)), place)
        if (known := self._bases.get(place)) is None:
            known = self._bases[place] = Base(place, digest, unpack(bitmap, digest, None, place))
        return known.people

    def holds(self, row: Sequence[Any], number: int) -> bool:
        """Whether a person is in the set of such a row. A difference is not put together for that.

        Raises:
            LedgerError: it is not the one that was kept.
        """
        entry, part, base_entry, base_part, digest, bitmap = row[:6]
        if base_entry is None:
            return number in unpack(bitmap, digest, None, (entry, part))
        base = self.base((base_entry, base_part))
        if digest_of(bitmap, base.digest) != digest:
            raise corrupt((entry, part))
        # Whoever is in it is in the difference or in its base, and not in both.
        return (number in BitMap.deserialize(bitmap)) != (number in base.people)

    def base(self, place: Place) -> Base:
        """The whole set at ``place``."""
        if place not in self._bases:
            here = (disclosures.c.entry == place[0]) & (disclosures.c.part == place[1])
            row = self._connection.execute(sa.select(*SET_COLUMNS).where(here)).first()
            if row is None or row.base_entry is not None:
                raise corrupt(place)
            self.people(row)
        return self._bases[place]

    def union(self, rows: Iterable[Sequence[Any]]) -> BitMap:
        """Everybody in the sets of ``rows``."""
        total = BitMap()
        for row in rows:
            total |= self.people(row)
        return total
