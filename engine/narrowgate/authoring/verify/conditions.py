"""Whether the conditions of an invariant hold in a situation, told from data and request, not from rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from narrowgate.authoring.domain.domain import Circumstances
from narrowgate.authoring.domain.origins import THE_PURPOSE, Path
from narrowgate.authoring.domain.readings import Reading, Readings
from narrowgate.model.agreement import Agreement, PurposeMeta
from narrowgate.model.catalogue import Value
from narrowgate.model.invariant import Conditions, Invariant
from narrowgate.policy.bundle import Bundle


@dataclass(frozen=True)
class Circle:
    """The purpose whose situations are looked at, and the data it is about."""

    bundle: Bundle
    purpose: str

    @cached_property
    def meta(self) -> PurposeMeta:
        """The purpose's ``meta``."""
        return self.bundle.meta(self.purpose)

    @cached_property
    def agreements(self) -> tuple[Agreement, ...]:
        """All for the purpose."""
        return self.bundle.agreements(self.purpose)

    def in_force(self, asked: Circumstances) -> Agreement | None:
        """The one agreement in force between supplier and purpose on the day of the request."""
        found = [a for a in self.agreements if a.supplier == asked.supplier and a.starts <= asked.on <= a.until]
        return found[0] if len(found) == 1 else None

    def hold(self, said: Conditions, asked: Circumstances) -> bool:
        """Whether all that ``said`` says of request and purpose holds."""
        supplier = self.bundle.suppliers.get(asked.supplier, {})
        attributes = dict(asked.attributes)
        return (
            _among(asked.supplier, said.supplier)
            and _among(supplier.get("kind"), said.supplier_kind)
            and _among(supplier.get("country"), said.country)
            and _among(self.purpose, said.purpose)
            and _among(self.meta.lawful_basis, said.lawful_basis)
            and _is(self.meta.article_9_condition is not None, said.article_9_condition)
            and _is(self.meta.publication, said.publication)
            and all(attributes.get(name) in values for name, values in said.attributes.items())
            and self._agreed(said, asked)
        )

    def _agreed(self, said: Conditions, asked: Circumstances) -> bool:
        agreement = self.in_force(asked)
        rows, formats = asked.row_count, agreement.formats if agreement else ()
        caps = agreement.max_people.model_dump() if agreement else {}
        given = {window: people for (_, window, measure), people in asked.given if measure == "people_after"}
        beyond = [window for window, most in caps.items() if most is not None and given.get(window, 0) > most]
        return (
            _is(agreement is not None, None if said.agreement is None else said.agreement == "in force")
            and _is(asked.format in formats, _agreed(said.format))
            # How many rows there are is known once they are read, and then the decision is asked for again.
            and _is(agreement is not None and (rows is None or rows <= agreement.max_rows), _agreed(said.rows))
            and _is(agreement is not None and not beyond, _agreed(said.people))
        )


def hold_of_record(said: Conditions, record: Mapping[str, Value]) -> bool:
    """Whether all that ``said`` says of the record holds."""
    return all(record.get(field) in values for field, values in said.record.items())


def told_apart(invariants: Iterable[Invariant], circle: Circle) -> Readings:
    """What situations are to be told apart by for the conditions of ``invariants``, whether rules do or not."""
    found: dict[Path, Reading] = defaultdict(Reading)
    for said in (each for invariant in invariants for each in (invariant.when, invariant.unless or Conditions())):
        for field, values in said.record.items():
            found["record", field].constants |= {*values}
        if said.format:
            found["request", "format"].constants |= {name for a in circle.agreements for name in a.formats}
        if said.rows:
            found["request", "row_count"].constants |= {a.max_rows for a in circle.agreements}
            found["request", "row_count"].ordered = True
        if said.people:
            for agreement in circle.agreements:
                for window, most in agreement.max_people.model_dump(exclude_none=True).items():
                    found["history", THE_PURPOSE, window, "people_after"].constants.add(most)
    return dict(found)


def _among(value: object, values: tuple[object, ...] | None) -> bool:
    return values is None or value in values


def _is(value: bool, said: bool | None) -> bool:
    return said is None or value == said


def _agreed(said: str | None) -> bool | None:
    return None if said is None else said == "agreed"
