"""How many people's data a supplier held, in the course of time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from operator import itemgetter

import sqlalchemy as sa
from pyroaring import BitMap

from narrowgate.ledger.questions.held import (
    Question,
    Release,
    flows_to,
    held_releases,
    held_sets,
    require_known,
)
from narrowgate.ledger.rows import SetReader
from narrowgate.ledger.stores.interface import Store
from narrowgate.model.breach import HeldThen
from narrowgate.model.catalogue import Catalogue

_MOST = 60
"""Stretches; more could not be told apart in a chart."""
_USUAL = (1, 7, 28, 91, 364)
"""Days of a stretch, as long as they do."""


def course(store: Store, catalogue: Catalogue, question: Question) -> tuple[HeldThen, ...]:
    """The window in a few stretches of equal length, and how many people's data was held at any time of each.

    A window without beginning begins with the first release. There are no stretches where there is no release.

    Raises:
        UsageError: the supplier, the purpose or a field asked about is unknown.
        LedgerError: what is asked for has been changed.
    """
    with store.reading() as connection:
        require_known(connection, question, catalogue)
        releases = held_releases(connection, question)
        if not releases:
            return ()
        earliest = min(release.since for release in releases.values())
        stretches = _Stretches(question.first or min(earliest, question.last), question.last)
        people = _people(connection, question, releases, stretches)
    unidentified = [0] * len(stretches.starts)
    for release in releases.values():
        first, last = stretches.of(release)
        for number in range(first, last + 1):
            unidentified[number] += release.unidentified
    return tuple(
        HeldThen(
            first=start,
            last=min(start + timedelta(stretches.days - 1), question.last),
            people=len(who),
            unidentified=lost,
            at_most=len(who) + lost,
        )
        for start, who, lost in zip(stretches.starts, people, unidentified, strict=True)
    )


@dataclass(frozen=True)
class _Stretches:
    """Days from ``first`` to ``end``, in stretches of equal length but the last."""

    first: date
    end: date

    @property
    def days(self) -> int:
        """Of one."""
        span = (self.end - self.first).days + 1
        return next((each for each in _USUAL if span <= each * _MOST), -(-span // _MOST))

    @property
    def starts(self) -> list[date]:
        """Their first days."""
        span = (self.end - self.first).days + 1
        return [self.first + timedelta(each) for each in range(0, span, self.days)]

    def of(self, release: Release) -> tuple[int, int]:
        """The numbers of the first and the last in which ``release`` was held."""
        starts = self.starts
        begins = max(bisect_right(starts, release.since) - 1, 0)
        ends = len(starts) - 1 if release.deleted_on is None else bisect_right(starts, release.deleted_on) - 1
        return begins, ends


def _people(
    connection: sa.Connection, question: Question, releases: Mapping[int, Release], stretches: _Stretches
) -> list[BitMap]:
    """By stretch, those of whom fields asked about were held."""
    flows = flows_to(connection, question.supplier)
    wanted = {number for number, flow in flows.items() if any(map(question.wants, flow.fields))}
    reader, count = SetReader(connection), len(stretches.starts)
    for_good, meanwhile = [BitMap() for _ in range(count)], [BitMap() for _ in range(count)]
    for entry, rows in groupby(held_sets(connection, question), itemgetter(0)):
        release, people = releases[entry], BitMap()
        for row in rows:
            # Also those that nobody asks about: later sets differ from them.
            members = reader.people(row)
            if row.flow in wanted:
                people |= members
        first, last = stretches.of(release)
        if release.deleted_on is None:
            for_good[first] |= people
        else:
            for number in range(first, last + 1):
                meanwhile[number] |= people
    held = BitMap()
    found = []
    for lasting, passing in zip(for_good, meanwhile, strict=True):
        held |= lasting
        found.append(held | passing)
    return found
