"""Every situation that policies can tell apart, for one purpose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import product
from math import prod
from typing import NamedTuple

from narrowgate.model.catalogue import Value
from narrowgate.model.history import History, Windows

Record = tuple[tuple[str, Value], ...]
Given = tuple[tuple[tuple[str, str, str], int], ...]
"""What the supplier has been given: by purpose, window and measure."""


class Circumstances(NamedTuple):
    """All that a request is, but for its columns."""

    supplier: str
    on: date
    format: str
    row_count: int | None
    source: str | None
    attributes: tuple[tuple[str, str], ...]
    given: Given

    def history(self) -> History:
        """What the supplier has been given, as policies see it."""
        windows: dict[str, dict[str, dict[str, int]]] = {}
        for (purpose, window, measure), number in self.given:
            windows.setdefault(purpose, {}).setdefault(window, {})[measure] = number
        return {purpose: Windows.model_validate(document) for purpose, document in windows.items()}


@dataclass(frozen=True)
class Factor:
    """What one part of the policies goes by."""

    circumstances: frozenset[str]
    """Names of parts of ``Circumstances``."""
    columns: bool
    """Whether it goes by which columns there are."""

    def key(self, circumstances: Circumstances) -> tuple[object, ...]:
        """The same for circumstances that this part of the policies cannot tell apart."""
        return tuple(getattr(circumstances, name) for name in Circumstances._fields if name in self.circumstances)


@dataclass(frozen=True)
class Domain:
    """Every situation for one purpose: in each, a field leaves in some form, or is withheld."""

    purpose: str
    fields: tuple[str, ...]
    suppliers: tuple[str, ...]
    days: tuple[date, ...]
    formats: tuple[str, ...]
    row_counts: tuple[int | None, ...]
    sources: tuple[str | None, ...]
    attributes: tuple[tuple[tuple[str, str], ...], ...]
    given: tuple[Given, ...]
    absences: tuple[frozenset[str], ...]
    """Sets of columns that an export may lack; one that no rule asks about is never lacking."""
    record_fields: tuple[str, ...]
    records: tuple[Record, ...]
    effect: Factor
    """What the effect of a decision goes by."""
    columns: Factor
    """What the actions of columns go by."""
    judgement: Factor
    """What judgements go by, besides the record."""

    @property
    def sizes(self) -> Mapping[str, int]:
        """How many values each part of a situation has."""
        return {
            "suppliers": len(self.suppliers),
            "days": len(self.days),
            "formats": len(self.formats),
            "row counts": len(self.row_counts),
            "sources": len(self.sources),
            "attributes": len(self.attributes),
            "histories": len(self.given),
            "sets of columns": len(self.absences),
            "records": len(self.records),
            "fields": len(self.fields),
        }

    @property
    def situations(self) -> int:
        """How many situations there are."""
        return prod(self.sizes.values())

    def circumstances(self) -> Iterator[Circumstances]:
        """Each that a request may be made in."""
        parts = (self.suppliers, self.days, self.formats, self.row_counts, self.sources, self.attributes, self.given)
        return (Circumstances(*each) for each in product(*parts))

    def present(self, absent: frozenset[str]) -> tuple[str, ...]:
        """The columns of an export that lacks ``absent``."""
        return tuple(field for field in self.fields if field not in absent)
