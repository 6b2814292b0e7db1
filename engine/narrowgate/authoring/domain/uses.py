"""What the outcome of rules hangs on: how values compare, and what functions make of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from narrowgate.authoring.domain.flow import COMPARISONS, Flow
from narrowgate.authoring.domain.origins import THE_PURPOSE, Lost, Made, Origins, Read, elements, keys, step
from narrowgate.authoring.domain.sites import PARAMETER, UNIFICATIONS, Expression, Site, before, name_of
from narrowgate.policy.bundle import ROOT, Location
from narrowgate.policy.syntax import Node, Rule, walk

_ORDERINGS = {"lt", "lte", "gt", "gte"}
_ALWAYS_DEFINED = {
    *("plus", "minus", "mul", "abs", "ceil", "floor", "round", "count", "sum", "max", "min", "sort"),
    *("sprintf", "internal.template_string", "concat", "lower", "upper", "trim", "trim_space"),
    *("object.get", "object.keys", "array.concat", "union", "intersection", "and", "or"),
}
"""Functions that have a value for whatever the catalogue lets through: whether there is one tells nothing."""


@dataclass(frozen=True)
class Comparison:
    """A rule's outcome hangs on how two values compare."""

    left: Origins
    right: Origins
    ordered: bool
    """Whether it matters which is the greater."""
    at: Location


@dataclass(frozen=True)
class Opaque:
    """A rule's outcome hangs on what a function makes of a value."""

    of: Origins
    function: str
    at: Location


@dataclass(frozen=True)
class Membership:
    """A rule's outcome hangs on whether a value is in a collection."""

    value: Origins
    collection: Origins
    at: Location


Use = Comparison | Opaque | Membership


class Uses:
    """What rules hang on, as their values flow."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._expressions: dict[int, list[Expression]] = defaultdict(list)
        for expression in flow.expressions:
            self._expressions[id(expression.site.rule)].append(expression)
        self._sites = {id(site.rule): site for site in flow.sites}
        self._rivals = [pair for pair in combinations(flow.sites, 2) if _may_disagree(*pair)]
        self._found: dict[int, tuple[Use, ...]] = {}

    def of(self, rules: Iterable[Rule]) -> Iterator[Use]:
        """What the outcome of ``rules`` hangs on; rules that they use do not count."""
        wanted = {id(rule): rule for rule in rules}
        for each in wanted:
            if each not in self._found:
                self._found[each] = tuple(dict.fromkeys(self._of_rule(self._sites[each])))
            yield from self._found[each]
        for one, other in self._rivals:
            if id(one.rule) in wanted and id(other.rule) in wanted:
                yield from self._between(one, other)

    def reached(self, starts: Iterable[Rule], purpose: str) -> list[Rule]:
        """Every rule that evaluating ``starts`` may use when they are asked for ``purpose``, themselves included."""
        todo, found = list(starts), dict[int, Rule]()
        while todo:
            rule = todo.pop()
            if id(rule) in found:
                continue
            found[id(rule)] = rule
            site = self._sites[id(rule)]
            for node in walk(rule.node):
                match node:
                    case {"type": "ref", "value": [{"value": "data"}, *parts]}:
                        path = tuple(self._flow.part(site, part) for part in parts)
                        named = tuple(purpose if part == THE_PURPOSE else part for part in path)
                        todo += [each.rule for each in self._flow.at(named)]
        return list(found.values())

    def read(self, rules: Iterable[Rule]) -> Iterator[tuple[Read, Location]]:
        """What ``rules`` read of the input, and where; rules that they use do not count."""
        for site in (self._sites[id(rule)] for rule in rules):
            for node in walk(site.rule.node):
                if node.get("type") == "ref":
                    yield from ((each, site.at) for each in self._term(site, node) if isinstance(each, Read))

    def _of_rule(self, site: Site) -> Iterator[Use]:
        for expression in self._expressions[id(site.rule)]:
            yield from self._of(expression)
        yield from self._alone(site)

    def _term(self, site: Site, term: Node) -> Origins:
        return self._flow.term(site, term)

    # Expressions.

    def _of(self, expression: Expression) -> Iterator[Use]:
        site = expression.site
        if expression.asks:
            match expression.terms:
                case {"domain": domain}:
                    yield from _opened(self._term(site, domain), site.at)
                case [operator, *terms]:
                    yield from self._call(expression, operator, terms)
                case term:
                    # What the catalogue lets through is true, but for ``false``, and of truth values each is tried.
                    yield from _opened(self._term(site, term), site.at)
        for parts in expression.refs:
            yield from self._reference(expression, parts)

    def _call(self, expression: Expression, operator: Node, terms: list[Node]) -> Iterator[Use]:
        site, name, arity = expression.site, name_of(operator), self._flow.bindings.arity(operator, terms)
        origins = [self._term(site, term) for term in terms]
        if name in UNIFICATIONS:
            yield from self._unified(expression, *terms)
            return
        if name in COMPARISONS:
            yield Comparison(origins[0], origins[1], name in _ORDERINGS, site.at)
        elif name == "internal.member_2":
            yield Membership(origins[0], origins[1], site.at)
        elif name == "internal.member_3":
            yield Membership(origins[1], origins[2], site.at)
            yield Comparison(origins[0], keys(origins[2]), False, site.at)
        elif name.startswith("data."):
            yield from self._parameters(name, origins, site.at)
        elif name == "object.get":
            yield Comparison(origins[1], keys(origins[0]), False, site.at)
        elif name not in _ALWAYS_DEFINED:
            yield Opaque(frozenset(origin for each in origins for origin in each), name, site.at)
        result = self._flow.result(site, name, terms[:arity])
        for out in terms[arity:]:
            yield from self._matched(site, out, result, expression.number, site.at)
        if len(terms) <= arity:
            yield from _opened(result, site.at)

    def _unified(self, expression: Expression, one: Node, other: Node) -> Iterator[Use]:
        site, number = expression.site, expression.number
        if one["type"] == other["type"] == "array" and len(one["value"]) == len(other["value"]):
            for each, its in zip(one["value"], other["value"], strict=True):
                yield from self._unified(expression, each, its)
        elif other["type"] in {"array", "object"}:
            yield from self._matched(site, other, self._term(site, one), number, site.at, beside=one)
        else:
            yield from self._matched(site, one, self._term(site, other), number, site.at, beside=other)

    def _matched(
        self, site: Site, term: Node, origins: Origins, number: int, at: Location, beside: Node | None = None
    ) -> Iterator[Use]:
        """What is asked where ``term`` is, or gets, a value that comes from ``origins``."""
        bindings = self._flow.bindings
        if bindings.only_here(site, term, number) or (beside and bindings.only_here(site, beside, number)):
            return
        match term:
            case {"type": "array", "value": items}:
                yield from _opened(origins, at)
                for item in items:
                    yield from self._matched(site, item, elements(origins), number, at)
            case {"type": "object", "value": pairs}:
                yield from _opened(origins, at)
                for key, value in pairs:
                    yield from self._matched(site, key, keys(origins), number, at)
                    yield from self._matched(site, value, elements(origins), number, at)
            case _:
                yield Comparison(self._term(site, term), origins, False, at)

    def _parameters(self, name: str, origins: list[Origins], at: Location) -> Iterator[Use]:
        """A function may be defined for some arguments only."""
        for function in self._flow.called(name):
            for parameter, given in zip(function.parameters, origins, strict=False):
                yield from self._matched(function, parameter, given, PARAMETER, at)

    # References.

    def _reference(self, expression: Expression, parts: list[Node]) -> Iterator[Use]:
        """A reference leads to a value where each part is a key of what stands before it."""
        site = expression.site
        if parts[0]["value"] == "input":
            known = 1
        elif parts[0]["value"] == "data":
            yield from self._heads(site, parts)
            known = len(parts) if parts[1]["value"] == ROOT[0] else 1
        else:
            known = 0
        for index, part in enumerate(parts):
            if not index:
                continue
            ahead = self._term(site, before(parts, index))
            if self._flow.bindings.only_here(site, part, expression.number):
                yield from _opened(ahead, site.at)
            elif part["type"] != "string" or not known:
                yield Comparison(self._term(site, part), keys(ahead), False, site.at)

    def _heads(self, site: Site, parts: list[Node]) -> Iterator[Use]:
        """Parts of a rule's path may be computed, and so may be keys of its value."""
        terms = parts[1:]
        for each in self._flow.at(tuple(self._flow.part(site, part) for part in terms)):
            length = len(each.rule.path)
            for part, its in zip(terms, each.head, strict=False):
                if its["type"] != "string":
                    yield Comparison(self._term(site, part), self._term(each, its), False, site.at)
            origins = self._flow.value(each)
            for part in terms[length:]:
                yield Comparison(self._term(site, part), keys(origins), False, site.at)
                origins = step(origins, self._flow.part(site, part))

    # Two values where there may be one.

    def _alone(self, site: Site) -> Iterator[Use]:
        """A rule that goes through a collection may have one value and another."""
        for node in walk(site.rule.node):
            if node.get("type") == "objectcomprehension":
                for each in (self._term(site, node["value"][name]) for name in ("key", "value")):
                    yield Comparison(each, each, False, site.at)
        if not site.is_set and self._goes_through(site):
            for term in (*site.head, *site.rule.values):
                origins = self._term(site, term)
                yield Comparison(origins, origins, False, site.at)

    def _goes_through(self, site: Site) -> bool:
        return any(
            not self._flow.bindings.looks_up(each, part)
            for each in self._expressions[id(site.rule)]
            if len(each.scope) == 1
            for part, _ in each.indices
        )

    def _between(self, one: Site, other: Site) -> Iterator[Use]:
        """Two rules for one path must agree."""
        for part, its in zip(one.head, other.head, strict=False):
            yield Comparison(self._term(one, part), self._term(other, its), False, one.at)
        yield Comparison(self._flow.value(one), self._flow.value(other), False, one.at)


def _may_disagree(one: Site, other: Site) -> bool:
    if one.is_set or other.is_set:
        return False
    paths = one.rule.path, other.rule.path
    return len(paths[0]) == len(paths[1]) and all(
        None in pair or pair[0] == pair[1] for pair in zip(*paths, strict=True)
    )


def _opened(origins: Origins, at: Location) -> Iterator[Opaque]:
    """What a function has made may be false, or hold nothing."""
    for origin in origins:
        if isinstance(origin, Made | Lost):
            yield Opaque(frozenset({origin}), origin.function if isinstance(origin, Made) else "", at)
