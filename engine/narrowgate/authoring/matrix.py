"""The matrix of purposes and fields, as the engine decides it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from math import prod
from typing import Literal

from narrowgate.authoring.situations import Answer, alone_and_together, answers
from narrowgate.errors import UsageError
from narrowgate.model.actions import Action, parse_action
from narrowgate.model.agreement import Agreement
from narrowgate.model.catalogue import Catalogue
from narrowgate.model.matrix import (
    Condition,
    Matrix,
    MatrixCell,
    MatrixField,
    MatrixForm,
    MatrixPurpose,
    MatrixRefusal,
)
from narrowgate.model.rule import RuleAt
from narrowgate.policy.bundle import PURPOSES, Bundle, Module
from narrowgate.policy.interface import Engine
from narrowgate.policy.syntax import constant
from narrowgate.policy.vetting.finding import nearest


@dataclass(frozen=True)
class Wanted:
    """What the matrix is to be of; nothing said: everything."""

    supplier: str | None = None
    purpose: str | None = None
    fields: tuple[str, ...] = ()
    unreceived: bool = False
    """Whether fields that nobody receives have rows, too."""


def require_known(bundle: Bundle, catalogue: Catalogue, wanted: Wanted) -> None:
    """Make sure that what is wanted is there.

    Raises:
        UsageError: it is not.
    """
    named = [("supplier", wanted.supplier, bundle.suppliers), ("purpose", wanted.purpose, bundle.purposes)]
    for what, name, known in [*named, *(("field", field, catalogue.fields) for field in wanted.fields)]:
        if name is not None and name not in known:
            raise UsageError(f"there is no {what} {name}", nearest(name, known, f"name one of {', '.join(known)}"))


def matrix(engine: Engine, catalogue: Catalogue, on: date, wanted: Wanted) -> Matrix:
    """Ask about every agreement in force on a day, with every assignment of attributes.

    Raises:
        EngineError: there is no decision.
    """
    bundle = engine.policies
    agreed = [
        (purpose, agreement, on)
        for purpose in bundle.purposes
        if wanted.purpose in {None, purpose}
        for agreement in bundle.agreements(purpose)
        if agreement.starts <= on <= agreement.until and wanted.supplier in {None, agreement.supplier}
    ]
    # Whoever asks about a supplier wants to see its purposes only.
    heads = {purpose for purpose, _, _ in agreed} if wanted.supplier else set(bundle.purposes)
    purposes = [purpose for purpose in bundle.purposes if purpose in heads and wanted.purpose in {None, purpose}]
    decided = alone_and_together(engine, catalogue, agreed)
    columns = [
        _Column(engine, catalogue, purpose, [a for a in decided if a.situation.purpose == purpose])
        for purpose in purposes
    ]
    asked = wanted.fields or tuple(catalogue.fields)
    cells = {(column.purpose, field): column.cell(field) for column in columns for field in asked}
    received = {cell.field for cell in cells.values() if cell.forms}
    fields = [field for field in asked if wanted.unreceived or field in received]
    return Matrix(
        on=on,
        policy=bundle.digest,
        purposes=tuple(column.head(agreed) for column in columns),
        fields=tuple(_row(catalogue, field) for field in fields),
        unreceived=tuple(field for field in asked if field not in received),
        cells=tuple(cells[column.purpose, field] for field in fields for column in columns),
        situations=len(decided),
    )


def _row(catalogue: Catalogue, name: str) -> MatrixField:
    field = catalogue[name]
    return MatrixField(field=name, title=field.title, category=field.category, sensitivity=field.sensitivity)


Mode = Literal["whatever else leaves", "alone", "in company"]
"""Whether the field leaves so with no other column asked for, with all others, or both."""
_ONLY: dict[bool, Mode] = {True: "alone", False: "in company"}
Assigned = frozenset[tuple[str, str]]
"""What a request says, to compare."""


@dataclass(frozen=True)
class _Seen:
    """A form in which a field left, and all that it hangs on: the same for each of its suppliers."""

    action: Action
    mode: Mode
    assigned: frozenset[Assigned]
    suppliers: tuple[str, ...]
    example: Answer
    """One of the answers in which it left so."""


@dataclass(frozen=True)
class _Column:
    """A purpose, with all that was decided about it."""

    engine: Engine
    catalogue: Catalogue
    purpose: str
    decided: Sequence[Answer]

    def head(self, agreed: Iterable[tuple[str, Agreement, date]]) -> MatrixPurpose:
        bundle = self.engine.policies
        suppliers = (agreement.supplier for purpose, agreement, _ in agreed if purpose == self.purpose)
        return MatrixPurpose(
            purpose=self.purpose,
            title=bundle.meta(self.purpose).title,
            file=next(module.path for module in bundle.modules if module.package == (*PURPOSES, self.purpose)),
            suppliers=tuple(dict.fromkeys(suppliers)),
            refusals=tuple(self._refusals()),
            reads=bundle.reads(self.purpose),
        )

    def _refusals(self) -> Iterator[MatrixRefusal]:
        for answer in self.together:
            if not answer.released:
                asked = answer.situation
                yield MatrixRefusal(
                    supplier=asked.agreement.supplier,
                    said=dict(asked.said),
                    reasons=answer.decision.reasons,
                )

    @cached_property
    def together(self) -> list[Answer]:
        """The answers about all columns at once."""
        return [answer for answer in self.decided if len(answer.situation.columns) == len(self.catalogue.fields)]

    @cached_property
    def _alone(self) -> Mapping[str, list[Answer]]:
        """The answers about one column, by field."""
        alone: dict[str, list[Answer]] = {field: [] for field in self.catalogue.fields}
        for answer in self.decided:
            if len(answer.situation.columns) == 1:
                alone[answer.situation.columns[0]].append(answer)
        return alone

    def cell(self, field: str) -> MatrixCell:
        forms = [self._form(field, seen) for seen in self._seen(field)]
        if forms:
            everyone = dict.fromkeys(supplier for form in forms for supplier in form.suppliers)
            forms += self._overrides(field, tuple(everyone))
        return MatrixCell(
            purpose=self.purpose, field=field, forms=tuple(forms), withheld=tuple(sorted(self._withheld(field)))
        )

    def _asked(self, field: str) -> list[Answer]:
        """The answers that tell what becomes of ``field``."""
        return [*self.together, *self._alone[field]]

    def _seen(self, field: str) -> list[_Seen]:
        """The forms in which ``field`` leaves. Suppliers who get it so on the same terms share one."""
        alone = self._leaving(field, self._alone[field])
        together = self._leaving(field, self.together)
        terms: dict[tuple[str, Action, Mode], set[Assigned]] = {}
        examples: dict[tuple[str, Action, Mode], Answer] = {}
        for key in dict.fromkeys([*together, *alone]):
            supplier, action, assigned = key
            mode: Mode = "whatever else leaves" if key in alone and key in together else _ONLY[key in alone]
            terms.setdefault((supplier, action, mode), set()).add(assigned)
            examples.setdefault((supplier, action, mode), (alone | together)[key])
        shared: dict[tuple[Action, Mode, frozenset[Assigned]], list[str]] = {}
        for (supplier, action, mode), assigned_so in terms.items():
            shared.setdefault((action, mode, frozenset(assigned_so)), []).append(supplier)
        return [
            _Seen(action, mode, assigned_so, tuple(suppliers), examples[suppliers[0], action, mode])
            for (action, mode, assigned_so), suppliers in shared.items()
        ]

    def _leaving(self, field: str, asked: Iterable[Answer]) -> dict[tuple[str, Action, Assigned], Answer]:
        """The answers in which ``field`` leaves, by supplier, form and attributes."""
        found = {}
        for answer in asked:
            if (action := answer.leaving(field, self.catalogue)) is not None:
                situation = answer.situation
                found[situation.agreement.supplier, action, frozenset(situation.said.items())] = answer
        return found

    def _withheld(self, field: str) -> set[str]:
        reasons: set[str] = set()
        for answer in self._asked(field):
            if answer.leaving(field, self.catalogue) is None:
                reasons.update((answer.decision.columns[field].reason,) if answer.released else answer.decision.reasons)
        return reasons

    def _form(self, field: str, seen: _Seen) -> MatrixForm:
        return MatrixForm(
            action=seen.action.model_dump(exclude_none=True),
            brief=seen.action.brief(),
            words=seen.action.describe(),
            reason=seen.example.decision.columns[field].reason,
            rules=tuple(self._rules(seen.example, field)),
            suppliers=seen.suppliers,
            conditions=tuple(self._conditions(field, seen)),
        )

    def _rules(self, answer: Answer, field: str) -> Iterator[RuleAt]:
        """The rules that decided about ``field``, with their places."""
        column = answer.decision.columns[field]
        for rule in column.rules:
            for at in self.engine.policies.locate(rule, column.action if ".permit." in rule else None):
                yield RuleAt(rule=rule, file=at.file, line=at.line)

    def _conditions(self, field: str, seen: _Seen) -> Iterator[Condition]:
        asked = {answer.situation.agreement.supplier for answer in self.together}
        if len(seen.suppliers) < len(asked):
            yield Condition(kind="supplier", text=f"the supplier is {_either(seen.suppliers)}")
        if text := self._said(seen):
            yield Condition(kind="attribute", text=text)
        if seen.mode == "alone":
            partners, rules = self._partners(field, seen)
            what = f"{_either(partners)} is not in the export" if partners else "the export holds few other columns"
            yield Condition(kind="columns", text=what, rules=tuple(rules))
        elif seen.mode == "in company":
            yield Condition(kind="columns", text="the export holds other columns, too")

    def _said(self, seen: _Seen) -> str:
        """What the request has to say, in words; empty where it may say anything."""
        asked = (a.situation for a in self.together if a.situation.agreement.supplier == seen.suppliers[0])
        every = [situation.said for situation in asked]
        having = [said for said in every if frozenset(said.items()) in seen.assigned]
        if len(having) == len(every):
            return ""
        choices = {name: _values(every, name) for name in dict.fromkeys(name for said in every for name in said)}
        values = {name: _values(having, name) for name in choices}
        if prod(map(len, values.values())) != len(having):
            return "; or ".join(_listed(said) for said in having)
        named = (name for name in choices if len(values[name]) < len(choices[name]))
        return " and ".join(f"{name} is {_either([each or 'not given' for each in values[name]])}" for name in named)

    def _partners(self, field: str, seen: _Seen) -> tuple[list[str], list[RuleAt]]:
        """The other fields each of which keeps ``field`` from leaving so, and the rules by which it does."""
        others = [other for other in self.catalogue.fields if other != field]
        pairs = [replace(seen.example.situation, columns=(field, other)) for other in others]
        kept = [
            (other, answer)
            for other, answer in zip(others, answers(self.engine, pairs), strict=True)
            if answer.leaving(field, self.catalogue) != seen.action
        ]
        rules = dict.fromkeys(rule for _, answer in kept for rule in self._rules(answer, field))
        return [other for other, _ in kept], list(rules)

    def _overrides(self, field: str, suppliers: tuple[str, ...]) -> Iterator[MatrixForm]:
        """The forms that single records have of their own."""
        for module, rule in self.engine.policies.in_package((*PURPOSES, self.purpose)):
            if rule.name != "override" or rule.head[1:2] != (field,):
                continue
            at = RuleAt(rule=".".join(map(str, rule.path[1:])), file=module.path, line=module.line(rule))
            for value in rule.values:
                document = constant(value)[1]
                action = parse_action(document if isinstance(document, dict) else {"action": document})
                if action is not None:
                    yield MatrixForm(
                        action=action.model_dump(exclude_none=True),
                        brief=action.brief(),
                        words=action.describe(),
                        reason="a rule for single records",
                        rules=(at,),
                        suppliers=suppliers,
                        conditions=(Condition(kind="record", text=_condition(module, at), rules=(at,)),),
                    )


def _condition(module: Module, at: RuleAt) -> str:
    """The condition of a rule for records as its author wrote it, where it stands on one line."""
    _, _, condition = module.text.split("\n")[at.line - 1].partition(" if ")
    said = condition.replace("input.record.", "").strip()
    return said if said and not said.endswith("{") else f"{at} holds"


def _values(all_said: Iterable[Mapping[str, str]], name: str) -> list[str | None]:
    """What is said of ``name``; that nothing is said comes last."""
    return sorted(dict.fromkeys(said.get(name) for said in all_said), key=lambda value: value is None)


def _listed(attributes: Mapping[str, str]) -> str:
    return " and ".join(f"{name} is {value}" for name, value in attributes.items()) or "no attribute is given"


def _either(names: Sequence[str]) -> str:
    """``a, b or c``."""
    *most, last = names
    return f"{', '.join(most)} or {last}" if most else last
