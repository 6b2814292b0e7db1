"""Expectations as they would have to be: plain documents, in the order and the words of those that are there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from narrowgate.authoring.cases.answers import Answer
from narrowgate.authoring.cases.compare import leaving
from narrowgate.authoring.cases.situations import AXES, Axes, CaseTrial, Combination, TableTrial
from narrowgate.model.actions import Action, as_written, parse_action
from narrowgate.model.case import Terms

Said = dict[str, Any]


def case_expectation(trial: CaseTrial, answer: Answer, said: Said) -> Said:
    """What a case would have to expect.

    Args:
        said: what it expects, as its author wrote it.
    """
    if answer.plan is None:
        return _in_order({"effect": "refuse", "reasons": list(answer.refusal)}, said)
    expect = trial.case.expect
    columns = {column.field: column.action for column in answer.plan.columns}
    found: Said = {"columns": _actions(columns, said.get("columns", {}))}
    if expect.released is not None:
        found["released"] = [name for name, verdict in answer.verdicts.items() if verdict.release]
    withheld = {name: list(verdict.reasons) for name, verdict in answer.verdicts.items() if not verdict.release}
    if withheld:
        any_reason: Said = {name: [] for name in withheld if expect.withheld.get(name) == ()}
        found["withheld"] = _in_order(withheld | any_reason, said.get("withheld", {}))
    overrides = {
        name: _actions(verdict.overrides, said.get("overrides", {}).get(name, {}))
        for name, verdict in answer.verdicts.items()
        if verdict.release and verdict.overrides
    }
    if overrides:
        found["overrides"] = _in_order(overrides, said.get("overrides", {}))
    return _in_order(
        found | _terms(answer, expect, said) | {key: said[key] for key in ("effect",) if key in said}, said
    )


def outcome(answer: Answer, combination: Combination, terms: Terms | None, said: Said) -> Said:
    """What a table's row about ``combination`` would have to say, but for what it is about."""
    if answer.plan is None:
        return {"refused": list(answer.refusal)}
    verdict = answer.verdicts[combination.record]
    if not verdict.release:
        return {"withheld": list(verdict.reasons)}
    leaves = {"leaves": _actions(leaving(answer, combination.record), said.get("leaves") or {})}
    return leaves | (_terms(answer, terms, said) if terms else {})


def rows_about(trial: TableTrial, outcomes: Mapping[Combination, Said]) -> Iterator[Said]:
    """Rows that say what becomes of each combination; those of which the same becomes share a row where they can."""
    alike: dict[str, list[Combination]] = {}
    for combination, said in outcomes.items():
        alike.setdefault(json.dumps(said), []).append(combination)
    for same, combinations in alike.items():
        for product in _products(combinations):
            yield _selectors(product, trial.axes) | json.loads(same)


Product = dict[str, tuple[Any, ...]]


def _products(combinations: Iterable[Combination]) -> list[Product]:
    """The combinations as few lists of values of each axis."""
    products: list[Product] = [{key: (getattr(each, key),) for key in AXES} for each in combinations]
    for key in reversed(list(AXES)):
        merged: dict[str, Product] = {}
        for each in products:
            others = repr([values for other, values in each.items() if other != key])
            before = merged.get(others)
            merged[others] = each if before is None else before | {key: before[key] + each[key]}
        products = list(merged.values())
    return products


def _selectors(product: Product, axes: Axes) -> Said:
    found: Said = {}
    for key, values in product.items():
        if len(axes[key]) > 1 and set(values) != set(axes[key]):
            shown = [dict(each) if key == "attributes" else each for each in values]
            found[key] = shown[0] if len(shown) == 1 else shown
    return found


def _actions(actions: Mapping[str, Action], said: Said) -> Said:
    """Actions as people write them; what was right before stays as it was written."""
    written = {field: as_written(action) for field, action in actions.items()}
    kept = {field: before for field, before in said.items() if _is(before, actions.get(field))}
    return _in_order(written | kept, said)


def _is(said: Any, action: Action | None) -> bool:
    return action is not None and parse_action({"action": said} if isinstance(said, str) else said) == action


def _terms(answer: Answer, terms: Terms, before: Said) -> Said:
    found: Said = {}
    decision = answer.decision
    for part in ("limits", "output", "obligations"):
        said, got = getattr(terms, part), getattr(decision, part)
        if said is not None and got is not None:
            keys = [key for key in before[part] if key in said.model_fields_set]
            document = got.model_dump(mode="json", by_alias=True, exclude_defaults=part == "output")
            found[part] = {key: document.get(key, [] if key == "columns" else {}) for key in keys}
    if terms.drops and decision is not None:
        found["drops"] = {field: _dropped(decision.columns.get(field)) for field in terms.drops}
    return found


def _dropped(said: Any) -> list[str]:
    guarded = said is not None and any(rule.startswith("guardrails.") for rule in said.rules)
    return said.reason.split("; ") if guarded else []


def _in_order(found: Said, before: Said) -> Said:
    """``found`` with the keys that were there before first, in their order."""
    return {key: found[key] for key in [*(key for key in before if key in found), *found]}
