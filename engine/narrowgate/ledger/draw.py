"""What is drawn from a release's entry, so that questions need not read entries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from pyroaring import BitMap

from narrowgate.ledger.asking import Fields
from narrowgate.ledger.rows import SetReader
from narrowgate.ledger.schema import disclosures, flows, releases
from narrowgate.ledger.sets import Base, PackedSet, pack
from narrowgate.model.entry import ReleaseEntry, SubjectSet
from narrowgate.model.request import Request


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
    known = connection.scalar(sa.select(flows.c.number).filter_by(**key))
    if known is not None:
        return int(known)
    number = (connection.scalar(sa.select(sa.func.max(flows.c.number))) or 0) + 1
    connection.execute(sa.insert(flows).values(number=number, **key))
    return number


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
    connection.execute(sa.insert(releases).values(release_row(number, entry)))
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
