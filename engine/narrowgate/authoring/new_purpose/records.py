"""Records that try everything a new purpose and the guardrails go by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from narrowgate.authoring.new_purpose.draft import Draft
from narrowgate.authoring.new_purpose.parsing import values_of
from narrowgate.model.case import LIKE, CellValue
from narrowgate.model.catalogue import Catalogue, Field, plain

Record = Mapping[str, CellValue]

_DATE, _POSTCODE = "1984-05-17", "ZZ1 1AB"


@dataclass(frozen=True)
class Sample:
    """A record by name, and how it is written; None where the fixtures hold it."""

    name: str
    record: Record
    written: Record | None = None


def samples(draft: Draft, catalogue: Catalogue, fixtures: Mapping[str, Record], reads: tuple[str, ...]) -> list[Sample]:
    """One record that should leave, and its likes that differ in one field that rules read, or lack it.

    Args:
        fixtures: the records that all cases share, by name; those among them that serve are used as they are.
        reads: the fields by which records are judged.
    """
    found = [_base(draft, catalogue, fixtures)]
    for field in reads:
        for value in (*values_of(catalogue[field]).values(), None):
            if found[0].record.get(field) != value:
                found.append(_like(found, catalogue[field], value, fixtures))
    return found


def _base(draft: Draft, catalogue: Catalogue, fixtures: Mapping[str, Record]) -> Sample:
    """The record that holds the most fields, of those that leave if there is one."""
    served = {name: record for name, record in fixtures.items() if _is_served(draft, record)}
    name = max(served or fixtures, key=lambda each: len((served or fixtures)[each]), default="")
    whole = {field.name: _example(field) for field in catalogue.fields.values()}
    record = {**whole, **fixtures.get(name, {}), **({} if served else _first_values(draft))}
    own = {field: value for field, value in record.items() if fixtures.get(name, {}).get(field) != value}
    if not own:
        return Sample(name, record)
    free = _free("served", fixtures)
    return Sample(free, record, {LIKE: name, **own} if name else own)


def _is_served(draft: Draft, record: Record) -> bool:
    return all(record.get(field) in values for field, values in draft.release.items())


def _first_values(draft: Draft) -> dict[str, CellValue]:
    return {field: values[0] for field, values in draft.release.items()}


def _like(found: list[Sample], field: Field, value: CellValue, fixtures: Mapping[str, Record]) -> Sample:
    base = found[0]
    record = {name: each for name, each in base.record.items() if name != field.name}
    record |= {} if value is None else {field.name: value}
    for name, fixture in fixtures.items():
        if fixture == record:
            return Sample(name, record)
    proposals = _names(field, value)
    taken = {*fixtures, *(sample.name for sample in found)}
    free = next((name for name in proposals if name not in taken), _free(proposals[-1], taken))
    return Sample(free, record, {LIKE: base.name, field.name: value})


def _names(field: Field, value: CellValue) -> tuple[str, ...]:
    if value is None:
        return (f"no_{field.name}",)
    if isinstance(value, bool):
        return (field.name if value else f"not_{field.name}",)
    return plain(str(value)), f"{field.name}_{plain(str(value))}"


def _free(name: str, taken: Any) -> str:
    if name not in taken:
        return name
    return next(numbered for number in _numbers() if (numbered := f"{name}_{number}") not in taken)


def _numbers() -> Iterator[int]:
    number = 2
    while True:
        yield number
        number += 1


def _example(field: Field) -> CellValue:
    """A value for a field of which the fixtures have none."""
    if values := values_of(field):
        return next(iter(values.values()))
    if field.format is not None:
        return _DATE if field.format == "date" else _POSTCODE
    if field.type == "string":
        return "Example"
    lowest = field.minimum if field.minimum is not None else 0
    return int(lowest) if field.type == "integer" else lowest
