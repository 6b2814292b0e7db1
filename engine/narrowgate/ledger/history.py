"""What a supplier already holds, as policies see it."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
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

_MOST_KEPT = 64
"""Suppliers and days whose sums are kept at hand."""


@dataclass
class _Sum:
    people: BitMap = field(default_factory=BitMap)
    unidentified: int = 0
    records: int = 0


@dataclass
class _Sums:
    """By purpose and window, what a supplier was given up to an entry."""

    of: dict[tuple[str, int], _Sum] = field(default_factory=lambda: defaultdict(_Sum))
    upto: int = -1
    """The last entry that is counted in."""


class Histories:
    """What suppliers were given in the last 1, 30 and 365 days, by purpose.

    A release counts where the day it was asked for lies within the window that ends on ``asking.on``, and where it was
    entered within the one that ends ``today``: whatever day is given with ``--on``, what left counts.

    Entries neither change nor go, so what was summed up once is only added to. It is not for several threads at once.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, date, date], _Sums] = OrderedDict()

    def of(self, connection: sa.Connection, asking: Asking, today: date) -> dict[str, Windows]:
        """The history of ``asking``'s supplier, with the release that is asked for."""
        sums = self._caught_up(connection, asking, today).of
        purposes = {purpose for purpose, _ in sums} | {asking.purpose}
        return {
            purpose: Windows(
                **{f"days_{days}": _held(sums.get((purpose, days), _Sum()), asking, purpose) for days in DAYS}
            )
            for purpose in sorted(purposes)
        }

    def _caught_up(self, connection: sa.Connection, asking: Asking, today: date) -> _Sums:
        place = asking.supplier, asking.on, today
        sums = self._kept.setdefault(place, _Sums())
        self._kept.move_to_end(place)
        if len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
        try:
            _add(connection, sums, asking, today)
        except BaseException:
            # Half of it may have been counted in.
            self._kept.pop(place, None)
            raise
        return sums


def _add(connection: sa.Connection, sums: _Sums, asking: Asking, today: date) -> None:
    """Count in what the supplier was given since."""
    sets = SetReader(connection)
    for row in _disclosures(connection, asking, today, sums.upto):
        people = sets.people(row) if row.part is not None else BitMap()
        for window in _windows(row, asking, today):
            total = sums.of[row.purpose, window]
            total.people |= people
            if not row.part:
                total.unidentified += row.unidentified
                total.records += row.records
        sums.upto = max(sums.upto, row.release)


def _disclosures(connection: sa.Connection, asking: Asking, today: date, after: int) -> Iterable[sa.Row[Any]]:
    """The sets of the supplier's releases in the longest window, with their releases; a row for one without any.

    Args:
        after: only of entries after this one.
    """
    longest = timedelta(max(DAYS))
    asked, entered, number = releases.c.requested_on, releases.c.entered_on, releases.c.entry.label("release")
    within = ((asked > asking.on - longest) & (asked <= asking.on)) | (entered > today - longest)
    return connection.execute(
        sa.select(*SET_COLUMNS, releases.c.purpose, asked, entered, releases.c.unidentified, releases.c.records, number)
        .select_from(releases.outerjoin(disclosures, releases.c.entry == disclosures.c.entry))
        .where(releases.c.supplier == asking.supplier, releases.c.entry > after, within)
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
