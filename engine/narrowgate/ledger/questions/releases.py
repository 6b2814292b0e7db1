"""Listing the ledger's entries, and showing one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from pydantic import ValidationError

from narrowgate.errors import LedgerError
from narrowgate.ledger.merkle import leaf_hash
from narrowgate.ledger.questions.held import require_purpose, require_supplier
from narrowgate.ledger.rows import body_of, find_entry
from narrowgate.ledger.schema import entries, nodes, releases
from narrowgate.ledger.stores.interface import Store
from narrowgate.model.entry import ENTRY
from narrowgate.model.listing import EntryLine, EntryList, Kind, ShownEntry


@dataclass(frozen=True)
class Filter:
    """Which entries. What is None does not matter.

    Args:
        first: entered on this day or later (UTC).
        last: entered on this day or earlier.
    """

    supplier: str | None = None
    purpose: str | None = None
    kind: Kind | None = None
    first: date | None = None
    last: date | None = None


def list_entries(store: Store, which: Filter, limit: int) -> EntryList:
    """The newest entries that ``which`` lets through, ``limit`` of them at most.

    Raises:
        UsageError: the ledger knows no such supplier or purpose.
    """
    where = _where(which)
    leaf = (nodes.c.level == 0) & (nodes.c.number == entries.c.number)
    among = entries.join(nodes, leaf).outerjoin(releases, releases.c.entry == entries.c.number)
    columns = entries.c.number, nodes.c.hash, entries.c.kind, entries.c.at, entries.c.supplier, entries.c.purpose
    wanted = sa.select(*columns, releases.c.records, releases.c.delete_by).select_from(among).where(*where)
    with store.reading() as connection:
        if which.supplier is not None:
            require_supplier(connection, which.supplier)
        if which.purpose is not None:
            require_purpose(connection, which.purpose)
        found = connection.scalar(sa.select(sa.func.count()).select_from(entries).where(*where)) or 0
        rows = connection.execute(wanted.order_by(entries.c.number.desc()).limit(limit)).all()
    return EntryList(found=found, entries=tuple(_line(*row) for row in rows))


def show_entry(store: Store, name: str) -> ShownEntry:
    """The entry that ``name`` means: its number, or the beginning of its id, 8 digits or more.

    Raises:
        UsageError: there is none, or more than one.
        LedgerError: what is stored is no entry.
    """
    with store.reading() as connection:
        number = find_entry(connection, name)
        body = body_of(connection, number)
    try:
        entry = ENTRY.validate_json(body)
    except ValidationError:
        raise LedgerError(f"entry {number:,} has been changed", "run: narrowgate ledger verify") from None
    return ShownEntry(number=number, id=leaf_hash(body).hex(), entry=entry)


def _where(which: Filter) -> list[sa.ColumnElement[bool]]:
    found = [
        column == value
        for column, value in (
            (entries.c.supplier, which.supplier),
            (entries.c.purpose, which.purpose),
            (entries.c.kind, which.kind),
        )
        if value is not None
    ]
    # Times are written alike, so they compare as texts.
    if which.first is not None:
        found.append(entries.c.at >= which.first.isoformat())
    if which.last is not None:
        found.append(entries.c.at < (which.last + timedelta(1)).isoformat())
    return found


def _line(
    number: int,
    leaf: bytes,
    kind: Kind,
    at: str,
    supplier: str | None,
    purpose: str | None,
    records: int | None,
    delete_by: date | None,
) -> EntryLine:
    return EntryLine(
        number=number,
        id=bytes(leaf).hex(),
        kind=kind,
        at=at,
        supplier=supplier,
        purpose=purpose,
        records=records,
        delete_by=delete_by,
    )
