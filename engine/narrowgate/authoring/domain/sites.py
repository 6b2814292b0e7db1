"""The expressions of a bundle's rules, each with the variables that it gives a value, and where."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from narrowgate.policy.bundle import Location, Module
from narrowgate.policy.syntax import Node, Rule
from narrowgate.policy.vetting.modules import arities

UNIFICATIONS = {"eq", "assign"}
PARAMETER = -1
"""Stands for the number of an expression where a parameter gets its value."""
Variable = tuple[int, str]
"""A variable of one rule."""
Scope = tuple[int, ...]
"""The bodies within each other in which an expression stands."""


@dataclass(frozen=True)
class Site:
    """A rule where it stands."""

    module: Module
    rule: Rule

    @cached_property
    def at(self) -> Location:
        """The rule's line."""
        return Location(self.module.path, self.module.line(self.rule))

    @property
    def parameters(self) -> list[Node]:
        """Of a function; the same in each ``else``."""
        return self.rule.node["head"].get("args") or []

    @cached_property
    def head(self) -> list[Node]:
        """The terms of the rule's path, the key of a partial set included."""
        head = self.rule.node["head"]
        parts = list((head.get("ref") or [None])[1:])
        known = [{"type": "string", "value": name} for name in (*self.rule.package, str(self.rule.head[0]))]
        return [*known, *parts, *([self.rule.key] if self.is_set else [])]

    @property
    def is_set(self) -> bool:
        """Whether it is a partial set: ``reasons contains "…"``."""
        return self.rule.key is not None and "value" not in self.rule.node["head"]

    def variable(self, name: str) -> Variable:
        """A variable of this rule: no other knows it."""
        return id(self.rule), name


@dataclass(frozen=True)
class Expression:
    """An expression of a body; or the terms that a rule or a comprehension makes its value of."""

    site: Site
    number: int
    terms: Node
    scope: Scope
    asks: bool
    """Whether it is an expression, which holds or does not."""
    negated: bool

    @cached_property
    def refs(self) -> tuple[list[Node], ...]:
        """The parts of each reference in it, but for those of inner bodies."""
        terms = self.terms[1:] if self.asks and isinstance(self.terms, list) else self.terms
        return tuple(node["value"] for node in _shallow(terms) if node.get("type") == "ref")

    @cached_property
    def indices(self) -> tuple[tuple[Node, Node], ...]:
        """Each computed part of a reference, with what stands before it."""
        return tuple(
            (part, before(parts, index))
            for parts in self.refs
            for index, part in enumerate(parts)
            if index and part["type"] != "string"
        )


def before(parts: list[Node], index: int) -> Node:
    """What stands before a part of a reference."""
    return {"type": "ref", "value": parts[:index]} if index > 1 else parts[0]


def expressions(site: Site) -> list[Expression]:
    """Every expression of a rule, those in comprehensions and under ``every`` included."""
    found: list[Expression] = []

    def note(terms: Node, scope: Scope, asks: bool, negated: bool = False) -> None:
        found.append(Expression(site, len(found), terms, scope, asks, negated))
        for node in _shallow(terms):
            match node:
                case {"type": str(kind), "value": parts} if kind.endswith("comprehension"):
                    inner = (*scope, id(parts))
                    note([parts[name] for name in ("term", "key", "value") if name in parts], inner, False)
                    body(parts["body"], inner)
                case {"domain": _, "body": nodes}:
                    body(nodes, (*scope, id(nodes)))

    def body(nodes: list[Node], scope: Scope) -> None:
        for node in nodes:
            note(node["terms"], scope, True, bool(node.get("negated")))

    for branch in site.rule.branches:
        scope = (id(branch),)
        head = branch["head"]
        note([each for each in (head.get("key"), head.get("value"), *(head.get("ref") or ())) if each], scope, False)
        body(branch.get("body") or [], scope)
    return found


def _shallow(terms: Node) -> Iterator[Node]:
    """Every object below ``terms``, but for those of comprehensions, and of the body of ``every``."""
    stack = [terms]
    while stack:
        current = stack.pop()
        if isinstance(current, list):
            stack.extend(current)
        elif isinstance(current, dict):
            yield current
            if str(current.get("type")).endswith("comprehension"):
                continue
            stack.extend(value for key, value in current.items() if key != "body")


class Bindings:
    """Where variables get their values."""

    def __init__(self, sites: Iterable[Site], found: Iterable[Expression]) -> None:
        self._arities = {dotted_path(site): len(site.parameters) for site in sites if site.parameters}
        self._places: dict[Variable, list[int]] = defaultdict(list)
        self._in_patterns: dict[Variable, list[int]] = defaultdict(list)
        self._scopes: dict[Variable, set[Scope]] = defaultdict(set)
        for site in sites:
            self._note(site, site.parameters, PARAMETER, ())
        for each in found:
            self._note_expression(each)
        for variable, places in self._in_patterns.items():
            # What has a value by itself gets none by standing in an array.
            if variable not in self._places:
                self._places[variable] = places

    def arity(self, operator: Node, terms: list[Node]) -> int:
        """How many of ``terms`` are arguments; what follows is the result."""
        name = name_of(operator)
        return self._arities.get(name, arities().get(name, len(terms)))

    def only_here(self, site: Site, term: Node, number: int) -> bool:
        """Whether ``term`` is a variable that gets its value in this expression alone, which so asks nothing of it."""
        return term["type"] == "var" and self._places.get(site.variable(term["value"])) in ([number], None)

    def looks_up(self, expression: Expression, part: Node) -> bool:
        """Whether a computed part of a reference has a value already, and does not stand for each key in turn."""
        if part["type"] != "var":
            return True
        scopes = self._scopes.get(expression.site.variable(part["value"]), ())
        return any(expression.scope[: len(scope)] == scope for scope in scopes)

    def _note_expression(self, each: Expression) -> None:
        site, scope = each.site, None if each.negated else each.scope
        for part, _ in each.indices:
            self._note(site, [part], each.number, None)
        if not each.asks:
            return
        match each.terms:
            case {"key": key, "value": value, "body": nodes}:
                self._note(site, [term for term in (key, value) if term], each.number, (*each.scope, id(nodes)))
            case [operator, one, other] if name_of(operator) in UNIFICATIONS:
                # Of two variables that are one, either may be the one without a value.
                both = one["type"] == other["type"] == "var"
                self._note(site, [one, other], each.number, None if both else scope)
            case [operator, *terms]:
                self._note(site, terms[self.arity(operator, terms) :], each.number, scope)

    def _note(self, site: Site, terms: Iterable[Node], number: int, scope: Scope | None) -> None:
        for term in terms:
            for name in pattern([term]):
                places = self._places if term["type"] == "var" or number == PARAMETER else self._in_patterns
                places[site.variable(name)].append(number)
                if scope is not None:
                    self._scopes[site.variable(name)].add(scope)


def dotted_path(site: Site) -> str:
    """The name by which a function is called."""
    return ".".join(("data", *map(str, site.rule.path)))


def name_of(operator: Node) -> str:
    """The name of a function."""
    return ".".join(str(part["value"]) for part in operator["value"])


def pattern(terms: Iterable[Node]) -> Iterator[str]:
    """The variables that are given a value where a value is given to ``terms``."""
    for term in terms:
        match term:
            case {"type": "var", "value": str(name)} if name not in {"input", "data"}:
                yield name
            case {"type": "array" | "set", "value": items}:
                yield from pattern(items)
            case {"type": "object", "value": pairs}:
                yield from pattern(item for pair in pairs for item in pair)
