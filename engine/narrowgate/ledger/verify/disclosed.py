"""Sets of subjects and their flows, held against what entries say of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from pyroaring import BitMap

from narrowgate.ledger.schema import disclosures, flows
from narrowgate.ledger.sets import Place, digest_of
from narrowgate.ledger.verify.drawn import Drawn
from narrowgate.ledger.verify.findings import Findings
from narrowgate.ledger.verify.numbered import Numbered
from narrowgate.ledger.verify.people import Commitments
from narrowgate.ledger.verify.raw import Row
from narrowgate.ledger.verify.summed import Spans
from narrowgate.model.entry import Entry, ReleaseEntry, SubjectSet

_Flow = tuple[str, str, str]


@dataclass(frozen=True)
class _Whole:
    """The last whole set of a flow; its people are None where it was changed."""

    place: Place
    digest: bytes
    people: BitMap | None


class Disclosures(Drawn):
    """The table ``disclosures``, and ``flows``, which it names.

    Args:
        known: how many people the ledger has met so far; brought up to date for each entry before this.
    """

    table, called = disclosures, "sets"

    def __init__(self, connection: sa.Connection, findings: Findings, known: Commitments) -> None:
        super().__init__(connection, findings)
        self._known = known
        self._wholes: dict[_Flow, _Whole] = {}
        self._lost: dict[Place, bytes] = {}
        self._flows = Numbered(connection, flows, "flows", findings)
        self._spans = Spans(connection, findings)

    def expected(self, number: int, entry: Entry) -> Sequence[Mapping[str, object]]:
        """See ``Drawn.expected``."""
        if not isinstance(entry, ReleaseEntry):
            return ()
        return [
            {
                "entry": number,
                "part": part,
                "flow": self._flows.number_of(*_flow(entry, each)),
                "people": each.people,
                "digest": bytes.fromhex(each.digest),
            }
            for part, each in enumerate(entry.subjects)
        ]

    def look_into(self, number: int, entry: Entry, rows: Sequence[Row]) -> None:
        """Hold the sets against what the entry says of them, which alone is believed."""
        if not isinstance(entry, ReleaseEntry):
            return
        by_part = {row["part"]: row for row in rows}
        for part, said in enumerate(entry.subjects):
            flow = _flow(entry, said)
            if (row := by_part.get(part)) is not None:
                people = self._check_set((number, part), flow, said, row)
                self._spans.add(self._flows.number_of(*flow), number, people)

    def _check_set(self, place: Place, flow: _Flow, said: SubjectSet, row: Row) -> BitMap | None:
        """The people in a set; None where it is not the one that was entered, which is a finding, or cannot be told."""
        base, digest = None, bytes.fromhex(said.digest)
        differs_from = row["base_entry"], row["base_part"]
        if differs_from != (None, None) and (base := self._base(flow, differs_from)) is None:
            self._changed(place, "differs from another set than the last whole one of its flow", digest)
            return None
        bitmap = row["bitmap"]
        if not isinstance(bitmap, bytes) or digest_of(bitmap, base.digest if base else None) != digest:
            self._changed(place, "is not the one that was entered", digest)
            return None
        people = _deserialised(bitmap)
        if people is None or not self._holds(said, people, base):
            self._changed(place, "does not hold the people that it should", digest)
            return None
        if base is None:
            self._wholes[flow] = _Whole(place, digest, people)
            return people
        return people ^ base.people if base.people is not None else None

    def _base(self, flow: _Flow, place: tuple[Any, Any]) -> _Whole | None:
        """The set that another of ``flow`` says it differs from, if it may."""
        if place in self._lost:
            return _Whole(place, self._lost[place], None)
        whole = self._wholes.get(flow)
        return whole if whole is not None and whole.place == place else None

    def _holds(self, said: SubjectSet, people: BitMap, base: _Whole | None) -> bool:
        """Whether a set has as many people as the entry says, none of them before the ledger met them."""
        if people and people.max() >= self._known.next:
            return False
        if base is None:
            return len(people) == said.people
        # Where the whole set was changed, the difference from it cannot be counted.
        return base.people is None or people.symmetric_difference_cardinality(base.people) == said.people

    def _changed(self, place: Place, how: str, digest: bytes) -> None:
        self.findings.add("sets", f"the set of subjects {place[1]} of entry {place[0]:,} {how}", place[0])
        self._lost[place] = digest

    def pass_over(self, rows: Sequence[Row]) -> None:
        """Sets that others may differ from, though nothing is known of them."""
        for row in rows:
            self._spans.add(row["flow"], row["entry"], None)
            if isinstance(row["digest"], bytes):
                self._lost[row["entry"], row["part"]] = row["digest"]

    def finish(self) -> None:
        """See ``Drawn.finish``; and say which flows nobody used."""
        super().finish()
        self._flows.finish()
        self._spans.finish()


def _flow(entry: ReleaseEntry, said: SubjectSet) -> _Flow:
    return entry.request.supplier, entry.request.purpose, " ".join(said.fields)


def _deserialised(bitmap: bytes) -> BitMap | None:
    try:
        return BitMap.deserialize(bitmap)
    except ValueError:
        return None
