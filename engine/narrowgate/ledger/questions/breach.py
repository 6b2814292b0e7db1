"""What a supplier held: of whom, which fields, since when, and what it should no longer have held."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Any

import sqlalchemy as sa
from pyroaring import BitMap

from narrowgate.ledger.questions.held import (
    Flow,
    Question,
    Release,
    Shape,
    flows_to,
    held_releases,
    held_sets,
    held_shapes,
    require_known,
)
from narrowgate.ledger.rows import SetReader
from narrowgate.ledger.sets import corrupt
from narrowgate.ledger.stores.interface import Store
from narrowgate.model.breach import UNKNOWN, BreachReport, HeldCategory, HeldField, HeldRelease, Overdue
from narrowgate.model.catalogue import Catalogue


@dataclass
class _Kind:
    """Releases for one purpose that held the same fields in the same forms."""

    purpose: str
    fields: frozenset[str]
    """Of which they held something. Of records that do not say whose they are, it is not told which."""
    shape: Shape
    newest: int = -1
    """The last of their entries."""
    last: date = date.min
    """The day of the last of them."""
    unidentified: int = 0
    late: int = 0
    """Records that do not say whose they are, in those that should have been deleted."""


@dataclass
class _Holdings:
    """What the supplier held, counted by flow and by kind."""

    question: Question
    releases: dict[int, Release]
    shapes: dict[int, Shape]
    flows: dict[int, Flow]
    people: defaultdict[int, BitMap] = field(default_factory=lambda: defaultdict(BitMap))
    late: defaultdict[int, BitMap] = field(default_factory=lambda: defaultdict(BitMap))
    """Those in releases that should have been deleted."""
    flows_of: dict[int, tuple[int, ...]] = field(default_factory=dict)
    """The flows of each release in which anybody is."""
    count_of: dict[int, int] = field(default_factory=dict)
    """How many people of whom fields asked about were held in it."""
    kind_of: dict[int, _Kind] = field(default_factory=dict)
    kinds: list[_Kind] = field(default_factory=list)
    """The newest first."""

    def extent(self, fields: Collection[str], *, late: bool = False) -> dict[str, Any]:
        """How many people's ``fields`` were held: what ``Extent`` has.

        Args:
            late: only in releases that should have been deleted.
        """
        people = BitMap()
        for flow, members in (self.late if late else self.people).items():
            if not self.flows[flow].fields.isdisjoint(fields):
                people |= members
        kinds = [kind for kind in self.kinds if not kind.fields.isdisjoint(fields)]
        unidentified = sum(kind.late if late else kind.unidentified for kind in kinds)
        return {"people": len(people), "unidentified": unidentified, "at_most": len(people) + unidentified}


def breach(store: Store, catalogue: Catalogue, question: Question) -> BreachReport:
    """What the supplier held in the window.

    Args:
        catalogue: tells the category and sensitivity of fields.

    Raises:
        UsageError: the supplier, the purpose or a field asked about is unknown.
        LedgerError: what is asked for has been changed.
    """
    with store.reading() as connection:
        require_known(connection, question, catalogue)
        holdings = _read(connection, question)
    _sort(holdings)
    fields = in_order({name for kind in holdings.kinds for name in kind.fields}, catalogue)
    involved = [holdings.releases[entry] for entry in holdings.kind_of]
    late = sum(release.overdue(question.last) for release in involved)
    return BreachReport(
        supplier=question.supplier,
        first=question.first,
        last=question.last,
        purpose=question.purpose,
        only_fields=question.fields,
        **holdings.extent(fields),
        records=sum(release.records for release in involved),
        fields=tuple(_field(holdings, name, catalogue) for name in fields),
        categories=tuple(_categories(holdings, fields, catalogue)),
        releases=tuple(_releases(holdings, involved, catalogue)),
        overdue=Overdue(releases=late, **holdings.extent(fields, late=True)),
    )


def in_order(fields: Collection[str], catalogue: Catalogue) -> tuple[str, ...]:
    """``fields`` as the catalogue orders them; those that it no longer has come last."""
    known = [name for name in catalogue.fields if name in fields]
    return (*known, *sorted(set(fields).difference(known)))


def _read(connection: sa.Connection, question: Question) -> _Holdings:
    """Unions of sets by flow, in one pass over them."""
    found = _Holdings(
        question,
        held_releases(connection, question),
        held_shapes(connection, question),
        flows_to(connection, question.supplier),
    )
    wanted = {number for number, flow in found.flows.items() if any(map(question.wants, flow.fields))}
    reader = SetReader(connection)
    for entry, rows in groupby(held_sets(connection, question), itemgetter(0)):
        late, here, flows = found.releases[entry].overdue(question.last), BitMap(), []
        for row in rows:
            people, flow = reader.people(row), row.flow
            if flow not in found.flows:
                raise corrupt((entry, row.part))
            flows.append(flow)
            found.people[flow] |= people
            if late:
                found.late[flow] |= people
            if flow in wanted:
                here |= people
        found.flows_of[entry], found.count_of[entry] = tuple(flows), len(here)
    return found


def _sort(holdings: _Holdings) -> None:
    """Sort releases by kind. Those that held nothing asked about are left out, unless everything is."""
    question = holdings.question
    kinds: dict[tuple[object, ...], _Kind] = {}
    for entry, release in holdings.releases.items():
        flows, shape, lost = holdings.flows_of.get(entry, ()), holdings.shapes[release.shape], release.unidentified
        key = release.purpose, flows, shape, bool(lost)
        if key not in kinds:
            fields = {name for flow in flows for name in holdings.flows[flow].fields}.union(shape.forms if lost else ())
            kinds[key] = _Kind(release.purpose, frozenset(filter(question.wants, fields)), shape)
        kind = kinds[key]
        if not kind.fields and question.fields:
            continue
        holdings.kind_of[entry] = kind
        kind.newest, kind.last = entry, max(kind.last, release.since)
        kind.unidentified += lost
        kind.late += lost if release.overdue(question.last) else 0
    holdings.kinds = sorted(
        (kind for kind in kinds.values() if kind.newest >= 0), key=attrgetter("newest"), reverse=True
    )


def _field(holdings: _Holdings, name: str, catalogue: Catalogue) -> HeldField:
    kinds = [kind for kind in holdings.kinds if name in kind.fields]
    forms = dict.fromkeys(form for kind in kinds for form in kind.shape.forms.get(name, ()))
    return HeldField(
        field=name,
        category=catalogue[name].category if name in catalogue else UNKNOWN,
        sensitivity=catalogue[name].sensitivity if name in catalogue else UNKNOWN,
        forms=tuple(forms),
        purposes=tuple(sorted({kind.purpose for kind in kinds})),
        last=max(kind.last for kind in kinds),
        **holdings.extent([name]),
    )


def _categories(holdings: _Holdings, fields: Sequence[str], catalogue: Catalogue) -> Iterator[HeldCategory]:
    by_category: defaultdict[str, list[str]] = defaultdict(list)
    for name in fields:
        by_category[catalogue[name].category if name in catalogue else UNKNOWN].append(name)
    for category, names in by_category.items():
        sensitivities = {catalogue[name].sensitivity if name in catalogue else UNKNOWN for name in names}
        yield HeldCategory(
            category=category,
            sensitivities=tuple(sorted(sensitivities)),
            fields=tuple(names),
            **holdings.extent(names),
        )


def _releases(holdings: _Holdings, involved: Sequence[Release], catalogue: Catalogue) -> Iterator[HeldRelease]:
    names: Mapping[int, tuple[str, ...]] = {id(kind): in_order(kind.fields, catalogue) for kind in holdings.kinds}
    for release in involved:
        yield HeldRelease(
            entry=release.entry,
            purpose=release.purpose,
            agreement=release.agreement,
            requested_on=release.requested_on,
            entered_on=release.entered_on,
            fields=names[id(holdings.kind_of[release.entry])],
            people=holdings.count_of.get(release.entry, 0),
            records=release.records,
            unidentified=release.unidentified,
            delete_by=release.delete_by,
            deleted_on=release.deleted_on,
            overdue=release.overdue(holdings.question.last),
        )
