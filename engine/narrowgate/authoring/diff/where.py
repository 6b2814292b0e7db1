"""Saying in which situations something is so."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from narrowgate.authoring.domain.domain import Circumstances, Domain
from narrowgate.model.diff import Where


@dataclass(frozen=True)
class Spot:
    """Situations of one supplier that policies do not tell apart: circumstances, lacking columns, a record."""

    circumstances: tuple[Circumstances, ...]
    absent: frozenset[str]
    record: int


def told(field: str, spots: Sequence[Spot], among: Sequence[Spot], domain: Domain) -> tuple[Where, ...]:
    """What tells ``spots`` from the rest of ``among``, part by part; that ``field`` is sent goes without saying."""
    found = (part.told(spots, among) for part in _parts(domain))
    return tuple(where for where in found if where is not None and where != Where(what=field, values=("sent",)))


@dataclass(frozen=True)
class _Part:
    """One part of a situation."""

    name: str
    values: Sequence[object]
    """All it may have, in order."""
    of: Callable[[Spot], Iterable[object]]
    ordered: bool = False

    def told(self, spots: Sequence[Spot], among: Sequence[Spot]) -> Where | None:
        here = {value for spot in spots for value in self.of(spot)}
        everywhere = {value for spot in among for value in self.of(spot)}
        if here == everywhere:
            return None
        return Where(what=self.name, values=tuple(self._runs(here) if self.ordered else self._listed(here)))

    def _listed(self, here: set[object]) -> Iterator[str]:
        return (_shown(value) for value in self.values if value in here)

    def _runs(self, here: set[object]) -> Iterator[str]:
        """Neighbours in a row as one; what lies between two values that were tried is like the first of them."""
        for inside, run in groupby(self.values, key=lambda value: value in here):
            if inside:
                first, *rest = run
                yield f"{_shown(first)} to {_shown(rest[-1])}" if rest else _shown(first)


def _parts(domain: Domain) -> Iterator[_Part]:
    yield _Part("on", domain.days, lambda spot: (each.on for each in spot.circumstances), ordered=True)
    yield _Part("as", domain.formats, lambda spot: (each.format for each in spot.circumstances))
    counts = [count for count in domain.row_counts if count is not None]
    yield _Part(
        "rows",
        counts,
        lambda spot: (each.row_count for each in spot.circumstances if each.row_count is not None),
        ordered=True,
    )
    yield _Part("source", domain.sources, lambda spot: (each.source for each in spot.circumstances))
    for name in dict.fromkeys(name for pairs in domain.attributes for name, _ in pairs):
        values = [*dict.fromkeys(dict(pairs).get(name) for pairs in domain.attributes)]
        yield _Part(name, values, _attribute(name))
    for cell in dict.fromkeys(cell for given in domain.given for cell, _ in given):
        numbers = dict.fromkeys(dict(given)[cell] for given in domain.given)
        yield _Part(".".join(cell), [*numbers], _given(cell), ordered=True)
    for column in sorted({name for absent in domain.absences for name in absent}):
        yield _Part(column, ["sent", "not sent"], _sent(column))
    for number, field in enumerate(domain.record_fields):
        cells = list(dict.fromkeys(record[number][1] for record in domain.records))
        is_ordered = all(not isinstance(cell, bool | str) for cell in cells)
        yield _Part(field, cells, _record(domain, number), ordered=is_ordered)


def _attribute(name: str) -> Callable[[Spot], Iterable[object]]:
    return lambda spot: (dict(each.attributes).get(name) for each in spot.circumstances)


def _given(cell: tuple[str, str, str]) -> Callable[[Spot], Iterable[object]]:
    return lambda spot: (dict(each.given)[cell] for each in spot.circumstances)


def _sent(column: str) -> Callable[[Spot], Iterable[object]]:
    return lambda spot: ("not sent" if column in spot.absent else "sent",)


def _record(domain: Domain, number: int) -> Callable[[Spot], Iterable[object]]:
    return lambda spot: (domain.records[spot.record][number][1],)


def _shown(value: object) -> str:
    if value is None:
        return "not said"
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:,}" if isinstance(value, int) else str(value)
