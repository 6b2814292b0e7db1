"""What suppliers are to delete, and what they should have deleted."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from narrowgate.ledger.questions.held import require_supplier
from narrowgate.ledger.schema import attestations, nodes, releases
from narrowgate.ledger.stores.interface import Store
from narrowgate.model.obligation import Obligation, ObligationsReport


def obligations(store: Store, on: date, supplier: str | None = None, *, due_only: bool = False) -> ObligationsReport:
    """Releases whose deletion has not been attested, the earliest to be deleted first.

    Args:
        on: the day as of which something is due: it is once ``delete_by``, the last day on which the supplier may hold
            the release, has passed.
        supplier: only its releases; None: everybody's.
        due_only: leave out what is still to come.

    Raises:
        UsageError: the ledger knows no such supplier.
    """
    leaf = (nodes.c.level == 0) & (nodes.c.number == releases.c.entry)
    among = releases.join(nodes, leaf).outerjoin(attestations, attestations.c.release == releases.c.entry)
    wanted = (
        sa.select(releases, nodes.c.hash)
        .select_from(among)
        .where(attestations.c.entry.is_(None))
        .order_by(releases.c.delete_by, releases.c.entry)
    )
    if supplier is not None:
        wanted = wanted.where(releases.c.supplier == supplier)
    if due_only:
        wanted = wanted.where(releases.c.delete_by < on)
    with store.reading() as connection:
        if supplier is not None:
            require_supplier(connection, supplier)
        found = tuple(_obligation(row, on) for row in connection.execute(wanted))
    return ObligationsReport(on=on, supplier=supplier, due=sum(each.due for each in found), obligations=found)


def _obligation(row: sa.Row[Any], on: date) -> Obligation:
    return Obligation(
        entry=row.entry,
        id=bytes(row.hash).hex(),
        supplier=row.supplier,
        purpose=row.purpose,
        agreement=row.agreement,
        requested_on=row.requested_on,
        delete_by=row.delete_by,
        records=row.records,
        days_late=max(0, (on - row.delete_by).days),
    )
