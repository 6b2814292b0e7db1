"""The sums of sets, made anew from the sets and held against those that are kept."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import sqlalchemy as sa
from pyroaring import BitMap

from narrowgate.ledger import sets
from narrowgate.ledger.schema import spans
from narrowgate.ledger.verify.findings import Findings
from narrowgate.ledger.verify.raw import counted, read


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
        self._connection, self._findings = connection, findings
        self._sums: defaultdict[object, _Sum] = defaultdict(_Sum)
        self._seen = 0

    def add(self, flow: object, entry: int, people: BitMap | None) -> None:
        """Count a set in; None where it is not what was entered."""
        here = self._sums[flow]
        here.entries.append(entry)
        if people is None:
            here.lost = True
        elif here.summed is None:
            here.summed = sets.Summed(BitMap(people), BitMap(people))
        else:
            here.summed = sets.Summed(here.summed.anyone | people, here.summed.everyone & people)
        if len(here.entries) == sets.SPAN:
            self._check(flow, here)
            self._sums[flow] = _Sum(here.number + 1)

    def _check(self, flow: object, here: _Sum) -> None:
        where = (spans.c.flow == flow) & (spans.c.number == here.number) if isinstance(flow, int) else sa.false()
        rows = list(read(self._connection, spans, where))
        self._seen += len(rows)
        last = here.entries[-1]
        if not rows:
            self._findings.add("spans", f"the sum of the sets of flow {flow} up to entry {last:,} is missing", last)
            return
        wanted: dict[str, object] = {"first": here.entries[0], "last": last}
        if here.summed is not None and not here.lost:
            wanted |= here.summed.packed()
        if any(rows[0][column] != value for column, value in wanted.items()):
            self._findings.add("spans", f"the sum of the sets of flow {flow} up to entry {last:,} is another", last)

    def finish(self) -> None:
        """Say what is kept and sums up nothing."""
        if more := counted(self._connection, spans) - self._seen:
            self._findings.add("spans", f"there are {more:,} sums of sets too many")
