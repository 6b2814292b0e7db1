"""What is drawn from a release's entry, so that questions need not read entries."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from pyroaring import BitMap

from narrowgate.ledger import sets
from narrowgate.ledger.asking import Fields
from narrowgate.ledger.rows import SET_COLUMNS, SetReader
from narrowgate.ledger.schema import disclosures, flows, releases, shapes, spans
from narrowgate.ledger.sets import Base, PackedSet, Summed, pack
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


def disclose(connection: sa.Connection, request: Request, sets: Mapping[Fields, BitMap]) -> list[Disclosure]:
    """``sets`` as they are to be kept, each in its flow."""
    reader = SetReader(connection)
    found = []
    for fields, people in sets.items():
        flow = _flow(connection, request, fields)
        found.append(Disclosure(flow, fields, len(people), pack(people, _base(connection, reader, flow))))
    return found


def _flow(connection: sa.Connection, request: Request, fields: Fields) -> int:
    """The number of the flow, which is entered where it is new."""
    key = {"supplier": request.supplier, "purpose": request.purpose, "fields": " ".join(fields)}
    return _numbered(connection, flows, key)


def _numbered(connection: sa.Connection, table: sa.Table, key: Mapping[str, str]) -> int:
    """The number of the row that ``key`` tells, which is entered where it is new."""
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


def enter_release(connection: sa.Connection, number: int, entry: ReleaseEntry, disclosed: list[Disclosure]) -> None:
    """Enter what is drawn from a release."""
    shape = _numbered(connection, shapes, {"forms": shape_of(entry)})
    connection.execute(sa.insert(releases).values(**release_row(number, entry), shape=shape))
    rows = [
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
    if rows:
        connection.execute(sa.insert(disclosures), rows)
    for each in disclosed:
        _sum_up(connection, each.flow)


def _sum_up(connection: sa.Connection, flow: int) -> None:
    """Sum up the latest sets of a flow, once there are enough of them."""
    before = sa.select(spans.c.number, spans.c.last).where(spans.c.flow == flow)
    row = connection.execute(before.order_by(spans.c.number.desc()).limit(1)).first()
    number, after = (row.number + 1, row.last) if row else (0, -1)
    since = (disclosures.c.flow == flow) & (disclosures.c.entry > after)
    if connection.scalar(sa.select(sa.func.count()).select_from(disclosures).where(since)) != sets.SPAN:
        return
    reader = SetReader(connection)
    rows = connection.execute(sa.select(*SET_COLUMNS).where(since).order_by(disclosures.c.entry)).all()
    summed = Summed.of([reader.people(each) for each in rows])
    span = {"flow": flow, "number": number, "first": rows[0].entry, "last": rows[-1].entry}
    connection.execute(sa.insert(spans).values(**span, **summed.packed()))
