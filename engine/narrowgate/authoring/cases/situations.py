"""What is to be tried: a case's one situation, and every combination of a table."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import ValidationError

from narrowgate.authoring.cases.files import CaseFile, suggest
from narrowgate.model.actions import Action, action_fault, action_names, parse_action
from narrowgate.model.case import Case, CaseRequest, CaseTable, FieldAction, Row
from narrowgate.model.catalogue import Catalogue
from narrowgate.model.history import History
from narrowgate.model.keys import Place
from narrowgate.model.request import Request
from narrowgate.policy.bundle import Bundle
from narrowgate.policy.vetting.finding import nearest


@dataclass(frozen=True)
class Situation:
    """A request, what its supplier has been given before, and the records by name."""

    request: Request
    history: History | None
    records: tuple[str, ...]


@dataclass(frozen=True)
class CaseTrial:
    """A case, ready to be tried."""

    file: CaseFile
    case: Case
    place: Place
    situation: Situation

    @property
    def name(self) -> str:
        """What its author calls it."""
        return self.case.name

    @property
    def purpose(self) -> str:
        """That it is about."""
        return self.situation.request.purpose

    @property
    def situations(self) -> tuple[Situation, ...]:
        """What is to be asked."""
        return (self.situation,)


@dataclass(frozen=True)
class Combination:
    """One cell of a table: a request of it, and one of its records."""

    supplier: str
    purpose: str
    day: date
    format: str
    row_count: int | None
    attributes: tuple[tuple[str, str], ...]
    record: str


AXES: Mapping[str, str] = {
    "supplier": "suppliers",
    "purpose": "purposes",
    "day": "days",
    "format": "formats",
    "row_count": "row_counts",
    "attributes": "attributes",
    "record": "records",
}
"""Where a table lists the values that a row's key may have."""

Axes = Mapping[str, tuple[Any, ...]]


@dataclass(frozen=True)
class TableTrial:
    """A table, ready to be tried."""

    file: CaseFile
    table: CaseTable
    place: Place
    axes: Axes
    requests: Mapping[tuple[Any, ...], Situation]
    """By all of a combination but its record."""
    rows: Mapping[Combination, int]
    """The number of the row that is about it."""

    @property
    def name(self) -> str:
        """What its author calls it."""
        return self.table.name

    @property
    def purpose(self) -> str:
        """That it is about; empty where there are several."""
        return self.axes["purpose"][0] if len(self.axes["purpose"]) == 1 else ""

    @property
    def situations(self) -> tuple[Situation, ...]:
        """What is to be asked."""
        return tuple(self.requests.values())

    def combinations(self) -> Iterator[tuple[Combination, Situation]]:
        """Each cell of the table, with the request that it belongs to."""
        for values, situation in self.requests.items():
            for record in situation.records:
                yield Combination(*[*values, record]), situation


Trial = CaseTrial | TableTrial


def trials(file: CaseFile, bundle: Bundle, catalogue: Catalogue) -> Iterator[Trial]:
    """Everything that ``file`` wants tried.

    Raises:
        SourceError: it names a record, request, field or action that there is not.
    """
    for number, case in enumerate(file.cases.cases):
        yield _case(file, case, ("cases", number), catalogue)
    for number, table in enumerate(file.cases.tables):
        yield _table(file, table, ("tables", number), bundle, catalogue)


def action_of(said: FieldAction) -> Action:
    """The action that an expectation names; ``trials`` has seen to it that it is one."""
    action = parse_action({"action": said} if isinstance(said, str) else said)
    if action is None:
        raise ValueError(said)
    return action


def _case(file: CaseFile, case: Case, place: Place, catalogue: Catalogue) -> CaseTrial:
    if case.request not in file.requests:
        known = suggest(case.request, file.requests)
        raise file.source.fault(f"there is no request {case.request}", known, (*place, "request"))
    for number, name in enumerate(case.records):
        _require_record(file, name, file.records, (*place, "records", number))
    expect, within = case.expect, (*place, "expect")
    for key in ("withheld", "overrides", "released"):
        for number, name in enumerate(getattr(expect, key) or ()):
            _require_record(file, name, case.records, (*within, key, number if key == "released" else name))
    _require_actions(file, expect.columns, (*within, "columns"), catalogue)
    _require_fields(file, expect.drops, (*within, "drops"), catalogue)
    for record, actions in expect.overrides.items():
        _require_actions(file, actions, (*within, "overrides", record), catalogue)
    said = file.requests[case.request]
    purpose = said.purpose or file.purpose
    if purpose is None:
        message = f"the request {case.request} names no purpose, and the file lies beside none"
        raise file.source.fault(message, "add purpose: <name> to the request", (*place, "request"))
    _require_fields(file, said.columns or (), ("requests", case.request, "columns"), catalogue)
    request = _request(file, said, purpose, _columns(file, case.records, said.columns, catalogue), place)
    history = said.history.history(purpose, said.row_count or 0) if said.history else None
    return CaseTrial(file, case, place, Situation(request, history, case.records))


def _table(file: CaseFile, table: CaseTable, place: Place, bundle: Bundle, catalogue: Catalogue) -> TableTrial:
    axes = _axes(file, table, place, bundle)
    records: tuple[str, ...] = axes["record"]
    columns = _columns(file, records, None, catalogue)
    requests = {}
    for values in itertools.product(*(axes[key] for key in AXES if key != "record")):
        supplier, purpose, day, format_, row_count, attributes = values
        said = CaseRequest(supplier=supplier, on=day, format=format_, row_count=row_count, attributes=dict(attributes))
        requests[values] = Situation(_request(file, said, purpose, columns, place), None, records)
    rows: dict[Combination, int] = {}
    for number, row in enumerate(table.expect):
        at = (*place, "expect", number)
        _require_actions(file, row.leaves or {}, (*at, "leaves"), catalogue)
        _require_fields(file, row.drops, (*at, "drops"), catalogue)
        for combination in _combinations(file, row, axes, at):
            if (other := rows.setdefault(combination, number)) != number:
                line = file.source.line((*place, "expect", other))
                message = f"the row on line {line} is about some of the same"
                raise file.source.fault(message, "let one row be about each combination", at)
    return TableTrial(file, table, place, axes, requests, rows)


def _axes(file: CaseFile, table: CaseTable, place: Place, bundle: Bundle) -> Axes:
    purposes = table.purposes or ((file.purpose,) if file.purpose else bundle.purposes)
    for key, known in (("suppliers", bundle.suppliers), ("purposes", bundle.purposes), ("records", file.records)):
        for number, name in enumerate(getattr(table, key) or ()):
            if name not in known:
                message = f"there is no {key.removesuffix('s')} {name}"
                raise file.source.fault(message, suggest(name, dict.fromkeys(known)), (*place, key, number))
    days = table.days or ((file.on,) if file.on else ())
    if not days:
        raise file.source.fault("it has no day", "add on: <day> to the file", place)
    return {
        "supplier": table.suppliers or tuple(sorted(bundle.suppliers)),
        "purpose": purposes,
        "day": days,
        "format": table.formats,
        "row_count": table.row_counts or (None,),
        "attributes": tuple(tuple(sorted(each.items())) for each in table.attributes),
        "record": table.records if table.records is not None else tuple(file.records),
    }


def _combinations(file: CaseFile, row: Row, axes: Axes, place: Place) -> Iterator[Combination]:
    chosen = []
    for key, axis in AXES.items():
        values = getattr(row, key)
        if key == "attributes" and values is not None:
            values = tuple(tuple(sorted(each.items())) for each in values)
        for value in values or ():
            if value not in axes[key]:
                shown = dict(value) if key == "attributes" else value
                remedy = suggest(str(value), [str(each) for each in axes[key]])
                raise file.source.fault(f"the table's {axis} have no {shown}", remedy, (*place, key))
        chosen.append(axes[key] if values is None else values)
    for combination in itertools.product(*chosen):
        yield Combination(*combination)


def _columns(
    file: CaseFile, records: tuple[str, ...], said: tuple[str, ...] | None, catalogue: Catalogue
) -> tuple[str, ...]:
    if said is not None:
        return said
    held = {field for name in records for field in file.records[name]}
    return tuple(field for field in catalogue.fields if field in held)


def _request(file: CaseFile, said: CaseRequest, purpose: str, columns: tuple[str, ...], place: Place) -> Request:
    on = said.on or file.on
    if on is None:
        raise file.source.fault("it has no day", "add on: <day> to the file", place)
    try:
        return Request(
            supplier=said.supplier,
            purpose=purpose,
            on=on,
            format=said.format,
            columns=columns,
            attributes=said.attributes,
            row_count=said.row_count,
        )
    except ValidationError as error:
        fault = error.errors(include_input=False, include_url=False)[0]
        raise file.source.fault(
            f"{fault['loc'][0]}: {fault['msg']}", "see schemas/request.schema.json", place
        ) from None


def _require_record(file: CaseFile, name: str, known: Any, place: Place) -> None:
    if name not in known:
        where = "" if known is file.records else " among the case's records"
        raise file.source.fault(f"there is no record {name}{where}", suggest(name, list(known)), place)


def _require_fields(file: CaseFile, fields: Any, place: Place, catalogue: Catalogue) -> None:
    for number, field in enumerate(fields):
        if field not in catalogue:
            at = (*place, field if isinstance(fields, dict) else number)
            raise file.source.fault(f"there is no field {field}", nearest(field, catalogue.fields), at)


def _require_actions(file: CaseFile, actions: Mapping[str, FieldAction], place: Place, catalogue: Catalogue) -> None:
    _require_fields(file, actions, place, catalogue)
    for field, said in actions.items():
        document = {"action": said} if isinstance(said, str) else said
        if fault := action_fault(document):
            name = str(document.get("action", ""))
            known = f"actions are {', '.join(action_names())}"
            if name in action_names():
                raise file.source.fault(f"{field}: {name}: {fault}", "see docs/policies/cases.md", (*place, field))
            raise file.source.fault(f"there is no action {name}", nearest(name, action_names(), known), (*place, field))
