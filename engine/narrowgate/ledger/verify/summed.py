"""The sums of sets, made anew from the sets and held against those that are kept."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import sqlalchemy as sa
from pyroaring import BitMap

from narrowgate.ledger import sets
from narrowgate.ledger.schema import spans
from narrowgate.ledger.sets import span_digest
from narrowgate.ledger.verify.findings import Findings
from narrowgate.ledger.verify.raw import Row, read


@dataclass
class _Sum:
    """The sets of a flow since they were summed up last."""

    number: int = 0
    entries: list[int] = field(default_factory=list)
    summed: sets.Summed | None = None
    lost: bool = False
    """Whether one of them was changed, so that nothing can be said of the sum."""


class Spans:
    """The table ``spans``."""

    def __init__(self, connection: sa.Connection, findings: Findings) -> None:
        self._findings = findings
        self._sums: defaultdict[object, _Sum] = defaultdict(_Sum)
        # Of each sum only what tells it from others: there may be many, and they are large.
        self._kept = {(row["flow"], row["number"]): _told(row) for row in read(connection, spans)}

    def add(self, flow: object, entry: int, people: BitMap | None) -> None:
        """Count a set in; None where it is not what was entered."""
        here = self._sums[flow]
        here.entries.append(entry)
        if people is None:
            here.lost = True
        elif here.summed is None:
            here.summed = sets.Summed(BitMap(people), BitMap(people))
        else:
            anyone, everyone = here.summed.anyone, here.summed.everyone
            # In place: a copy for each set would take longer than everything else here.
            anyone |= people
            everyone &= people
        if len(here.entries) == sets.SPAN:
            self._check(flow, here)
            self._sums[flow] = _Sum(here.number + 1)

    def _check(self, flow: object, here: _Sum) -> None:
        kept, last = self._kept.pop((flow, here.number), None), here.entries[-1]
        if kept is None:
            self._findings.add("spans", f"the sum of the sets of flow {flow} up to entry {last:,} is missing", last)
            return
        digest = kept[2] if here.lost or here.summed is None else here.summed.packed()["digest"]
        if kept != (here.entries[0], last, digest):
            self._findings.add("spans", f"the sum of the sets of flow {flow} up to entry {last:,} is another", last)

    def finish(self) -> None:
        """Say what is kept and sums up nothing."""
        if self._kept:
            self._findings.add("spans", f"there are {len(self._kept):,} sums of sets too many")


def _told(row: Row) -> tuple[object, object, bytes | None]:
    """First and last entry, and the digest, which is None where it is not that of what is kept."""
    anyone, everyone = row["anyone"], row["everyone"]
    sound = isinstance(anyone, bytes) and isinstance(everyone, bytes) and span_digest(anyone, everyone) == row["digest"]
    return row["first"], row["last"], row["digest"] if sound else None
