"""What is drawn from a release's entry, so that questions need not read entries."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from pyroaring import BitMap

from narrowgate.ledger import sets
from narrowgate.ledger.asking import Fields
from narrowgate.ledger.rows import SET_COLUMNS, SetReader, insert_rows
from narrowgate.ledger.schema import disclosures, flows, releases, shapes, spans
from narrowgate.ledger.sets import Base, PackedSet, Summed, is_small, pack
from narrowgate.model.actions import Drop, parse_action
from narrowgate.model.entry import ReleaseEntry, SubjectSet
from narrowgate.model.request import Request

_WITHHELD = Drop().describe()


@dataclass(frozen=True)
class Disclosure:
    """One set of a release: who is given the same fields."""

    flow: int
    fields: Fields
    people: int
    packed: PackedSet

    def said(self) -> SubjectSet:
        """What the entry says of it."""
        return SubjectSet(fields=self.fields, people=self.people, digest=self.packed.digest.hex())


class Drawing:
    """What is drawn from releases, entered within one transaction.

    Args:
        connection: of the transaction.
    """

    def __init__(self, connection: sa.Connection) -> None:
        self._connection, self._sets = connection, SetReader(connection)
        self._bases: dict[int, Base | None] = {}
        self._numbers: dict[tuple[str, tuple[str, ...]], int] = {}
        self._shapes: dict[tuple[int, ...], tuple[object, int]] = {}
        self._releases: list[dict[str, object]] = []
        self._disclosures: list[dict[str, object]] = []

    def disclose(self, number: int, request: Request, sets: Mapping[Fields, BitMap]) -> list[Disclosure]:
        """``sets`` as they are to be kept, each in its flow, for the release that is to be entry ``number``."""
        found = []
        for part, (fields, people) in enumerate(sets.items()):
            key = {"supplier": request.supplier, "purpose": request.purpose, "fields": " ".join(fields)}
            flow = self._numbered(flows, key)
            packed = pack(people, None if is_small(people) else self._base(flow))
            if packed.base is None:
                self._bases[flow] = Base((number, part), packed.digest, people)
            found.append(Disclosure(flow, fields, len(people), packed))
        return found

    def add(self, number: int, entry: ReleaseEntry, disclosed: Sequence[Disclosure]) -> None:
        """Take in a release. It is in the store once ``write`` has been called."""
        alike = tuple(map(id, entry.columns))
        if alike not in self._shapes:
            self._shapes[alike] = entry.columns, self._numbered(shapes, {"forms": shape_of(entry)})
        _, shape = self._shapes[alike]
        self._releases.append({**release_row(number, entry), "shape": shape})
        self._disclosures += [
            {
                "entry": number,
                "part": part,
                "flow": each.flow,
                "people": each.people,
                "digest": each.packed.digest,
                "base_entry": each.packed.base[0] if each.packed.base else None,
                "base_part": each.packed.base[1] if each.packed.base else None,
                "bitmap": each.packed.bitmap,
            }
            for part, each in enumerate(disclosed)
        ]

    def write(self) -> None:
        """Write what was taken in, once the entries are there."""
        if self._releases:
            self._connection.execute(sa.insert(releases), self._releases)
        insert_rows(self._connection, disclosures, self._disclosures)
        for flow in dict.fromkeys(row["flow"] for row in self._disclosures):
            assert isinstance(flow, int)
            _sum_up(self._connection, flow)

    def _numbered(self, table: sa.Table, key: Mapping[str, str]) -> int:
        """The number of the row that ``key`` tells, which is entered where it is new."""
        place = table.name, tuple(key.values())
        if place not in self._numbers:
            self._numbers[place] = _numbered(self._connection, table, key)
        return self._numbers[place]

    def _base(self, flow: int) -> Base | None:
        """The last set of the flow that is kept whole."""
        if flow not in self._bases:
            self._bases[flow] = _base(self._connection, self._sets, flow)
        return self._bases[flow]


def _numbered(connection: sa.Connection, table: sa.Table, key: Mapping[str, str]) -> int:
    known = connection.scalar(sa.select(table.c.number).filter_by(**key))
    if known is not None:
        return int(known)
    number = (connection.scalar(sa.select(sa.func.max(table.c.number))) or 0) + 1
    connection.execute(sa.insert(table).values(number=number, **key))
    return number


def shape_of(entry: ReleaseEntry) -> str:
    """In which forms the columns of a release left: each in its own, and in those that records had instead."""
    found = {}
    for column in entry.columns:
        if column.name is not None and (form := _form(tuple(column.action.items()))) is not None:
            own = (each for each, count in column.overrides.items() if count and each != _WITHHELD)
            found[column.field] = list(dict.fromkeys((form, *own)))
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


@lru_cache(1024)
def _form(action: tuple[tuple[str, Any], ...]) -> str | None:
    """An action in words; None where nothing leaves by it."""
    parsed = parse_action(dict(action))
    return None if parsed is None or isinstance(parsed, Drop) else parsed.describe()


def _base(connection: sa.Connection, reader: SetReader, flow: int) -> Base | None:
    """The last set of the flow that is kept whole."""
    latest = (
        sa.select(disclosures.c.entry, disclosures.c.part, disclosures.c.base_entry, disclosures.c.base_part)
        .where(disclosures.c.flow == flow)
        .order_by(disclosures.c.entry.desc())
        .limit(1)
    )
    row = connection.execute(latest).first()
    if row is None:
        return None
    whole = (row.entry, row.part) if row.base_entry is None else (row.base_entry, row.base_part)
    return reader.base(whole)


def release_row(number: int, entry: ReleaseEntry) -> dict[str, object]:
    """The row of ``releases`` for an entry."""
    return {
        "entry": number,
        "supplier": entry.request.supplier,
        "purpose": entry.request.purpose,
        "agreement": entry.obligations.agreement,
        "requested_on": entry.request.on,
        "entered_on": date.fromisoformat(entry.at[:10]),
        "delete_by": entry.obligations.delete_by,
        "records": entry.records.released,
        "unidentified": entry.unidentified,
    }


def _sum_up(connection: sa.Connection, flow: int) -> None:
    """Sum up the latest sets of a flow, so many at a time, for as long as there are enough of them."""
    before = sa.select(spans.c.number, spans.c.last).where(spans.c.flow == flow)
    row = connection.execute(before.order_by(spans.c.number.desc()).limit(1)).first()
    number, after = (row.number + 1, row.last) if row else (0, -1)
    while True:
        since = (disclosures.c.flow == flow) & (disclosures.c.entry > after)
        some = sa.select(*SET_COLUMNS).where(since).order_by(disclosures.c.entry).limit(sets.SPAN)
        if (connection.scalar(sa.select(sa.func.count()).select_from(disclosures).where(since)) or 0) < sets.SPAN:
            return
        reader, rows = SetReader(connection), connection.execute(some).all()
        summed = Summed.of([reader.people(each) for each in rows])
        span = {"flow": flow, "number": number, "first": rows[0].entry, "last": rows[-1].entry}
        connection.execute(sa.insert(spans).values(**span, **summed.packed()))
        number, after = number + 1, rows[-1].entry
