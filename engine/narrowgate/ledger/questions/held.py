"""What a supplier held in a window of days: its releases, their sets of subjects, and the form in which fields left.

However many releases there are, each of these is one query.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter, ValidationError

from narrowgate.errors import LedgerError, UsageError
from narrowgate.ledger.rows import SET_COLUMNS
from narrowgate.ledger.schema import attestations, disclosures, entries, flows, releases, shapes
from narrowgate.model.catalogue import Catalogue
from narrowgate.policy.vetting.finding import nearest

_FEW = 20
_FORMS = TypeAdapter(dict[str, tuple[str, ...]])


@dataclass(frozen=True, eq=False)
class Shape:
    """How the columns of releases left."""

    forms: Mapping[str, tuple[str, ...]]
    """In words, by field: the column's form, then those that records had of their own."""


@dataclass(frozen=True)
class Question:
    """Whose holdings, and when.

    Args:
        supplier: who holds.
        first: first day of the window; None: from the beginning.
        last: its last day.
        purpose: only releases for it; None: for all.
        fields: only these fields; none: all.

    Raises:
        UsageError: the window ends before it begins.
    """

    supplier: str
    first: date | None
    last: date
    purpose: str | None = None
    fields: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.first is not None and self.first > self.last:
            raise UsageError(f"the first day, {self.first}, is after the last, {self.last}", "swap them")

    def wants(self, field: str) -> bool:
        """Whether the field is asked about."""
        return not self.fields or field in self.fields


@dataclass(frozen=True)
class Release:
    """A release that was held in the window."""

    entry: int
    purpose: str
    agreement: str
    requested_on: date
    entered_on: date
    delete_by: date
    records: int
    unidentified: int
    shape: int
    deleted_on: date | None

    @property
    def since(self) -> date:
        """The first day on which it may have been held."""
        return min(self.requested_on, self.entered_on)

    def overdue(self, last: date) -> bool:
        """Whether it was held after its time, on the last day of the window or before."""
        return self.delete_by < min(last, self.deleted_on or last)


def held_releases(connection: sa.Connection, question: Question) -> dict[int, Release]:
    """The releases that ``question`` is about, by entry, in their order."""
    columns = (
        *(releases.c.entry, releases.c.purpose, releases.c.agreement, releases.c.requested_on, releases.c.entered_on),
        *(releases.c.delete_by, releases.c.records, releases.c.unidentified, releases.c.shape),
        attestations.c.deleted_on,
    )
    among = releases.outerjoin(attestations, attestations.c.release == releases.c.entry)
    wanted = sa.select(*columns).select_from(among).where(*_held(question))
    rows = connection.execute(wanted.order_by(releases.c.entry)).mappings()
    return {row["entry"]: Release(**row) for row in rows}


def held_sets(connection: sa.Connection, question: Question) -> sa.CursorResult[Any]:
    """Their sets: rows of ``SET_COLUMNS`` and the flow, release by release, and a set before those that differ from it.

    The order is that of an index: the sets themselves need not be sorted.
    """
    wanted = (
        sa.select(*SET_COLUMNS, disclosures.c.flow)
        .select_from(releases.join(disclosures, disclosures.c.entry == releases.c.entry))
        .where(*_held(question))
    )
    return connection.execute(wanted.order_by(releases.c.purpose, releases.c.entry, disclosures.c.part))


@dataclass(frozen=True)
class Flow:
    """Fields that a supplier was given for a purpose."""

    purpose: str
    names: str

    @cached_property
    def fields(self) -> frozenset[str]:
        """Their names."""
        return frozenset(self.names.split())


def flows_to(connection: sa.Connection, supplier: str) -> dict[int, Flow]:
    """The flows to a supplier, by number."""
    rows = connection.execute(sa.select(flows.c.number, flows.c.purpose, flows.c.fields).filter_by(supplier=supplier))
    return {row.number: Flow(row.purpose, row.fields) for row in rows}


def held_shapes(connection: sa.Connection, question: Question) -> dict[int, Shape]:
    """How the fields of the releases left, by the number that they have of it.

    Raises:
        LedgerError: what is kept of it has been changed.
    """
    among = releases.join(shapes, shapes.c.number == releases.c.shape)
    wanted = sa.select(shapes.c.number, shapes.c.forms).select_from(among).where(*_held(question)).distinct()
    try:
        return {number: Shape(_FORMS.validate_json(forms)) for number, forms in connection.execute(wanted)}
    except ValidationError:
        raise LedgerError("the table shapes has been changed", "run: narrowgate ledger verify") from None


def _held(question: Question) -> Iterator[sa.ColumnElement[bool]]:
    """What is true of the releases that ``question`` is about."""
    yield releases.c.supplier == question.supplier
    yield (releases.c.requested_on <= question.last) | (releases.c.entered_on <= question.last)
    if question.first is not None:
        gone = attestations.alias("gone")
        yield ~sa.exists().where(gone.c.release == releases.c.entry, gone.c.deleted_on < question.first)
    if question.purpose is not None:
        yield releases.c.purpose == question.purpose


def require_known(connection: sa.Connection, question: Question, catalogue: Catalogue) -> None:
    """Make sure that what is asked about is known: a slip in a name must not look like holding nothing.

    Raises:
        UsageError: the ledger has not heard of the supplier or the purpose, or nobody has of a field.
    """
    require_supplier(connection, question.supplier)
    if question.purpose is not None:
        asked = sa.select(entries.c.purpose).where(entries.c.supplier == question.supplier).distinct()
        known = sorted(purpose for purpose in connection.scalars(asked) if purpose is not None)
        _require(
            "purpose", question.purpose, known, f"{question.supplier} was never sent, nor refused, anything for the"
        )
    fields = {name for flow in flows_to(connection, question.supplier).values() for name in flow.fields}
    for name in question.fields:
        _require("field", name, {*catalogue.fields, *fields}, "nobody knows")


def require_purpose(connection: sa.Connection, purpose: str) -> None:
    """Make sure that the ledger has heard of a purpose.

    Raises:
        UsageError: it has not.
    """
    named = sa.select(entries.c.purpose).where(entries.c.purpose.is_not(None)).distinct()
    _require("purpose", purpose, sorted(connection.scalars(named)), "nothing was ever asked for the")


def require_supplier(connection: sa.Connection, supplier: str) -> None:
    """Make sure that the ledger has heard of a supplier.

    Raises:
        UsageError: it has not.
    """
    if not connection.execute(sa.select(entries.c.number).where(entries.c.supplier == supplier).limit(1)).first():
        named = sa.select(entries.c.supplier).where(entries.c.supplier.is_not(None)).distinct()
        _require("supplier", supplier, sorted(connection.scalars(named)), "the ledger knows no")


def _require(what: str, name: str, known: Collection[str], unknown: str) -> None:
    if name not in known:
        few = ", ".join(sorted(known)) if len(known) <= _FEW else "see: narrowgate ledger list"
        raise UsageError(f"{unknown} {what} {name}", nearest(name, known, f"known: {few}" if known else "see --ledger"))
