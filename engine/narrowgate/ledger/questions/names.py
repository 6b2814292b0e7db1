"""Whom and what the ledger has heard of."""

from __future__ import annotations

import sqlalchemy as sa

from narrowgate.ledger.schema import entries
from narrowgate.ledger.stores.interface import Store


def suppliers_known(store: Store) -> tuple[str, ...]:
    """Suppliers that were ever sent, or refused, anything. They need not be in the policies any more."""
    return _distinct(store, entries.c.supplier)


def purposes_known(store: Store) -> tuple[str, ...]:
    """Purposes for which anything was ever asked."""
    return _distinct(store, entries.c.purpose)


def _distinct(store: Store, column: sa.Column[str | None]) -> tuple[str, ...]:
    with store.reading() as connection:
        return tuple(sorted(connection.scalars(sa.select(column).where(column.is_not(None)).distinct())))
