"""What there is to exercise: actions, rules, reasons, fields, values and attributes of purposes, and guardrails."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from narrowgate.authoring.cases.coverage.exercised import Exercised, Fact, action_fact
from narrowgate.authoring.cases.coverage.heads import Heads
from narrowgate.authoring.cases.rules import NOT_RELEASED, gives, reason_of
from narrowgate.model.actions import parse_action
from narrowgate.model.catalogue import Catalogue
from narrowgate.model.coverage import CoverageItem, Kind
from narrowgate.policy.bundle import GUARDRAILS, PURPOSES, Bundle, Module
from narrowgate.policy.syntax import Rule, constant

Reached = Callable[[str, int], bool]
"""Whether the Rego tests make the rule on a line of a file hold."""


def purpose_items(
    purpose: str, bundle: Bundle, catalogue: Catalogue, exercised: Exercised, idle: Heads
) -> Iterator[CoverageItem]:
    """What there is to exercise of a purpose.

    Args:
        idle: the rules that answer as others do, and that hold in no case.
    """
    look = _Purpose(purpose, bundle, catalogue, exercised, idle)
    yield from look.actions()
    yield from look.records()
    yield from look.reasons()
    yield from look.values()
    yield from look.attributes()
    yield from look.fields()


def guardrail_items(bundle: Bundle, exercised: Exercised, reached: Reached) -> Iterator[CoverageItem]:
    """What there is to exercise of guardrails: by cases, or by Rego tests, which can make up what no purpose does."""
    for module, rule in bundle.all_rules():
        if module.package[:2] != GUARDRAILS or rule.name not in {"withhold", "refuse", "drop"}:
            continue
        line, reason = module.line(rule), reason_of(rule)
        if rule.name == "drop":
            field = rule.head[1]
            what = f"{field} dropped for “{reason}”"
            done = ("dropped", f"guardrails.{module.package[2]}.drop.{field}") in exercised.facts
        else:
            name = _FACT[rule.name]
            what = f"{_A[rule.name]} for “{reason}”"
            done = any(gives(rule, said) for _, said in exercised.reasons[name])
        item = CoverageItem(kind="reason", what=what, file=module.path, line=line, exercised=done)
        yield item if done else item.model_copy(update={"exercised": reached(module.path, line)})


_FACT = {"withhold": "withheld", "refuse": "refused"}
_A = {"withhold": "a record withheld", "refuse": "a request refused"}


class _Purpose:
    """One purpose, and what cases exercise of it."""

    def __init__(self, purpose: str, bundle: Bundle, catalogue: Catalogue, exercised: Exercised, idle: Heads) -> None:
        self._name, self._bundle, self._catalogue, self._exercised = purpose, bundle, catalogue, exercised
        self._idle = idle
        self._rules = list(bundle.in_package((*PURPOSES, purpose)))
        self._module = next(module for module in bundle.modules if module.package == (*PURPOSES, purpose))

    def actions(self) -> Iterator[CoverageItem]:
        """Each action of each permit and override."""
        seen = set[tuple[Fact, int]]()
        for module, rule in self._rules:
            if rule.name in {"permit", "override"} and len(rule.head) > 1:
                for value in rule.values:
                    said = constant(value)[1]
                    document = {"action": said} if isinstance(said, str) else said
                    fact = action_fact(rule.name, self._name, str(rule.head[1]), document)
                    if (fact, module.line(rule)) not in seen:
                        seen.add((fact, module.line(rule)))
                        action = parse_action(document)
                        how = action.describe() if action else str(document)
                        record = " by an override" if rule.name == "override" else ""
                        what = f"{rule.head[1]} that leaves {how}{record}"
                        yield self._if_not_idle(self._item("action", what, module, rule, fact))

    def records(self) -> Iterator[CoverageItem]:
        """That records leave, and that those outside the release rule do not."""
        for module, rule in self._rules:
            if rule.name == "release":
                leaves = self._item("rule", "a record that leaves", module, rule, ("released", self._name))
                yield self._if_not_idle(leaves)
                fact = ("withheld", self._name, NOT_RELEASED)
                if self._fails(rule):
                    yield self._item("rule", "a record that the rule does not release", module, rule, fact)

    def _fails(self, rule: Rule) -> bool:
        """Whether a record may be outside a release rule, as far as is known: some has no condition, or allows all."""
        if all(term.get("terms") == {"type": "boolean", "value": True} for term in rule.node["body"]):
            return False
        paths = [ref.path for ref in self._bundle.reached([rule]) if ref.root == "input"]
        fields = {str(path[1]) for path in paths if path[:1] == ("record",) and len(path) > 1}
        if len(fields) != 1 or any(path[:1] != ("record",) for path in paths):
            return True
        (field,) = fields
        values = self._values(field)
        tried = all(("value", self._name, field, value) in self._exercised.facts for value in values)
        return not (values and tried) or ("withheld", self._name, NOT_RELEASED) in self._exercised.facts

    def _values(self, field: str) -> tuple[str | bool, ...]:
        """The values that a field can have, where they can be listed."""
        known = self._catalogue[field]
        return known.enum or ((True, False) if known.type == "boolean" else ())

    def reasons(self) -> Iterator[CoverageItem]:
        """Each reason by which the purpose withholds and refuses."""
        for module, rule in self._rules:
            if rule.name in _FACT:
                name = _FACT[rule.name]
                said = [reason for purpose, reason in self._exercised.reasons[name] if purpose == self._name]
                what = f"{_A[rule.name]} for “{reason_of(rule)}”"
                given = any(gives(rule, reason) for reason in said)
                yield self._if_not_idle(self._said("reason", what, module, rule, given))

    def values(self) -> Iterator[CoverageItem]:
        """Each value of each field by which records are judged."""
        for field in self._bundle.reads(self._name):
            for value in self._values(field):
                shown = str(value).lower() if isinstance(value, bool) else value
                fact = ("value", self._name, field, value)
                yield self._item("value", f"a record whose {field} is {shown}", *self._at("release"), fact)

    def attributes(self) -> Iterator[CoverageItem]:
        """Each value of each attribute, a request without it, and one with a value that is not declared."""
        for name, values in self._bundle.meta(self._name).attributes.items():
            at = self._at("meta")
            for value in values:
                fact: Fact = ("attribute", self._name, name, value)
                yield self._item("attribute", f"{name} {value}", *at, fact)
            fact = ("attribute", self._name, name, None)
            yield self._item("attribute", f"a request without {name}", *at, fact)
            fact = ("attribute", self._name, name, "another")
            yield self._item("attribute", f"another {name} than is declared", *at, fact)

    def fields(self) -> Iterator[CoverageItem]:
        """Each field that the purpose does not permit: a case should hold it, lest a permit for it go unseen."""
        permitted = {rule.head[1] for _, rule in self._rules if rule.name == "permit" and len(rule.head) > 1}
        for field in self._catalogue.fields:
            if field not in permitted:
                yield self._item("field", field, *self._at("permit"), ("held", self._name, field))

    def _at(self, name: str) -> tuple[Module, Rule]:
        """The first rule of a name, or else of the purpose."""
        return next((pair for pair in self._rules if pair[1].name == name), self._rules[0])

    def _if_not_idle(self, item: CoverageItem) -> CoverageItem:
        """Another rule may have given the answer that ``item`` was told by."""
        return item.model_copy(update={"exercised": False}) if (item.file, item.line) in self._idle else item

    def _item(self, kind: Kind, what: str, module: Module, rule: Rule, fact: Fact) -> CoverageItem:
        return self._said(kind, what, module, rule, fact in self._exercised.facts)

    def _said(self, kind: Kind, what: str, module: Module, rule: Rule, exercised: bool) -> CoverageItem:
        line = module.line(rule)
        return CoverageItem(kind=kind, purpose=self._name, what=what, file=module.path, line=line, exercised=exercised)
