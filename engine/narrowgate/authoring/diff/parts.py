"""The parts of a situation, and how the values of each are told."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import groupby
from typing import Any

from narrowgate.authoring.domain.domain import Circumstances, Domain
from narrowgate.model.catalogue import Catalogue, Field, Value
from narrowgate.model.diff import Where

LACKING = object()
"""In the place of a value: there is none, or none that the catalogue allows."""


@dataclass(frozen=True)
class Part:
    """One part of a situation: values that stand for all it may have, each known by its number."""

    name: str
    values: Sequence[Any]
    """In order; of texts that are not listed, the last stands for all others."""
    ordered: bool = False
    dense: bool = False
    """Whether between any two there are more: then every second is an edge, and those beside it stand for a side."""
    another: bool = False
    """Whether the last stands for all others."""

    @cached_property
    def _numbers(self) -> dict[Any, int]:
        return {value: number for number, value in enumerate(self.values)}

    def number(self, value: Any) -> int:
        """Of the value that stands for ``value``."""
        if value is LACKING:
            return len(self.values)
        found = self._numbers.get(value)
        if found is not None:
            return found
        if not self.ordered:
            return len(self.values) - 1
        after = bisect_right(self.values, value)
        inside = after if self.dense and after % 2 else after - 1
        return min(max(inside, 0), len(self.values) - 1)

    def told(self, numbers: frozenset[int]) -> Where:
        """That the value is one that those with these numbers stand for."""
        known = sorted(numbers - {len(self.values)})
        shown = self._runs(numbers) if self.ordered else map(self._shown, known)
        lacking = ["no valid value"] if len(self.values) in numbers else []
        return Where(what=self.name, values=(*shown, *lacking))

    def _runs(self, numbers: frozenset[int]) -> Iterator[str]:
        """Neighbours as one. The first value stands for all before it, the last for all after it."""
        last = len(self.values) - 1
        for inside, run in groupby(range(len(self.values)), key=lambda number: number in numbers):
            if inside:
                here = list(run)
                low = "" if here[0] == 0 else self._bound(here[0], here[0] - 1, "from", "above")
                high = "" if here[-1] == last else self._bound(here[-1], here[-1] + 1, "up to", "below")
                yield self._shown(here[0]) if here[0] == here[-1] and low and high else f"{low} {high}".strip()

    def _bound(self, number: int, beyond: int, closed: str, open_: str) -> str:
        return f"{open_} {self._shown(beyond)}" if self.dense and number % 2 else f"{closed} {self._shown(number)}"

    def _shown(self, number: int) -> str:
        value = self.values[number]
        if self.another and number == len(self.values) - 1:
            return "another"
        if value is None:
            return "not said"
        if isinstance(value, bool):
            return "true" if value else "false"
        return f"{value:,}" if isinstance(value, int | float) else str(value)


Point = tuple[int, ...]
"""A situation, or the circumstances of some: the number of each part's value."""


class Space:
    """All situations of a domain, part by part: those of circumstances, of columns, of records."""

    def __init__(self, domain: Domain, catalogue: Catalogue) -> None:
        asked = list(_of_circumstances(domain))
        self._values = [value for _, value in asked]
        self._lacking = sorted({name for absent in domain.absences for name in absent})
        self._records = [_of_record(domain, number, catalogue) for number in range(len(domain.record_fields))]
        columns = [Part(name, ("sent", "not sent")) for name in self._lacking]
        self.parts = (*(part for part, _ in asked), *columns, *self._records)
        self.asked_about = len(asked)
        """How many parts are of circumstances; they come first."""

    def of(self, circumstances: Circumstances) -> Point:
        """Circumstances, by the parts that are of them."""
        return tuple(
            part.number(value(circumstances))
            for part, value in zip(self.parts[: self.asked_about], self._values, strict=True)
        )

    def of_rest(self, absent: frozenset[str], record: Sequence[tuple[str, Value]]) -> Point:
        """Columns and record, by the parts that are of them."""
        cells = dict(record)
        return (
            *(int(name in absent) for name in self._lacking),
            *(part.number(cells.get(part.name, LACKING)) for part in self._records),
        )


def _of_circumstances(domain: Domain) -> Iterator[tuple[Part, Callable[[Circumstances], Any]]]:
    yield Part("on", domain.days, ordered=True), lambda asked: asked.on
    yield Part("as", domain.formats), lambda asked: asked.format
    counts = tuple(-1 if count is None else count for count in domain.row_counts)
    yield _Rows("rows", counts, ordered=True), lambda asked: -1 if asked.row_count is None else asked.row_count
    yield Part("source", domain.sources), lambda asked: asked.source
    for name in dict.fromkeys(name for pairs in domain.attributes for name, _ in pairs):
        values = tuple(dict.fromkeys(dict(pairs).get(name) for pairs in domain.attributes))
        yield Part(name, values), partial(_attribute, name)
    for cell in dict.fromkeys(cell for given in domain.given for cell, _ in given):
        numbers = tuple(dict.fromkeys(dict(given)[cell] for given in domain.given))
        yield Part(".".join(cell), numbers, ordered=True), partial(_given, cell)


def _attribute(name: str, asked: Circumstances) -> str | None:
    return dict(asked.attributes).get(name)


def _given(cell: tuple[str, str, str], asked: Circumstances) -> int:
    return dict(asked.given)[cell]


class _Rows(Part):
    """How many rows there are. That it is not known yet goes with few."""

    def told(self, numbers: frozenset[int]) -> Where:
        known = Part(self.name, self.values[1:], ordered=True)
        rest = frozenset(number - 1 for number in numbers if number)
        return known.told(rest) if rest else Where(what=self.name, values=("not known yet",))


def _of_record(domain: Domain, number: int, catalogue: Catalogue) -> Part:
    field = catalogue[domain.record_fields[number]]
    values = tuple(dict.fromkeys(cell for record in domain.records for name, cell in record if name == field.name))
    is_listed = field.enum is not None or field.type == "boolean"
    ordered = field.format == "date" or field.type in {"integer", "number"}
    return Part(field.name, values, ordered=ordered, dense=_is_dense(field, values), another=not (is_listed or ordered))


def _is_dense(field: Field, values: Sequence[Value]) -> bool:
    """Where values are compared with each other there are more between edges, and nothing simple can be said."""
    return field.type == "number" and len(values) % 2 == 1
