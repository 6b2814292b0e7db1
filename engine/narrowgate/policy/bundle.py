"""The policies as the deciding OPA reports them: modules, data, and what can be told from the modules alone."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from narrowgate.model.agreement import Agreement, PurposeData, PurposeMeta
from narrowgate.policy.syntax import Ref, Rule, constant, refs, rules

ROOT = ("narrowgate",)
PURPOSES = (*ROOT, "purposes")
GUARDRAILS = (*ROOT, "guardrails")
ENTRY_POINTS = "narrowgate.rego"
DATA_ROOTS = ("purposes", "suppliers", "narrowgate")
"""The roots of the bundle: what policies may refer to."""

_HEAD = re.compile(r"^(?!else\b)(?:default\s+)?([A-Za-z_]\w*(?:\.[A-Za-z_]\w*|\[\"[^\"]*\"\]|\[\w+\])*)")


@dataclass(frozen=True)
class Module:
    """One Rego file."""

    path: str
    """Relative to the bundle."""
    text: str
    tree: Mapping[str, Any]

    @cached_property
    def package(self) -> tuple[str, ...]:
        """Below ``data``."""
        return tuple(part["value"] for part in self.tree["package"]["path"][1:])

    @cached_property
    def rules(self) -> list[Rule]:
        """In the order of the file."""
        return rules(self.tree)

    def line(self, rule: Rule, text: str = "") -> int:
        """The line on which ``rule`` stands, or the first of its lines that holds ``text``.

        The reported tree has no positions; heads stand at the left margin, as ``opa fmt`` puts them.
        """
        lines = self.text.split("\n")  # as OPA counts them
        starts = [number for number, line in enumerate(lines) if _head_of(line) == _spelt(rule)]
        if not starts:
            return 1
        start = starts[min(rule.number, len(starts) - 1)]
        heads = (number for number in range(start + 1, len(lines)) if _head_of(lines[number]))
        end = next(heads, len(lines))
        return next((number for number in range(start, end) if text in lines[number]), start) + 1


def _head_of(line: str) -> str | None:
    found = _HEAD.match(line)
    return re.sub(r'\["([^"]*)"\]', r".\1", re.sub(r"\[\w+\]", ".*", found[1])) if found else None


def _spelt(rule: Rule) -> str:
    return ".".join("*" if part is None else part for part in rule.head)


@dataclass(frozen=True)
class Location:
    """A line of a bundle's file."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Bundle:
    """Everything below ``data.narrowgate`` and the data it decides by, as one OPA reported it."""

    modules: tuple[Module, ...]
    purpose_data: Mapping[str, Any]
    suppliers: Mapping[str, Any]
    strays: tuple[str, ...] = ()
    """Paths of data below ``data.narrowgate``, where only rules belong."""

    @cached_property
    def paths(self) -> Paths:
        """Where its rules stand."""
        return Paths(rule for _, rule in self.all_rules())

    @cached_property
    def content(self) -> bytes:
        """The modules' text and the data as canonical JSON; tests that lie in the bundle do not count."""
        content = {
            "modules": sorted((module.path, module.text) for module in self.modules),
            "purposes": self.purpose_data,
            "suppliers": self.suppliers,
        }
        return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the content."""
        return hashlib.sha256(self.content).hexdigest()

    @cached_property
    def purposes(self) -> tuple[str, ...]:
        """Names of the purposes that have a policy."""
        names = {m.package[2] for m in self.modules if m.package[:2] == PURPOSES and len(m.package) == 3}
        return tuple(sorted(names))

    def meta(self, purpose: str) -> PurposeMeta:
        """The rule ``meta`` of a purpose. Vetting has made sure that there is one, written out."""
        rule = next(rule for _, rule in self.in_package((*PURPOSES, purpose)) if rule.head == ("meta",))
        return PurposeMeta.model_validate(constant(rule.value)[1])

    def agreements(self, purpose: str) -> tuple[Agreement, ...]:
        """The agreements for a purpose, in their order. Vetting has made sure that they are such."""
        return PurposeData.model_validate(self.purpose_data.get(purpose, {})).agreements

    def in_package(self, package: tuple[str, ...]) -> Iterator[tuple[Module, Rule]]:
        """The rules of one package, each with its module."""
        for module in self.modules:
            if module.package == package:
                yield from ((module, rule) for rule in module.rules)

    def all_rules(self) -> Iterator[tuple[Module, Rule]]:
        """Every rule with its module."""
        for module in self.modules:
            yield from ((module, rule) for rule in module.rules)

    def locate(self, path: str, action: Mapping[str, Any] | None = None) -> tuple[Location, ...]:
        """Where the rules of ``path`` (``purposes.uniform.permit.surname``) stand.

        Args:
            path: below ``data.narrowgate``.
            action: where given, only the rules that give this value, should any be told apart by it.
        """
        wanted = tuple(path.split("."))
        found = [
            (module, rule)
            for module, rule in self.all_rules()
            if rule.path[: len(wanted) + 1] in (ROOT + wanted, ROOT + wanted + ("action",))
        ]
        if action is not None:
            exact = [pair for pair in found if constant(pair[1].value)[1] in (action, action.get("action"))]
            found = exact or found
        return tuple(Location(module.path, module.line(rule)) for module, rule in found)

    def overridable(self, purpose: str) -> tuple[str, ...]:
        """The fields for which ``purpose`` has record overrides."""
        package = (*PURPOSES, purpose)
        heads = (rule.head for _, rule in self.in_package(package) if rule.name == "override" and len(rule.head) > 1)
        return tuple(sorted({head[1] for head in heads if head[1] is not None}))

    @cached_property
    def _fields_read(self) -> Mapping[str, tuple[str, ...]]:
        return {purpose: self._read_by_record_rules(purpose) for purpose in self.purposes}

    def reads(self, purpose: str) -> tuple[str, ...]:
        """The record fields that judging for ``purpose`` reads, guardrails included, in alphabetical order."""
        return self._fields_read.get(purpose, ())

    def _read_by_record_rules(self, purpose: str) -> tuple[str, ...]:
        package = (*PURPOSES, purpose)
        starts = [rule for _, rule in self.in_package(package) if rule.name in {"release", "withhold", "override"}]
        starts += [r for m, r in self.all_rules() if m.package[:2] == GUARDRAILS and r.name == "withhold"]
        fields = {
            ref.path[1]
            for ref in self.reached(starts)
            if ref.root == "input" and ref.path[:1] == ("record",) and len(ref.path) > 1
        }
        return tuple(sorted(field for field in fields if field is not None))

    def reached(self, starts: Iterable[Rule]) -> Iterator[Ref]:
        """Every reference that evaluating ``starts`` may follow, through the rules and functions they use."""
        todo, seen = list(starts), set[int]()
        while todo:
            rule = todo.pop()
            if id(rule) in seen:
                continue
            seen.add(id(rule))
            for ref in refs(rule.node):
                yield ref
                if ref.root == "data":
                    todo.extend(other for _, other in self.all_rules() if may_meet(ref.path, other.path))


class Paths:
    """Where rules stand below ``data``; a computed part of a path may be anything."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._ends = {_known_part(rule.path) for rule in rules}
        self._prefixes = {end[:length] for end in self._ends for length in range(len(end) + 1)}

    def cover(self, path: tuple[str | None, ...]) -> bool:
        """Whether ``path`` is a rule's, or below one."""
        known = _known_part(path)
        return any(known[:length] in self._ends for length in range(1, len(known) + 1))

    def lead_on(self, path: tuple[str | None, ...]) -> bool:
        """Whether rules stand below ``path``."""
        return _known_part(path) in self._prefixes

    def meet(self, path: tuple[str | None, ...]) -> bool:
        """Whether following ``path`` may evaluate a rule."""
        return self.cover(path) or self.lead_on(path)


def _known_part(path: tuple[str | None, ...]) -> tuple[str | None, ...]:
    return path[: path.index(None)] if None in path else path


def stray_data(document: Any, modules: Iterable[Module]) -> tuple[str, ...]:
    """Paths of what ``data.narrowgate`` holds and no rule of ``modules`` defines: data in the place of rules."""
    paths = Paths(rule for module in modules for rule in module.rules)
    packages = {module.package[:length] for module in modules for length in range(1, len(module.package) + 1)}
    found: list[str] = []
    todo: list[tuple[tuple[str, ...], Any]] = [(ROOT, document)]
    while todo:
        path, value = todo.pop()
        if paths.cover(path):
            continue
        if isinstance(value, dict) and (path in packages or paths.lead_on(path)):
            todo.extend(((*path, key), below) for key, below in value.items())
        else:
            found.append(".".join(path))
    return tuple(sorted(found))


def may_meet(ref: tuple[str | None, ...], rule: tuple[str | None, ...]) -> bool:
    """Whether following ``ref`` may evaluate the rule at ``rule``; a computed part may be anything."""
    return all(a is None or b is None or a == b for a, b in zip(ref, rule, strict=False))
