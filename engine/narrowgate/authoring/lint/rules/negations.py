"""Rules for records that say who is kept back, where they should say who may leave.

An empty posting is not “covert”, nor is one that the catalogue gains next year. Narrowgate itself withholds a record
whose value is empty or unknown to the catalogue; this is about what the rule says without it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from narrowgate.authoring.lint.interface import Found, Look, Site, lint_rule
from narrowgate.model.catalogue import Catalogue, Field, Value
from narrowgate.policy.bundle import GUARDRAILS, Bundle
from narrowgate.policy.syntax import Node, Rule, constant

_EQUAL, _LESS, _GREATER = {"eq", "equal"}, {"lt", "lte"}, {"gt", "gte"}
_MIRRORED = {"lt": "gt", "lte": "gte", "gt": "lt", "gte": "lte"}
_TESTS = {*_EQUAL, *_LESS, *_GREATER, "neq", "internal.member_2"}


@dataclass(frozen=True)
class Term:
    """What a term stands for: a record field, or values that are written out."""

    field: str | None = None
    values: tuple[Value | None, ...] | None = None


Environment = Mapping[str, Term]


@dataclass(frozen=True)
class Test:
    """A field is compared with values."""

    field: str
    operator: str
    values: tuple[Value | None, ...] | None
    """None where they are computed."""


@lint_rule("negative-rule")
def negative_rule(look: Look) -> Iterator[Found]:
    """A rule for records that lets one leave since a field is not something."""
    reading = _Reading(look.bundle, look.catalogue)
    for module, rule in look.bundle.all_rules():
        site = Site(module, rule)
        guardrail = module.package[:2] == GUARDRAILS
        if rule.name == "release" and not guardrail:
            yield from reading.letting(site)
            yield from reading.answering_no(site)
        elif rule.name == "withhold" or (rule.name == "override" and not guardrail):
            gives_all = any(constant(value)[1] in ("keep", {"action": "keep"}) for value in rule.values)
            yield from reading.letting(site) if gives_all and rule.name == "override" else reading.keeping(site)


@dataclass(frozen=True)
class _Body:
    """Conditions that hold together, and what their variables stand for."""

    site: Site
    expressions: list[Node]
    environment: Environment


@dataclass(frozen=True)
class _Reading:
    """How rules go by fields that are empty. ``seen`` are the rules that are being read, which may call themselves."""

    bundle: Bundle
    catalogue: Catalogue
    seen: frozenset[int] = field(default_factory=frozenset)

    def letting(self, site: Site, given: tuple[Term, ...] = (), sure: frozenset[str] = frozenset()) -> Iterator[Found]:
        """Where a rule that lets something leave holds for an empty field.

        Args:
            given: the arguments, if it is a function.
            sure: fields that some other condition requires to be something.
        """
        for inner, body in self._bodies(site, given):
            yield from inner.conditions_letting(body, sure)

    def conditions_letting(self, body: _Body, sure: frozenset[str]) -> Iterator[Found]:
        """The same of some conditions."""
        positive = (each for each in body.expressions if not _negated(each))
        required = (test for each in positive for test in self.required(body, each))
        # Being there at all is no such requirement: what is empty is there, to Rego.
        sure |= {test.field for test in required if test.operator != "is"}
        excluded: dict[str, tuple[Test, tuple[str, ...]]] = {}
        for each in body.expressions:
            for test, texts in self._excluding(body, each):
                before = excluded.get(test.field)
                excluded[test.field] = (_both(before[0], test), before[1]) if before else (test, texts)
            for site, given in self.called(body, each):
                yield from self.keeping(site, given, sure) if _negated(each) else self.letting(site, given, sure)
            if inner := _every(self, body, each):
                yield from self.conditions_letting(inner, sure)
        for name, (test, texts) in excluded.items():
            if name not in sure:
                yield self._found(body.site, test, *texts)

    def _excluding(self, body: _Body, condition: Node) -> Iterator[tuple[Test, tuple[str, ...]]]:
        """The comparisons by which a condition holds for an empty field, and how they are likely to be written."""
        if _negated(condition):
            texts = (*self._texts(body, condition), "not ")
            for test in self.required(body, condition):
                yield replace(test, operator="not"), texts
            return
        for test in self._tests(body, condition):
            if test.operator == "neq":
                yield test, ("!=",)
            elif test.operator in _LESS:
                yield test, (test.field,)

    def keeping(self, site: Site, given: tuple[Term, ...] = (), sure: frozenset[str] = frozenset()) -> Iterator[Found]:
        """Where a rule that keeps something back goes by another that lets it leave."""
        for inner, body in self._bodies(site, given):
            for each in body.expressions:
                if _negated(each):
                    yield from inner.conditions_letting(replace(body, expressions=[_asserted(each)]), sure)
                else:
                    for called, arguments in inner.called(body, each):
                        yield from inner.keeping(called, arguments, sure)

    def answering_no(self, site: Site) -> Iterator[Found]:
        """Where a release says no for some value, and yes for all others after ``else`` or by default."""
        branches = list(site.rule.branches)
        default = any(
            rule.node.get("default") and constant(rule.value)[1] is True
            for rule in site.module.rules
            if rule.head == site.rule.head
        )
        answers = [constant(branch["head"].get("value", {"type": "boolean", "value": True}))[1] for branch in branches]
        for number, branch in enumerate(branches):
            if answers[number] is False and (default or True in answers[number + 1 :]):
                body = _Body(site, branch["body"], self.bound(branch["body"], {}))
                for each in body.expressions:
                    for test in self.required(body, each):
                        yield self._found(site, replace(test, operator="not"), "false")

    def required(self, body: _Body, expression: Node) -> Iterator[Test]:
        """What a condition requires fields to be, itself or through the rules that it uses."""
        for test in self._tests(body, expression):
            if test.operator in {*_EQUAL, *_GREATER, "internal.member_2", "is"}:
                yield test
        for site, given in self.called(body, expression):
            for inner, called in self._bodies(site, given):
                for each in called.expressions:
                    if not _negated(each):
                        yield from inner.required(called, each)
            yield from _patterns(site.rule, given)

    def _bodies(self, site: Site, given: tuple[Term, ...]) -> Iterator[tuple[_Reading, _Body]]:
        if id(site.rule) in self.seen:
            return
        inner = replace(self, seen=self.seen | {id(site.rule)})
        parameters = [each.get("value") for each in site.rule.node["head"].get("args") or []]
        named = {name: term for name, term in zip(parameters, given, strict=False) if isinstance(name, str)}
        for branch in site.rule.branches:
            if constant(branch["head"].get("value", {"type": "boolean", "value": True}))[1] is not False:
                yield inner, _Body(site, branch["body"], self.bound(branch["body"], named))

    def called(self, body: _Body, expression: Node) -> Iterator[tuple[Site, tuple[Term, ...]]]:
        """The rules and functions of the bundle that a condition goes by."""
        arguments: list[Node] = []
        match expression.get("terms"):
            case {"type": "ref"} as ref:
                path = _data_path(ref)
            case [{"value": [{"value": "data"}, *_]} as ref, *arguments]:
                path = _data_path(ref)
            case [{"value": [{"value": "eq" | "equal"}]}, {"type": "ref"} as ref, {"type": "boolean"}]:
                path = _data_path(ref)
            case _:
                return
        given = tuple(self.term(argument, body.environment) for argument in arguments)
        for module, rule in self.bundle.all_rules():
            if path is not None and rule.path == path and not rule.node.get("default"):
                yield Site(module, rule), given

    def _tests(self, body: _Body, expression: Node) -> Iterator[Test]:
        """The comparisons of a field that a condition is."""
        match expression.get("terms"):
            case {"type": "ref"} as ref:
                if (read := self.term(ref, body.environment).field) is not None:
                    yield Test(read, "is", (True,))
            case [{"value": [*parts]}, one, other, *_]:
                name = ".".join(str(part["value"]) for part in parts)
                left, right = self.term(one, body.environment), self.term(other, body.environment)
                if name in _TESTS and left.field is not None and right.field is None:
                    yield Test(left.field, name, right.values)
                elif name in _TESTS and right.field is not None and left.field is None:
                    yield Test(right.field, _MIRRORED.get(name, name), left.values)

    def bound(self, conditions: list[Node], given: Environment) -> Environment:
        """What the variables of conditions stand for."""
        environment = dict(given)
        for each in conditions * 2:  # a name may be used before it is bound
            match each.get("terms"):
                case [{"value": [{"value": "eq"}]}, one, other] if not each.get("negated"):
                    for variable, term in ((one, other), (other, one)):
                        known = self.term(term, environment)
                        if variable["type"] == "var" and (known.field or known.values is not None):
                            environment.setdefault(variable["value"], known)
        return environment

    def term(self, node: Node, environment: Environment) -> Term:
        """What a term stands for."""
        match node:
            case {"type": "var", "value": str(name)}:
                return environment.get(name, Term())
            case {"type": "ref", "value": [{"value": "input"}, {"value": "record"}, {"type": "string", "value": name}]}:
                return Term(field=name)
            case {"type": "ref", "value": [{"value": "data"}, *_]}:
                path = _data_path(node)
                rules = [rule for _, rule in self.bundle.all_rules() if rule.path == path]
                return self.term(rules[0].value, {}) if len(rules) == 1 else Term()
            case {"type": "ref", "value": [{"type": "var", "value": str(name)}, {"type": "var"}]}:
                return Term(values=environment.get(name, Term()).values)  # some of a collection
        known, value = constant(node)
        return Term(values=tuple(value) if isinstance(value, list) else (value,)) if known else Term()

    def _texts(self, body: _Body, negated: Node) -> Iterator[str]:
        """What stands behind ``not``, as its author is likely to have written it."""
        for site, _ in self.called(body, negated):
            yield f"not {site.rule.name}"
        for test in self._tests(body, negated):
            yield f"not input.record.{test.field}"

    def _found(self, site: Site, test: Test, *texts: str) -> Found:
        known = self.catalogue[test.field]
        if test.operator in _LESS:
            message = f"an empty {test.field} is less than anything, so such a record would leave"
            return Found(site.at(*texts), message, f"say the lower end, too: {_lower_end(known)}")
        message = (
            f"it says who is kept back, not who may leave: {_whose(known, test)}, "
            f"so a record without {test.field} would leave"
        )
        return Found(site.at(*texts), message, f"write: {_positive(known, test)}")


def _both(one: Test, other: Test) -> Test:
    """Two comparisons of a field that stand beside each other, as one."""
    whole = one.values is not None and other.values is not None
    values = tuple(dict.fromkeys((*(one.values or ()), *(other.values or ())))) if whole else None
    return replace(one, values=values)


def _whose(known: Field, test: Test) -> str:
    values = [str(value).lower() if isinstance(value, bool) else f"“{value}”" for value in test.values or ()]
    what = " or ".join(values)
    return f"an empty {known.name} is not {what}" if what else f"an empty {known.name} passes"


def _positive(known: Field, test: Test) -> str:
    """The condition that names who may leave."""
    read = f"input.record.{known.name}"
    if known.type == "boolean":
        excluded = (test.values or (True,))[0]
        return f"{read} == {'false' if excluded else 'true'}"
    remaining = [value for value in known.enum or () if value not in (test.values or ())]
    if remaining and test.values is not None:
        listed = ", ".join(f'"{value}"' for value in remaining)
        return f"{read} in {{{listed}}}"
    return f'{read} in {{"…"}}, with the values that may leave'


def _lower_end(known: Field) -> str:
    least = '"1900-01-01"' if known.format == "date" else f"{known.minimum or 0:g}"
    return f"input.record.{known.name} >= {least}"


def _negated(expression: Node) -> bool:
    """Whether a condition is that something does not hold, or is false."""
    match expression:
        case {"negated": True}:
            return True
        case {"terms": [{"value": [{"value": "eq" | "equal"}]}, {"type": "ref"} as ref, {"type": "boolean"} as value]}:
            return value["value"] is False and _data_path(ref) is not None
    return False


def _asserted(negated: Node) -> Node:
    """What a condition says does not hold."""
    match negated:
        case {"negated": True}:
            return {**negated, "negated": False}
        case {"terms": [_, ref, _]}:
            return {"terms": ref}
    return negated


def _every(reading: _Reading, body: _Body, expression: Node) -> _Body | None:
    """The conditions below ``every``."""
    match expression.get("terms"):
        case {"domain": domain, "value": {"type": "var", "value": str(name)}, "body": list(conditions)}:
            one = {**body.environment, name: Term(values=reading.term(domain, body.environment).values)}
            return replace(body, expressions=conditions, environment=reading.bound(conditions, one))
    return None


def _patterns(rule: Rule, given: tuple[Term, ...]) -> Iterator[Test]:
    """What a function requires by constants in the place of parameters."""
    for parameter, term in zip(rule.node["head"].get("args") or [], given, strict=False):
        known, value = constant(parameter)
        if known and term.field is not None:
            yield Test(term.field, "eq", (value,))


def _data_path(ref: Node) -> tuple[str, ...] | None:
    """Where a reference to data leads, if no part of it is computed."""
    root, *parts = ref["value"]
    if root["value"] != "data" or any(part["type"] != "string" for part in parts):
        return None
    return tuple(part["value"] for part in parts)
