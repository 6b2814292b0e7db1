"""How values flow through the rules of a bundle, told from the compiled syntax tree.

What is told errs on one side: a value may be said to come from more places than it does, never from fewer. So what
rules compare an input with is known whole, and where it is not, that is known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import reduce

from narrowgate.authoring.domain.origins import (
    NOTHING,
    THE_PURPOSE,
    Anything,
    Array,
    Data,
    Lost,
    Made,
    Origin,
    Origins,
    Read,
    constant,
    elements,
    innermost,
    keys,
    step,
    within,
)
from narrowgate.authoring.domain.sites import UNIFICATIONS, Bindings, Expression, Site, Variable, expressions, name_of
from narrowgate.policy.bundle import ROOT, Bundle, may_meet
from narrowgate.policy.syntax import Node, walk

COMPARISONS = {*UNIFICATIONS, "equal", "neq", "lt", "lte", "gt", "gte"}
MEMBERSHIPS = {"internal.member_2", "internal.member_3"}


class Flow:
    """The origins of every variable and rule of ``bundle``."""

    def __init__(self, bundle: Bundle) -> None:
        self.sites = [Site(module, rule) for module, rule in bundle.all_rules()]
        self.expressions = [each for site in self.sites for each in expressions(site)]
        self.bindings = Bindings(self.sites, self.expressions)
        self._meeting: dict[tuple[str | None, ...], list[Site]] = {}
        self._variables: dict[Variable, set[Origin]] = defaultdict(set)
        self._known: dict[tuple[str | None, ...], Origins] | None = None
        self._settle()
        for variable in {each for site in self.sites for each in _variables(site)}:
            if not self._variables[variable]:
                self._variables[variable].add(Lost())
        self._settle()
        self._known = {}

    def _settle(self) -> None:
        self._grown = True
        while self._grown:
            self._grown = False
            for expression in self.expressions:
                self._bind(expression)

    # What an expression binds.

    def _bind(self, expression: Expression) -> None:
        site = expression.site
        if expression.asks:
            match expression.terms:
                case {"domain": domain, "value": value, "key": key}:
                    collection = self.term(site, domain)
                    self._assign(site, value, elements(collection))
                    self._assign(site, key, keys(collection))
                case [operator, *terms]:
                    self._bind_call(site, operator, terms)
        for part, before in expression.indices:
            if not self.bindings.looks_up(expression, part):
                self._assign(site, part, keys(self.term(site, before)))

    def _bind_call(self, site: Site, operator: Node, terms: list[Node]) -> None:
        name, arity = name_of(operator), self.bindings.arity(operator, terms)
        if name in UNIFICATIONS:
            self._unify(site, *terms)
            return
        for function in self.called(name):
            for parameter, term in zip(function.parameters, terms, strict=False):
                self._assign(function, parameter, self.term(site, term))
        for out in terms[arity:]:
            self._assign(site, out, self.result(site, name, terms[:arity]))

    def result(self, site: Site, name: str, terms: list[Node]) -> Origins:
        """Of what a function makes of ``terms``."""
        if name in COMPARISONS | MEMBERSHIPS:
            # How the two compare is told apart where they are compared.
            return frozenset({NOTHING})
        if name.startswith("data."):
            return frozenset(origin for function in self.called(name) for origin in self.value(function))
        if name == "object.get" and terms[1]["type"] == "string":
            return step(self.term(site, terms[0]), terms[1]["value"]) | self.term(site, terms[2])
        inner = {innermost(origin) for term in terms for origin in self.term(site, term)}
        made: set[Origin] = {Made(each.path, name) for each in inner if isinstance(each, Read | Made)}
        return frozenset(made | (inner & {Lost()})) or frozenset({Anything()})

    def _unify(self, site: Site, one: Node, other: Node) -> None:
        if one["type"] == other["type"] == "array" and len(one["value"]) == len(other["value"]):
            for each, its in zip(one["value"], other["value"], strict=True):
                self._unify(site, each, its)
            return
        self._assign(site, one, self.term(site, other))
        self._assign(site, other, self.term(site, one))

    def _assign(self, site: Site, term: Node, origins: Origins) -> None:
        """Let ``origins`` flow into a variable, or into those of a pattern."""
        match term:
            case {"type": "var", "value": str(name)} if name not in {"input", "data"}:
                known = self._variables[site.variable(name)]
                if not origins <= known:
                    known |= origins
                    self._grown = True
            case {"type": "array" | "set", "value": items}:
                for item in items:
                    self._assign(site, item, elements(origins))
            case {"type": "object", "value": pairs}:
                for key, value in pairs:
                    self._assign(site, key, keys(origins))
                    self._assign(site, value, elements(origins))

    # What a term comes from.

    def term(self, site: Site, term: Node) -> Origins:
        """Of the value of ``term``."""
        match term:
            case {"type": "null"}:
                return frozenset({NOTHING})
            case {"type": "string" | "number" | "boolean", "value": value}:
                return frozenset({constant(value)})
            case {"type": "var", "value": "input"}:
                return frozenset({Read(())})
            case {"type": "var", "value": str(name)}:
                return frozenset(self._variables[site.variable(name)])
            case {"type": "ref", "value": [root, *parts]}:
                if not all(self.term(site, part) for part in parts):
                    return frozenset()  # what it leads to is known once its parts are
                path = tuple(self.part(site, part) for part in parts)
                return self._document(path) if root["value"] == "data" else reduce(step, path, self.term(site, root))
            case {"type": "array" | "set" as kind, "value": items}:
                held = within(origin for item in items for origin in self.term(site, item))
                return held | {Array()} if kind == "array" else held
            case {"type": "object", "value": pairs}:
                return within(origin for pair in pairs for item in pair for origin in self.term(site, item))
            case {"type": str(kind), "value": parts} if kind.endswith("comprehension"):
                terms = [parts[name] for name in ("term", "key", "value") if name in parts]
                found = {origin for each in terms for origin in self.term(site, each)}
                return within(found) | {Array()} if kind.startswith("array") else within(found)
            case _:
                return frozenset({Lost()})

    def part(self, site: Site, part: Node) -> str | None:
        """A part of a reference; None where it may be anything."""
        if part["type"] == "string":
            return str(part["value"])
        return THE_PURPOSE if self.term(site, part) == {Read(("request", "purpose"))} else None

    def _document(self, path: tuple[str | None, ...]) -> Origins:
        """Of the document at ``path`` below ``data``; worked out once, as soon as nothing changes any more."""
        if self._known is None:
            return self._found_at(path)
        if path not in self._known:
            self._known[path] = self._found_at(path)
        return self._known[path]

    def _found_at(self, path: tuple[str | None, ...]) -> Origins:
        if path[:1] != ROOT:
            return frozenset({Data(path)})
        found: set[Origin] = set()
        for each in self.at(path):
            origins = self.value(each)
            for part in path[len(each.rule.path) :]:
                origins = step(origins, part)
            found |= within(origins, len(each.rule.path) - len(path)) if len(each.rule.path) > len(path) else origins
            for depth, part in enumerate(each.head[len(path) : len(each.rule.path)]):
                found |= within(self.term(each, part), depth + 1)
        return frozenset(found)

    def value(self, site: Site) -> Origins:
        """Of the value of a rule: for a partial set, of the set."""
        if site.is_set:
            return within(self.term(site, site.head[-1]))
        return frozenset(origin for value in site.rule.values for origin in self.term(site, value))

    def at(self, path: tuple[str | None, ...]) -> list[Site]:
        """The rules that following ``path`` below ``data`` may evaluate."""
        if path not in self._meeting:
            anywhere = tuple(None if part == THE_PURPOSE else part for part in path)
            self._meeting[path] = [site for site in self.sites if may_meet(anywhere, site.rule.path)]
        return self._meeting[path]

    def called(self, name: str) -> list[Site]:
        """The rules of a function; none for OPA's own."""
        return self.at(tuple(name.split(".")[1:])) if name.startswith("data.") else []


def _variables(site: Site) -> Iterator[Variable]:
    for node in walk(site.rule.node):
        if node.get("type") == "var" and node["value"] not in {"input", "data"}:
            yield site.variable(node["value"])
