"""The Article 30 record of processing: what policies and agreements let leave, and what really left."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa
from pyroaring import BitMap

from narrowgate.ledger.questions.breach import in_order
from narrowgate.ledger.rows import SET_COLUMNS, SetReader
from narrowgate.ledger.schema import disclosures, flows, releases
from narrowgate.ledger.stores.interface import Store
from narrowgate.model.actions import parse_action
from narrowgate.model.agreement import Agreement, PurposeMeta, Supplier
from narrowgate.model.catalogue import Catalogue
from narrowgate.model.request import Request
from narrowgate.model.ropa import Left, PermittedField, Processing, Recipient, RecordOfProcessing
from narrowgate.policy.bundle import Bundle
from narrowgate.policy.interface import Engine

HOME = "GB"
DATA_SUBJECTS = ("police officers", "police staff")
SECURITY = (
    "only fields that the purpose's policy names leave; all others are withheld",
    "each record is judged by the policy before it leaves",
    "releases are written afresh, searched for withheld values, and hide nothing",
    "every release is in a tamper-evident ledger before its file appears",
)
_AT_ONCE = 1000

Key = tuple[str, str, str]
"""Supplier, purpose and agreement."""


@dataclass
class _Sum:
    releases: int = 0
    records: int = 0
    unidentified: int = 0
    last: date = date.min
    people: BitMap = field(default_factory=BitMap)
    flows: set[int] = field(default_factory=set)


def record_of_processing(
    store: Store, engine: Engine, catalogue: Catalogue, on: date, controller: str | None
) -> RecordOfProcessing:
    """The record as of the day ``on``.

    Args:
        engine: asked what may leave under each agreement, of every field that there is, on a day on which it is in
            force.
        controller: name and contact details.

    Raises:
        EngineError: there is no decision.
        LedgerError: what left has been changed.
    """
    left, bundle = _left(store, catalogue), engine.policies
    agreed = {
        (agreement.supplier, purpose, agreement.id): agreement
        for purpose in bundle.purposes
        for agreement in bundle.agreements(purpose)
    }
    keys = sorted({*agreed, *left}, key=lambda key: (key[1], key[0], key[2]))
    drawn = _Drawing(engine, catalogue, on)
    return RecordOfProcessing(
        controller=controller,
        on=on,
        policy=bundle.digest,
        processing=tuple(drawn.processing(key, agreed.get(key), left.get(key, Left())) for key in keys),
    )


@dataclass(frozen=True)
class _Drawing:
    engine: Engine
    catalogue: Catalogue
    on: date

    def processing(self, key: Key, agreement: Agreement | None, left: Left) -> Processing:
        supplier, purpose, name = key
        bundle = self.engine.policies
        meta = bundle.meta(purpose) if purpose in bundle.purposes else None
        recipient = _recipient(bundle, supplier)
        fields, refused = self._permitted(agreement, purpose, meta) if agreement and meta else ((), ())
        return Processing(
            purpose=purpose,
            title=meta.title if meta else None,
            lawful_basis=meta.lawful_basis if meta else None,
            article_9_condition=meta.article_9_condition if meta else None,
            data_subjects=DATA_SUBJECTS,
            fields=fields,
            refused=refused,
            recipient=recipient,
            third_country=recipient.country if recipient.country != HOME else None,
            agreement=name,
            status=_status(agreement, self.on),
            starts=agreement.starts if agreement else None,
            until=agreement.until if agreement else None,
            retention_days=agreement.retention_days if agreement else None,
            security=SECURITY,
            left=left,
        )

    def _permitted(
        self, agreement: Agreement, purpose: str, meta: PurposeMeta
    ) -> tuple[tuple[PermittedField, ...], tuple[str, ...]]:
        """What may leave under an agreement, whatever value one of the purpose's attributes has; or why nothing may."""
        forms: defaultdict[str, dict[str, None]] = defaultdict(dict)
        refusals: dict[str, None] = {}
        released = False
        for attributes in _variants(meta):
            decision = self.engine.decide(
                Request(
                    supplier=agreement.supplier,
                    purpose=purpose,
                    on=min(max(self.on, agreement.starts), agreement.until),
                    format=agreement.formats[0],
                    columns=tuple(self.catalogue.fields),
                    attributes=attributes,
                )
            )
            if decision.effect == "refuse":
                refusals.update(dict.fromkeys(decision.reasons))
                continue
            released = True
            for name, answer in decision.columns.items():
                action = parse_action(answer.action)
                if action is not None and action.action != "drop" and action.suits(self.catalogue[name]):
                    forms[name][action.describe()] = None
        return tuple(self._field(name, tuple(forms[name])) for name in in_order(forms, self.catalogue)), (
            () if released else tuple(refusals)
        )

    def _field(self, name: str, forms: tuple[str, ...]) -> PermittedField:
        known = self.catalogue[name]
        return PermittedField(
            field=name, category=known.category, sensitivity=known.sensitivity, dpv=known.dpv, forms=forms
        )


def _variants(meta: PurposeMeta) -> Iterator[dict[str, str]]:
    """Requests differ in their attributes: none, and each value of each."""
    yield {}
    for name, values in meta.attributes.items():
        yield from ({name: value} for value in values)


def _recipient(bundle: Bundle, supplier: str) -> Recipient:
    document = bundle.suppliers.get(supplier)
    if document is None:
        return Recipient(id=supplier, name=supplier, kind="not in the policies", country=None)
    known = Supplier.model_validate(document)
    return Recipient(id=supplier, name=known.name, kind=known.kind, country=known.country)


def _status(agreement: Agreement | None, on: date) -> Any:
    if agreement is None:
        return "not in the policies"
    return "to come" if on < agreement.starts else "ended" if on > agreement.until else "in force"


def _left(store: Store, catalogue: Catalogue) -> Mapping[Key, Left]:
    """What left under each agreement."""
    sums: defaultdict[Key, _Sum] = defaultdict(_Sum)
    key_of: dict[int, Key] = {}
    with store.reading() as connection:
        for row in connection.execute(sa.select(releases)):
            key = key_of[row.entry] = row.supplier, row.purpose, row.agreement
            total = sums[key]
            total.releases += 1
            total.records += row.records
            total.unidentified += row.unidentified
            total.last = max(total.last, min(row.requested_on, row.entered_on))
        reader = SetReader(connection)
        sets = sa.select(*SET_COLUMNS, disclosures.c.flow).order_by(disclosures.c.entry, disclosures.c.part)
        for row in connection.execute(sets.execution_options(yield_per=_AT_ONCE)):
            total = sums[key_of[row.entry]]
            total.people |= reader.people(row)
            total.flows.add(row.flow)
        names = {row.number: row.fields.split() for row in connection.execute(sa.select(flows))}
    return {
        key: Left(
            releases=total.releases,
            records=total.records,
            people=len(total.people),
            unidentified=total.unidentified,
            last=total.last,
            fields=in_order({name for flow in total.flows for name in names[flow]}, catalogue),
        )
        for key, total in sums.items()
    }
