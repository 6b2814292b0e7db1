"""What a supplier already holds, as policies see it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from pyroaring import BitMap

from narrowgate.ledger.asking import Asking
from narrowgate.ledger.rows import SET_COLUMNS, SetReader
from narrowgate.ledger.schema import disclosures, releases
from narrowgate.model.history import DAYS, Held, Windows


@dataclass
class _Sum:
    people: BitMap = field(default_factory=BitMap)
    unidentified: int = 0
    records: int = 0


def history(connection: sa.Connection, asking: Asking, today: date) -> dict[str, Windows]:
    """What the supplier was given in the last 1, 30 and 365 days, by purpose.

    A release counts where the day it was asked for lies within the window that ends on ``asking.on``, and where it was
    entered within the one that ends ``today``: whatever day is given with ``--on``, what left counts.
    """
    sums: dict[tuple[str, int], _Sum] = defaultdict(_Sum)
    sets = SetReader(connection)
    for row in _disclosures(connection, asking, today):
        people = sets.people(row) if row.part is not None else BitMap()
        for window in _windows(row, asking, today):
            total = sums[row.purpose, window]
            total.people |= people
            if not row.part:
                total.unidentified += row.unidentified
                total.records += row.records
    purposes = {purpose for purpose, _ in sums} | {asking.purpose}
    return {
        purpose: Windows(**{f"days_{days}": _held(sums[purpose, days], asking, purpose) for days in DAYS})
        for purpose in sorted(purposes)
    }


def _disclosures(connection: sa.Connection, asking: Asking, today: date) -> Iterable[sa.Row[Any]]:
    """The sets of the supplier's releases in the longest window, with their releases; a row for one without any."""
    longest = timedelta(max(DAYS))
    asked, entered = releases.c.requested_on, releases.c.entered_on
    within = ((asked > asking.on - longest) & (asked <= asking.on)) | (entered > today - longest)
    return connection.execute(
        sa.select(*SET_COLUMNS, releases.c.purpose, asked, entered, releases.c.unidentified, releases.c.records)
        .select_from(releases.outerjoin(disclosures, releases.c.entry == disclosures.c.entry))
        .where(releases.c.supplier == asking.supplier, within)
    )


def _windows(row: sa.Row[Any], asking: Asking, today: date) -> list[int]:
    ages = [(today - row.entered_on).days]
    if row.requested_on <= asking.on:
        ages.append((asking.on - row.requested_on).days)
    return [days for days in DAYS if min(ages) < days]


def _held(total: _Sum, asking: Asking, purpose: str) -> Held:
    before = len(total.people) + total.unidentified
    if purpose != asking.purpose:
        return Held(people=before, records=total.records, people_after=before, records_after=total.records)
    known, others = asking.identified.everybody()
    return Held(
        people=before,
        records=total.records,
        people_after=len(total.people | known) + total.unidentified + others,
        records_after=total.records + asking.records,
    )
