"""Who the numbers are, and the list of everybody of whom a supplier held something."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain
from operator import itemgetter

import sqlalchemy as sa
from pyroaring import BitMap

from narrowgate.ledger.keys import KeyRing
from narrowgate.ledger.questions.breach import in_order
from narrowgate.ledger.questions.held import Question, Release, flows_to, held_releases, held_sets, require_known
from narrowgate.ledger.rows import SetReader
from narrowgate.ledger.schema import ledger, subjects
from narrowgate.ledger.stores.interface import Store
from narrowgate.model.catalogue import Catalogue
from narrowgate.model.subject import SubjectKey


@dataclass(frozen=True)
class PeopleHeld:
    """A person a row, in the order of numbers."""

    fields: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    """Number, identifier, and for each of ``fields`` the day of the last release that held it; empty where none did."""
    unnamed: int
    """How many have no identifier: they were erased, or the key at hand cannot tell."""
    unidentified: int
    """Records of the releases that do not say whose they are: whoever they are about may be missing here."""

    @property
    def header(self) -> tuple[str, ...]:
        """What the cells of a row are."""
        return ("person", "identifier", *self.fields)


def subject_key_of(store: Store, keys: KeyRing) -> SubjectKey | None:
    """The key that tells whom the ledger's pseudonyms are of, if it is among ``keys``."""
    with store.reading() as connection:
        check = connection.scalar(sa.select(ledger.c.subject_check))
    key = keys.subject_key(check)
    return key if key is not None and key.check == check else None


def subject_check_of(store: Store, keys: KeyRing) -> str | None:
    """What tells the key among ``keys`` that is for the ledger, or the first; None where there is none."""
    with store.reading() as connection:
        key = keys.subject_key(connection.scalar(sa.select(ledger.c.subject_check)))
    return key.check if key else None


def people_held(store: Store, catalogue: Catalogue, key: SubjectKey | None, question: Question) -> PeopleHeld:
    """Everybody of whom the supplier held anything in the window.

    Args:
        key: tells who they are; None: nobody is named.

    Raises:
        UsageError: the supplier, the purpose or a field asked about is unknown.
        LedgerError: what is asked for has been changed.
    """
    with store.reading() as connection:
        require_known(connection, question, catalogue)
        releases = held_releases(connection, question)
        days = _days_by_field(connection, question, releases)
        everybody = BitMap(chain.from_iterable(days.values()))
        names = _identifiers(connection, key, everybody) if key else {}
    fields = in_order(days, catalogue)
    of = [days[name] for name in fields]
    rows = tuple((str(each), names.get(each, ""), *(day.get(each, "") for day in of)) for each in everybody)
    return PeopleHeld(
        fields, rows, len(everybody) - len(names), sum(release.unidentified for release in releases.values())
    )


def _identifiers(connection: sa.Connection, key: SubjectKey, people: BitMap) -> dict[int, str]:
    rows = connection.execute(sa.select(subjects.c.number, subjects.c.pseudonym))
    found = ((number, key.identifier(bytes(pseudonym))) for number, pseudonym in rows if number in people)
    return {number: identifier for number, identifier in found if identifier is not None}


def _days_by_field(
    connection: sa.Connection, question: Question, releases: Mapping[int, Release]
) -> dict[str, Mapping[int, str]]:
    """The day of the last release that held a field, by field and person."""
    reader, sets = SetReader(connection), defaultdict[int, list[tuple[date, BitMap]]](list)
    for row in held_sets(connection, question):
        sets[row.flow].append((releases[row.entry].since, reader.people(row)))
    latest = {flow: list(_latest(each)) for flow, each in sets.items()}
    flows = {number: flow for number, flow in flows_to(connection, question.supplier).items() if number in latest}
    found: dict[str, Mapping[int, str]] = {}
    known: dict[tuple[int, ...], dict[int, str]] = {}
    for name in {name for flow in flows.values() for name in flow.fields if question.wants(name)}:
        # Most fields leave together.
        among = tuple(number for number, flow in flows.items() if name in flow.fields)
        if among not in known:
            parts = sorted((part for number in among for part in latest[number]), key=itemgetter(0))
            known[among] = {person: str(day) for day, people in parts for person in people}
        found[name] = known[among]
    return found


def _latest(sets: Iterable[tuple[date, BitMap]]) -> Iterator[tuple[date, BitMap]]:
    """Each person once, on the last day on which a set holds them."""
    seen = BitMap()
    for day, people in sorted(sets, key=itemgetter(0), reverse=True):
        if new := people - seen:
            seen |= new
            yield day, new
