"""Explaining a decision: for each column what happens, which rule decided, and what would have to change."""

from __future__ import annotations

from typing import Literal

from narrowgate.model.actions import parse_action
from narrowgate.model.base import Document
from narrowgate.model.catalogue import Catalogue
from narrowgate.model.decision import ColumnAnswer, Decision
from narrowgate.model.request import Request
from narrowgate.model.rule import RuleAt
from narrowgate.policy.bundle import GUARDRAILS, PURPOSES, Bundle, Location


class ColumnExplanation(Document):
    """One column."""

    field: str
    outcome: Literal["kept", "changed", "withheld"]
    form: str
    """How it leaves, in words."""
    reason: str
    rules: tuple[RuleAt, ...]
    to_change: str = ""
    """What would have to change for a withheld column to leave."""


class Explanation(Document):
    """A decision explained."""

    request: Request
    effect: Literal["release", "refuse"]
    reasons: tuple[str, ...]
    columns: tuple[ColumnExplanation, ...]
    unknown_columns: tuple[str, ...] = ()
    purpose_file: str = ""
    """Where the purpose's rules stand."""
    record_rules: tuple[RuleAt, ...]
    """The rules that decide which records leave, and in what form of their own."""
    reads: tuple[str, ...]
    """The fields that those rules read."""
    missing: tuple[str, ...] = ()
    """Fields they read that the export lacks: it would be refused."""


def explain_request(
    decision: Decision,
    request: Request,
    bundle: Bundle,
    catalogue: Catalogue,
    unknown: tuple[str, ...] = (),
    whole_export: bool = True,
) -> Explanation:
    """Explain ``decision``.

    Args:
        unknown: columns of the export that no field claims.
        whole_export: whether the request's columns are those of an export, so that one that is missing matters.
    """
    reads = bundle.reads(request.purpose)
    missing = tuple(field for field in reads if field not in request.columns) if whole_export else ()
    lacking = f"the export has no {' and no '.join(missing)}, by which records are judged"
    return Explanation(
        request=request,
        effect="refuse" if missing else decision.effect,
        reasons=(*decision.reasons, *((lacking,) if missing else ())),
        columns=tuple(_column(field, decision.columns[field], request, bundle, catalogue) for field in request.columns),
        unknown_columns=unknown,
        purpose_file=next((m.path for m in bundle.modules if m.package == (*PURPOSES, request.purpose)), ""),
        record_rules=record_rules(request.purpose, bundle),
        reads=reads,
        missing=missing,
    )


def _column(
    field: str, answer: ColumnAnswer, request: Request, bundle: Bundle, catalogue: Catalogue
) -> ColumnExplanation:
    action = parse_action(answer.action)
    rules = tuple(
        _rule_at(rule, at)
        for rule in answer.rules
        for at in bundle.locate(rule, answer.action if ".permit." in rule else None)
    )
    if action is None or not action.suits(catalogue[field]):
        reason, change = "the policy gives it no known action", f"mend permit.{field}"
        return ColumnExplanation(
            field=field, outcome="withheld", form="withheld", reason=reason, rules=rules, to_change=change
        )
    outcome: Literal["kept", "changed", "withheld"] = (
        "withheld" if action.action == "drop" else "kept" if action.action == "keep" else "changed"
    )
    change = _to_change(field, answer, request.purpose, bundle) if outcome == "withheld" else ""
    return ColumnExplanation(
        field=field, outcome=outcome, form=action.describe(), reason=answer.reason, rules=rules, to_change=change
    )


def _to_change(field: str, answer: ColumnAnswer, purpose: str, bundle: Bundle) -> str:
    guardrails = [rule for rule in answer.rules if rule.startswith("guardrails.")]
    if guardrails:
        names = " and ".join(sorted({rule.split(".")[1] for rule in guardrails}))
        return f"no purpose can change this: the guardrail {names} withholds it"
    if answer.rules:
        return f"the purpose names it and withholds it: change permit.{field}"
    return f'permit.{field}.action := "keep"'


def record_rules(purpose: str, bundle: Bundle) -> tuple[RuleAt, ...]:
    """The rules that decide which records leave for ``purpose``, and in what form of their own; guardrails included."""
    found = []
    for module, rule in bundle.all_rules():
        ours = module.package == (*PURPOSES, purpose) and rule.name in {"release", "withhold", "override"}
        if ours or (module.package[:2] == GUARDRAILS and rule.name == "withhold"):
            path = ".".join(part or "[…]" for part in (*module.package[1:], *rule.head))
            found.append(_rule_at(path, Location(module.path, module.line(rule))))
    return tuple(found)


def _rule_at(rule: str, at: Location) -> RuleAt:
    return RuleAt(rule=rule, file=at.file, line=at.line)
