"""From a decision to a plan."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from narrowgate.errors import EngineUnavailable, PolicyInvalid, Refused
from narrowgate.model.actions import Action, Drop, Image, Keep, parse_action
from narrowgate.model.base import Document
from narrowgate.model.catalogue import Catalogue
from narrowgate.model.decision import CsvDialect, Decision, Judgement, Limits, Obligations
from narrowgate.model.request import Request


class PlannedColumn(Document):
    """A column that leaves."""

    field: str
    name: str
    """In the release."""
    action: Action
    reason: str
    rules: tuple[str, ...]


class WithheldColumn(Document):
    """A column that does not leave."""

    field: str
    reason: str
    rules: tuple[str, ...]


class Plan(Document):
    """What happens to an export. Pure data: applying the same plan to the same export gives the same release."""

    supplier: str
    purpose: str
    on: date
    columns: tuple[PlannedColumn, ...]
    """In the order of the release."""
    withheld: tuple[WithheldColumn, ...]
    reads: tuple[str, ...]
    """Fields that record rules read; each record is judged by their values."""
    overridable: tuple[str, ...]
    """Columns for which some record rule has an action of its own."""
    searched: tuple[str, ...]
    """Fields whose values, where withheld, are looked for in what is released."""
    limits: Limits
    csv: CsvDialect
    obligations: Obligations

    def column(self, field: str) -> PlannedColumn | None:
        """The column of ``field``, if it leaves."""
        return next((column for column in self.columns if column.field == field), None)

    def pictures(self) -> tuple[tuple[PlannedColumn, Image], ...]:
        """The columns that leave as pictures."""
        return tuple((column, column.action) for column in self.columns if isinstance(column.action, Image))

    def fields_used(self) -> tuple[str, ...]:
        """Every field that has to be read from the export, each once."""
        return tuple(dict.fromkeys([*(column.field for column in self.columns), *self.reads, *self.searched]))


def make_plan(
    decision: Decision,
    request: Request,
    reads: tuple[str, ...],
    overridable: tuple[str, ...],
    catalogue: Catalogue,
    with_pictures: bool = True,
) -> Plan:
    """Bind ``decision`` to the columns of ``request``.

    Whatever the decision does not clearly let through is withheld: a column without a known action, one that was not
    asked about, one that the catalogue does not know.

    Args:
        reads: the fields that the purpose's record rules and the guardrails read.
        overridable: the fields for which the purpose has record overrides.
        with_pictures: whether the release can hold pictures.

    Raises:
        Refused: the decision refuses, the export lacks a field that rules read, or nothing in it may leave.
        EngineUnavailable: the decision releases without saying on what terms.
        PolicyInvalid: two columns would have one name.
    """
    if decision.effect != "release" or decision.reasons:
        raise Refused(decision.reasons or ("the policy does not release this",), "see: narrowgate explain")
    if decision.limits is None or decision.obligations is None:
        raise EngineUnavailable("the decision releases without limits or obligations", "see what answers there")
    if missing := [field for field in reads if field not in request.columns]:
        raise Refused(
            [f"the export has no {' and no '.join(missing)}, by which records are judged"],
            "export it too, or declare it as a constant in a source",
        )
    actions = {
        field: action
        for field in request.columns
        if field in catalogue
        and field in decision.columns
        and (action := parse_action(decision.columns[field].action)) is not None
        and not isinstance(action, Drop)
        and action.suits(catalogue[field])
        and (with_pictures or not isinstance(action, Image))
    }
    if not actions:
        raise Refused(["the export holds no field that the purpose permits"], "see: narrowgate explain")
    names = _names(decision, actions)
    columns = tuple(_planned(decision, field, names[field], actions[field]) for field in names)
    return Plan(
        supplier=request.supplier,
        purpose=request.purpose,
        on=request.on,
        columns=columns,
        withheld=tuple(_withheld(decision, field, catalogue) for field in request.columns if field not in actions),
        reads=reads,
        overridable=tuple(field for field in overridable if field in actions),
        searched=_searched(request, actions, overridable, catalogue),
        limits=decision.limits,
        csv=decision.output.csv,
        obligations=decision.obligations,
    )


def overriding_actions(plan: Plan, judgement: Judgement, catalogue: Catalogue) -> Mapping[str, Action]:
    """The actions by which one record's cells leave instead of their columns'.

    A guardrail's drop has taken the column out of the plan already, so nothing here brings it back. An override that
    is no action, or none for its field, withholds the cell.
    """
    found: dict[str, Action] = {}
    for field, document in judgement.override.items():
        column = plan.column(field)
        action = parse_action(document)
        if action is None or field not in catalogue or not action.suits(catalogue[field]):
            action = Drop()
        if column is not None and isinstance(action, Image) and action != column.action:
            # A column's pictures are all of one form, and in another column the path would leave as it is.
            action = Drop()
        if column is not None and action != column.action:
            found[field] = action
    return found


def _names(decision: Decision, actions: Mapping[str, Any]) -> dict[str, str]:
    """Name in the release by field, in the release's order: first as the agreement says, then as exported."""
    named = {column.field: column.name or column.field for column in decision.output.columns}
    ordered = [field for field in named if field in actions]
    names = {field: named.get(field, field) for field in [*ordered, *(f for f in actions if f not in named)]}
    if len(set(names.values())) < len(names):
        twice = next(name for name in names.values() if list(names.values()).count(name) > 1)
        raise PolicyInvalid(f"two columns of the release would be called {twice}", "mend the agreement's columns")
    return names


def _planned(decision: Decision, field: str, name: str, action: Action) -> PlannedColumn:
    answer = decision.columns[field]
    return PlannedColumn(field=field, name=name, action=action, reason=answer.reason, rules=answer.rules)


def _withheld(decision: Decision, field: str, catalogue: Catalogue) -> WithheldColumn:
    answer = decision.columns.get(field)
    if answer is None:
        return WithheldColumn(field=field, reason="the policy does not answer for it", rules=())
    match parse_action(answer.action):
        case Drop():
            reason = answer.reason
        case Image() as image if field in catalogue and image.suits(catalogue[field]):
            reason = "pictures leave only in a ZIP, with the table: name the release .zip"
        case _:
            reason = "the policy gives it no known action"
    return WithheldColumn(field=field, reason=reason, rules=answer.rules)


def _searched(
    request: Request, actions: Mapping[str, Action], overridable: tuple[str, ...], catalogue: Catalogue
) -> tuple[str, ...]:
    """A field that leaves as it is in every record has nothing to hide."""
    return tuple(
        field
        for field in request.columns
        if field in catalogue
        and catalogue[field].scan is not None
        and (not isinstance(actions.get(field), Keep) or field in overridable)
    )
