"""Listing the ledger's entries, and showing one."""

from __future__ import annotations

import re
from collections.abc import Iterator
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

_LARGEST = (1 << 63) - 1
_HASH = 32


@dataclass(frozen=True)
class Filter:
    """Which entries. What is None does not matter.

    Args:
        first: entered on this day or later (UTC).
        last: entered on this day or earlier.
        before: entered before the entry of this number.
        words: each is somewhere in what is listed: a number, the beginning of an id or a time, a kind, or part of a
            supplier's or purpose's name.
        pairs: only what is for one of these suppliers and purposes; None in a pair stands for any.
    """

    supplier: str | None = None
    purpose: str | None = None
    kind: Kind | None = None
    first: date | None = None
    last: date | None = None
    before: int | None = None
    words: tuple[str, ...] = ()
    pairs: frozenset[tuple[str | None, str | None]] = frozenset({(None, None)})


def list_entries(store: Store, which: Filter, limit: int) -> EntryList:
    """The newest entries that ``which`` lets through, ``limit`` of them at most.

    Raises:
        UsageError: the ledger knows no such supplier or purpose.
    """
    where, so_far = _where(which), [] if which.before is None else [entries.c.number < which.before]
    leaf = (nodes.c.level == 0) & (nodes.c.number == entries.c.number)
    among = entries.join(nodes, leaf).outerjoin(releases, releases.c.entry == entries.c.number)
    columns = entries.c.number, nodes.c.hash, entries.c.kind, entries.c.at, entries.c.supplier, entries.c.purpose
    wanted = sa.select(*columns, releases.c.records, releases.c.delete_by).select_from(among).where(*where, *so_far)
    with store.reading() as connection:
        if which.supplier is not None:
            require_supplier(connection, which.supplier)
        if which.purpose is not None:
            require_purpose(connection, which.purpose)
        # Only words may mean ids: counting leaves besides entries takes several times as long.
        counted = entries.join(nodes, leaf) if which.words else entries
        found = connection.scalar(sa.select(sa.func.count()).select_from(counted).where(*where)) or 0
        rows = connection.execute(wanted.order_by(entries.c.number.desc()).limit(limit + 1)).all()
    lines = tuple(_line(*row) for row in rows[:limit])
    return EntryList(found=found, entries=lines, next=lines[-1].number if len(rows) > limit else None)


def show_entry(store: Store, name: str) -> ShownEntry:
    """The entry that ``name`` means: its number, or the beginning of its id, 8 digits or more.

    Raises:
        NotThere: there is none.
        UsageError: there is more than one.
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
    found += (sa.or_(*_mentioned(word)) for word in which.words)
    if (None, None) not in which.pairs:
        found.append(sa.or_(sa.false(), *(_of(*pair) for pair in sorted(which.pairs, key=str))))
    return found


def _mentioned(word: str) -> Iterator[sa.ColumnElement[bool]]:
    """Where ``word`` may stand in a line."""
    yield entries.c.kind == word
    for column in (entries.c.supplier, entries.c.purpose):
        yield column.contains(word, autoescape=True)
    yield entries.c.at.startswith(word, autoescape=True)
    if word.isascii() and word.isdigit() and int(word) <= _LARGEST:
        yield entries.c.number == int(word)
    if re.fullmatch(r"[0-9a-f]{1,64}", word):
        yield nodes.c.hash.between(bytes.fromhex(word.ljust(2 * _HASH, "0")), bytes.fromhex(word.ljust(2 * _HASH, "f")))


def _of(supplier: str | None, purpose: str | None) -> sa.ColumnElement[bool]:
    named = ((entries.c.supplier, supplier), (entries.c.purpose, purpose))
    return sa.and_(*(column == name for column, name in named if name is not None))


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
