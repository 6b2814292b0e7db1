"""How values flow through the rules of a bundle, told from the compiled syntax tree.

What is told errs on one side: a value may be said to come from more places than it does, never from fewer. So what
rules compare an input with is known whole, and where it is not, that is known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, reduce

from narrowgate.authoring.domain.origins import (
    THE_PURPOSE,
    Anything,
    Constant,
    Data,
    In,
    Index,
    Made,
    Origin,
    Origins,
    Read,
    elements,
    keys,
    step,
    within,
)
from narrowgate.policy.bundle import ROOT, Bundle, Location, Module, may_meet
from narrowgate.policy.syntax import Node, Rule, walk
from narrowgate.policy.vetting.modules import arities

_UNIFICATIONS = {"eq", "equal", "assign"}
_ORDERINGS = {"lt", "lte", "gt", "gte"}
_COMPARISONS = {*_UNIFICATIONS, *_ORDERINGS, "neq"}
_ALWAYS_DEFINED = {
    *(
        "sprintf",
        "concat",
        "plus",
        "minus",
        "mul",
        "abs",
        "ceil",
        "floor",
        "round",
        "count",
        "sum",
        "max",
        "min",
        "sort",
    ),
    *("lower", "upper", "trim", "trim_space", "object.keys", "array.concat", "union", "intersection", "and", "or"),
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


@dataclass(frozen=True)
class _Site:
    module: Module
    rule: Rule

    @cached_property
    def at(self) -> Location:
        return Location(self.module.path, self.module.line(self.rule))

    @property
    def parameters(self) -> list[Node]:
        return self.rule.node["head"].get("args") or []

    def variable(self, name: str) -> _Variable:
        # OPA gives each rule's variables names of their own within their module.
        return self.module.path, name


_Variable = tuple[str, str]


@dataclass(frozen=True)
class _Expression:
    site: _Site
    number: int
    terms: Node
    indices: tuple[tuple[Node, Node], ...]
    """Each computed part of a reference, with what stands before it."""


class Flow:
    """The origins of every variable and rule of ``bundle``."""

    def __init__(self, bundle: Bundle) -> None:
        self._sites = [_Site(module, rule) for module, rule in bundle.all_rules()]
        self._expressions = [each for site in self._sites for each in _expressions(site)]
        self._meeting: dict[tuple[str | None, ...], list[_Site]] = {}
        self._variables: dict[_Variable, set[Origin]] = defaultdict(set)
        self._bound = {variable for each in self._expressions for variable in _bound(each)}
        self._settle()
        # Of a variable that nothing gives a value, nothing is known.
        for variable in {variable for each in self._expressions for variable in _variables(each)}:
            if not self._variables[variable]:
                self._variables[variable].add(Anything())
        self._settle()

    def _settle(self) -> None:
        self._grown = True
        while self._grown:
            self._grown = False
            for expression in self._expressions:
                self._bind(expression)

    def uses(self, rules: Iterable[Rule]) -> Iterator[Use]:
        """What the outcome of ``rules`` hangs on; rules that they use do not count."""
        wanted = {id(rule) for rule in rules}
        for expression in self._expressions:
            if id(expression.site.rule) in wanted:
                yield from self._uses(expression)

    def read(self, rules: Iterable[Rule]) -> Iterator[tuple[Read, Location]]:
        """What ``rules`` read of the input, and where; rules that they use do not count."""
        wanted = {id(rule) for rule in rules}
        for site in self._sites:
            if id(site.rule) in wanted:
                for node in walk(site.rule.node):
                    if node.get("type") == "ref":
                        yield from ((each, site.at) for each in self._term(site, node) if isinstance(each, Read))

    # What an expression binds.

    def _bind(self, expression: _Expression) -> None:
        site = expression.site
        match expression.terms:
            case {"domain": domain, "value": value, "key": key}:
                collection = self._term(site, domain)
                self._assign(site, value, elements(collection))
                self._assign(site, key, keys(collection))
            case [operator, *terms]:
                self._bind_call(expression, _name(operator), terms)
        for part, before in expression.indices:
            # One that is given a value elsewhere only looks up.
            if part["type"] != "var" or site.variable(part["value"]) not in self._bound:
                self._assign(site, part, self._keys_of(site, before))

    def _bind_call(self, expression: _Expression, name: str, terms: list[Node]) -> None:
        site = expression.site
        if name in _UNIFICATIONS:
            self._unify(site, *terms)
        elif name.startswith("data."):
            for function in self._called(name):
                for parameter, term in zip(function.parameters, terms, strict=False):
                    self._assign(function, parameter, self._term(site, term))
                for out in terms[len(function.parameters) :]:
                    self._assign(site, out, self._value(function))
        else:
            arity = arities().get(name, len(terms))
            for out in terms[arity:]:
                self._assign(site, out, self._made(site, name, terms[:arity], expression.number))

    def _made(self, site: _Site, name: str, terms: list[Node], number: int) -> Origins:
        """What a builtin makes of ``terms``."""
        if name == "object.get" and terms[1]["type"] == "string":
            return step(self._term(site, terms[0]), terms[1]["value"]) | self._term(site, terms[2])
        inner = {each for term in terms for origin in self._term(site, term) for each in _innermost(origin)}
        made = {Made(each.path, name, site.at, number) for each in inner if isinstance(each, Read | Made)}
        return frozenset(made) or frozenset({Anything()})

    def _keys_of(self, site: _Site, term: Node) -> Origins:
        """Of the keys of what ``term`` refers to."""
        found = keys(self._term(site, term))
        if term["type"] == "ref" and term["value"][0]["value"] == "data":
            path = tuple(self._part(site, part) for part in term["value"][1:])
            deeper = (each.rule.path for each in self._at(path) if len(each.rule.path) > len(path))
            found |= {Constant(rule[len(path)]) for rule in deeper}
        return found

    def _unify(self, site: _Site, one: Node, other: Node) -> None:
        if one["type"] == other["type"] == "array" and len(one["value"]) == len(other["value"]):
            for each, its in zip(one["value"], other["value"], strict=True):
                self._unify(site, each, its)
            return
        self._assign(site, one, self._term(site, other))
        self._assign(site, other, self._term(site, one))

    def _assign(self, site: _Site, term: Node, origins: Origins) -> None:
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

    def _term(self, site: _Site, term: Node) -> Origins:
        match term:
            case {"type": "null"}:
                return frozenset({Constant(None)})
            case {"type": "string" | "number" | "boolean", "value": value}:
                return frozenset({Constant(value)})
            case {"type": "var", "value": "input"}:
                return frozenset({Read(())})
            case {"type": "var", "value": str(name)}:
                return frozenset(self._variables[site.variable(name)])
            case {"type": "ref", "value": [root, *parts]}:
                if not all(self._term(site, part) for part in parts):
                    return frozenset()  # what it leads to is known once its parts are
                path = tuple(self._part(site, part) for part in parts)
                return self._document(path) if root["value"] == "data" else reduce(step, path, self._term(site, root))
            case {"type": "array" | "set" as kind, "value": items}:
                indices = {Constant(index) for index in range(len(items)) if kind == "array"}
                return within({*indices, *(origin for item in items for origin in self._term(site, item))})
            case {"type": "object", "value": pairs}:
                return within(origin for pair in pairs for item in pair for origin in self._term(site, item))
            case {"type": str(kind), "value": parts} if kind.endswith("comprehension"):
                terms = [parts[name] for name in ("term", "key", "value") if name in parts]
                found = {origin for each in terms for origin in self._term(site, each)}
                return within({*found, Index()} if kind.startswith("array") else found)
            case {"type": "call", "value": [operator, *terms]}:
                return self._made(site, _name(operator), terms, id(term))
            case _:
                return frozenset({Anything()})

    def _part(self, site: _Site, part: Node) -> str | None:
        """A part of a reference; None where it may be anything."""
        if part["type"] == "string":
            return str(part["value"])
        return THE_PURPOSE if self._term(site, part) == {Read(("request", "purpose"))} else None

    def _document(self, path: tuple[str | None, ...]) -> Origins:
        """Of the document at ``path`` below ``data``."""
        if path[:1] != ROOT:
            return frozenset({Data(path)})
        found: set[Origin] = set()
        for each in self._at(path):
            origins = self._value(each)
            for part in path[len(each.rule.path) :]:
                origins = step(origins, part)
            found |= within(origins, max(0, len(each.rule.path) - len(path)))
        return frozenset(found)

    def _value(self, site: _Site) -> Origins:
        """Of the value of a rule: for a partial rule, of the collection of its keys."""
        if site.rule.key is not None and "value" not in site.rule.node["head"]:
            return within(self._term(site, site.rule.key))
        return frozenset(origin for value in site.rule.values for origin in self._term(site, value))

    def _at(self, path: tuple[str | None, ...]) -> list[_Site]:
        if path not in self._meeting:
            anywhere = tuple(None if part == THE_PURPOSE else part for part in path)
            self._meeting[path] = [site for site in self._sites if may_meet(anywhere, site.rule.path)]
        return self._meeting[path]

    def _called(self, name: str) -> list[_Site]:
        return self._at(tuple(name.split(".")[1:]))

    # What an outcome hangs on.

    def _uses(self, expression: _Expression) -> Iterator[Use]:
        site = expression.site
        match expression.terms:
            case [operator, *terms]:
                yield from self._call_uses(site, _name(operator), terms)
            case {"type": _} as term:
                # What the catalogue lets through is true, but for ``false``, and of truth values each is tried.
                yield from _judged(self._term(site, term), site.at)
        for part, before in expression.indices:
            yield Comparison(self._term(site, part), self._keys_of(site, before), False, site.at)

    def _call_uses(self, site: _Site, name: str, terms: list[Node]) -> Iterator[Use]:
        origins = [self._term(site, term) for term in terms]
        if name in _COMPARISONS:
            ordered = name in _ORDERINGS
            yield Comparison(origins[0], origins[1], ordered, site.at)
            for one, other in _pairs(*terms):
                yield Comparison(self._term(site, one), self._term(site, other), ordered, site.at)
        elif name == "internal.member_2":
            yield Membership(origins[0], origins[1], site.at)
        elif name == "internal.member_3":
            yield Membership(origins[1], origins[2], site.at)
            yield Comparison(origins[0], keys(origins[2]), False, site.at)
        elif name.startswith("data."):
            yield from self._function_uses(site, name, origins)
        elif name == "object.get":
            yield Comparison(origins[1], keys(origins[0]), False, site.at)
        elif name not in _ALWAYS_DEFINED or len(terms) <= arities().get(name, 0):
            yield Opaque(frozenset(origin for each in origins for origin in each), name, site.at)

    def _function_uses(self, site: _Site, name: str, origins: list[Origins]) -> Iterator[Use]:
        """A function may be defined for some arguments only, and its value may be false."""
        for function in self._called(name):
            for parameter, given in zip(function.parameters, origins, strict=False):
                if parameter["type"] != "var":
                    yield Comparison(given, self._term(function, parameter), False, site.at)
            if len(origins) <= len(function.parameters):
                yield from _judged(self._value(function), site.at)


def _judged(origins: Origins, at: Location) -> Iterator[Opaque]:
    """What a function has made may be false."""
    for origin in origins:
        if isinstance(origin, Made):
            yield Opaque(frozenset({origin}), origin.function, at)


def _expressions(site: _Site) -> Iterator[_Expression]:
    """Every expression of a rule, those in comprehensions and under ``every`` included."""
    nodes = [node for node in walk(site.rule.node) if "terms" in node]
    for number, node in enumerate(nodes):
        yield _Expression(site, number, node["terms"], tuple(_indices(node["terms"])))


def _indices(terms: Node) -> Iterator[tuple[Node, Node]]:
    for node in walk(terms):
        if node.get("type") == "ref":
            parts = node["value"]
            for index, part in enumerate(parts):
                if index and part["type"] != "string":
                    yield part, {"type": "ref", "value": parts[:index]} if index > 1 else parts[0]


def _bound(expression: _Expression) -> Iterator[_Variable]:
    """Variables that get a value otherwise than by standing in a reference."""
    site, found = expression.site, list(expression.site.parameters)
    match expression.terms:
        case {"key": key, "value": value}:
            found += [key, value]
        case [operator, one, other] if _name(operator) in _UNIFICATIONS:
            # Of two variables that are one, either may be the one without a value.
            if one["type"] != "var" or other["type"] != "var":
                found += [one, other]
        case [operator, *terms]:
            found += terms[arities().get(_name(operator), len(terms)) :]
    for name in _pattern(found):
        yield site.variable(name)


def _pattern(terms: Iterable[Node]) -> Iterator[str]:
    """The variables that are given a value where a value is given to ``terms``."""
    for term in terms:
        match term:
            case {"type": "var", "value": str(name)}:
                yield name
            case {"type": "array" | "set", "value": items}:
                yield from _pattern(items)
            case {"type": "object", "value": pairs}:
                yield from _pattern(value for _, value in pairs)


def _variables(expression: _Expression) -> Iterator[_Variable]:
    for node in walk([expression.terms, expression.site.parameters]):
        if node.get("type") == "var" and node["value"] not in {"input", "data"}:
            yield expression.site.variable(node["value"])


def _pairs(one: Node, other: Node) -> Iterator[tuple[Node, Node]]:
    """What is compared when two arrays are."""
    if one["type"] == other["type"] == "array":
        for each, its in zip(one["value"], other["value"], strict=False):
            yield each, its
            yield from _pairs(each, its)


def _innermost(origin: Origin) -> Iterator[Origin]:
    while isinstance(origin, In):
        origin = origin.of
    yield origin


def _name(operator: Node) -> str:
    return ".".join(str(part["value"]) for part in operator["value"])
