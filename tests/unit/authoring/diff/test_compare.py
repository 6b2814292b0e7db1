"""What ``policy diff`` says, beside every situation decided one by one under both policies."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from conftest import OpenGate
from narrowgate.authoring.diff.compare import Side, both_for, field_changes
from narrowgate.authoring.diff.report import compare
from narrowgate.authoring.diff.terms import term_changes
from narrowgate.model.actions import parse_action
from narrowgate.model.catalogue import Catalogue
from narrowgate.model.diff import FieldChange, Where
from narrowgate.plan.plan import Plan
from narrowgate.service import Gate
from support.changed import CHANGES, Change
from support.enumerated import Asked, Decider, Seen, compared
from support.policies import copy_policies

Cell = tuple[str, str, str, str, str]
"""Purpose, supplier, field, how it leaves before and after."""
WITHHELD = "withheld"


@pytest.fixture(scope="module")
def old(gate: Gate) -> Side:
    return Side(gate)


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_it_says_what_is_so(change: Change, old: Side, open_gate: OpenGate, tmp_path: Path) -> None:
    """Every line is true wherever it says so, no change goes without a line, and no line is about nothing."""
    new = Side(open_gate(copy_policies(tmp_path / "policies", change.files)))
    words, widens = Words(old.gate, new.gate), False
    for purpose, asked in change.asked.items():
        both = both_for(purpose, old, new)
        lines, terms = [line.change for line in field_changes(both, old, new)], list(term_changes(both))
        deciders = Decider(old.gate, purpose), Decider(new.gate, purpose)
        seen = list(compared(*deciders, asked, change.records))
        require_complete(purpose, seen, lines, words)
        require_true(purpose, seen, lines, words)
        said = {(name, term.term, term.before, term.after) for term in terms for name in term.suppliers}
        assert said == {*other_terms(*deciders, asked)}
        widens |= any(each.direction != "narrows" for each in lines) or any(t.direction == "widens" for t in terms)
    assert widens is change.widens


def test_purposes_that_change_in_nothing_are_not_told(old: Side, open_gate: OpenGate, tmp_path: Path) -> None:
    change = CHANGES["one row more"]
    new = Side(open_gate(copy_policies(tmp_path / "policies", change.files)))
    done: list[str] = []
    report = compare(old, new, ("before", "now"), None, done.append)
    assert {*(line.purpose for line in report.fields), *(term.purpose for term in report.terms)} == {*change.asked}
    assert (report.old, report.new, report.widens, report.people_affected) == ("before", "now", True, None)
    assert tuple(done) == old.bundle.purposes


def require_complete(purpose: str, seen: list[Seen], lines: list[FieldChange], words: Words) -> None:
    """No change is without a line, and no line about another."""
    found = set[Cell]()
    for each in seen:
        for cell in changes_in(purpose, each):
            found.add(cell)
            assert any(words.describe(line, each) for line in lines if cell in cells(line)), (cell, each)
    assert found == {cell for line in lines for cell in cells(line)}


def require_true(purpose: str, seen: list[Seen], lines: list[FieldChange], words: Words) -> None:
    """Wherever a line says so, it is so, and somewhere it is."""
    for line in lines:
        described = [each for each in seen if words.describe(line, each)]
        assert described, f"{line.where} is nowhere"
        for each in described:
            said = {
                cell for cell in cells(line) if cell[1] == each.asked.supplier and cell[2] not in each.asked.lacking
            }
            assert said <= {*changes_in(purpose, each)}, (line.where, each)


TERMS: dict[str, Callable[[Plan], str]] = {
    "rows at most": lambda plan: f"{plan.limits.max_rows:,}",
    "share of bad cells": lambda plan: str(plan.limits.max_bad_share),
    "on a leak": lambda plan: plan.limits.on_leak,
    "on hidden cells": lambda plan: plan.limits.on_hidden,
    "days kept": lambda plan: f"{plan.obligations.retention_days:,}",
    "lawful basis": lambda plan: plan.obligations.lawful_basis,
    "agreement": lambda plan: plan.obligations.agreement,
}


def other_terms(old: Decider, new: Decider, asked: Sequence[Asked]) -> Iterator[tuple[str, str, str, str]]:
    """The terms of releases that are made before and after, where they are others."""
    for each in asked:
        before, after = old.plan(each), new.plan(each)
        for name, shown in TERMS.items() if before and after else ():
            assert before is not None
            assert after is not None
            if shown(before) != shown(after):
                yield each.supplier, name, shown(before), shown(after)


def changes_in(purpose: str, seen: Seen) -> Iterator[Cell]:
    for name in {*seen.before, *seen.after}:
        before, after = seen.before.get(name, WITHHELD), seen.after.get(name, WITHHELD)
        if before != after:
            yield purpose, seen.asked.supplier, name, before, after


def cells(line: FieldChange) -> set[Cell]:
    before, after = (
        each.describe() if (each := parse_action(document)) else WITHHELD for document in (line.before, line.after)
    )
    return {(line.purpose, supplier, name, before, after) for supplier in line.suppliers for name in line.fields}


class Words:
    """What the words of a line mean."""

    def __init__(self, *sides: Gate) -> None:
        self._catalogue: Catalogue = sides[0].catalogue
        self._formats = {
            name
            for side in sides
            for purpose in side.engine.policies.purposes
            for agreement in side.engine.policies.agreements(purpose)
            for name in agreement.formats
        }

    def describe(self, line: FieldChange, seen: Seen) -> bool:
        """Whether ``line`` is about this situation."""
        return seen.asked.supplier in line.suppliers and all(self._is(where, seen) for where in line.where)

    def _is(self, where: Where, seen: Seen) -> bool:
        asked, attributes = seen.asked, dict(seen.asked.attributes)
        match where.what:
            case "on":
                return self._among(where, str(asked.on))
            case "as":
                said = asked.format in self._formats
                return (asked.format if said else "another") in where.values
            case "rows":
                return self._among(where, float(asked.row_count or 0))
            case "source":
                return "not said" in where.values
            case name if name.endswith(".people_after"):
                return self._among(where, float(asked.people))
        if where.values in {("sent",), ("not sent",)}:
            return (where.what not in asked.lacking) == (where.values == ("sent",))
        if where.what in self._catalogue:
            return self._of_record(where, seen.record.get(where.what))
        return attributes.get(where.what, "not said") in where.values

    def _of_record(self, where: Where, value: Any) -> bool:
        field = self._catalogue[where.what]
        if value is None or (field.enum is not None and value not in field.enum):
            return "no valid value" in where.values
        if field.format == "date":
            return self._among(where, value)
        if field.type in {"number", "integer"}:
            return self._among(where, float(value))
        return value in where.values or ("another" in where.values and value not in {"Roads", "CID"})

    def _among(self, where: Where, value: str | float) -> bool:
        return any(self._within(run, value) for run in where.values if run != "no valid value")

    def _within(self, run: str, value: str | float) -> bool:
        """``from 2026-01-01 up to 2027-12-31``."""
        as_value: Callable[[str], Any] = str if isinstance(value, str) else lambda text: float(text.replace(",", ""))
        bounds = re.findall(r"(from|above|up to|below) (\S+)", run)
        if not bounds:
            return bool(value == as_value(run))
        assert " ".join(f"{word} {text}" for word, text in bounds) == run
        tests: dict[str, Callable[[Any], bool]] = {
            "from": lambda bound: value >= bound,
            "above": lambda bound: value > bound,
            "up to": lambda bound: value <= bound,
            "below": lambda bound: value < bound,
        }
        return all(tests[word](as_value(text)) for word, text in bounds)
