"""What a rule of lint is, and what it looks at."""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from importlib import import_module
from pathlib import Path

from narrowgate.authoring.lint.leaving import Leaving, leaving_of
from narrowgate.model.actions import Action, parse_action
from narrowgate.model.agreement import Agreement
from narrowgate.model.catalogue import FILE_NAME, Catalogue
from narrowgate.model.lint import Severity
from narrowgate.policy.bundle import PURPOSES, Bundle, Location, Module
from narrowgate.policy.syntax import Rule, constant
from narrowgate.policy.vetting.finding import quoted
from narrowgate.service import Gate


@dataclass(frozen=True)
class Found:
    """One thing worth a second look: where, what, and what to write instead."""

    at: Location
    message: str
    remedy: str


@dataclass(frozen=True)
class Site:
    """A rule of a purpose or guardrail, and the module it stands in."""

    module: Module
    rule: Rule

    def at(self, *texts: str) -> Location:
        """The line of the rule that holds the first of ``texts`` to be found in it; else its first."""
        lines = self.module.text.split("\n")
        for text in texts:
            line = self.module.line(self.rule, text)
            if text in lines[line - 1]:
                return Location(self.module.path, line)
        return Location(self.module.path, self.module.line(self.rule))


@dataclass(frozen=True, eq=False)
class Look:
    """What rules look at: policies that have passed vetting, and what decides by them."""

    gate: Gate
    folder: Path | None
    """Where the policies lie, if here; what only files can tell is not looked for elsewhere."""
    on: date
    within: int
    """Days before an agreement's end from which it is about to lapse."""

    @property
    def catalogue(self) -> Catalogue:
        """The fields that there are."""
        return self.gate.catalogue

    @cached_property
    def bundle(self) -> Bundle:
        """The policies."""
        return self.gate.engine.policies

    @cached_property
    def leaving(self) -> Mapping[str, Leaving]:
        """What leaves for each purpose in any situation at all."""
        return leaving_of(self.gate)

    @cached_property
    def agreements(self) -> Mapping[str, tuple[Agreement, ...]]:
        """By purpose."""
        return {purpose: self.bundle.agreements(purpose) for purpose in self.bundle.purposes}

    def sites(self, purpose: str, *names: str) -> Iterator[Site]:
        """The rules of a purpose that bear one of ``names``."""
        for module, rule in self.bundle.in_package((*PURPOSES, purpose)):
            if rule.name in names:
                yield Site(module, rule)

    def forms(self, purpose: str, *names: str) -> Iterator[tuple[Site, str, Action]]:
        """Every action that rules called one of ``names`` may give, with the field that it is for."""
        for site in self.sites(purpose, *names):
            for value in site.rule.values:
                document = constant(value)[1]
                action = parse_action(document if isinstance(document, dict) else {"action": document})
                if action is not None and site.rule.head[1] is not None:
                    yield site, site.rule.head[1], action

    def module(self, purpose: str) -> Module:
        """The first module of a purpose."""
        return next(module for module in self.bundle.modules if module.package == (*PURPOSES, purpose))

    def in_file(self, file: str, text: str) -> Location:
        """The first line of a file of the policies that holds ``text``, if it lies here; else its first."""
        lines = self._lines(file)
        return Location(file, next((number for number, line in enumerate(lines, 1) if text in line), 1))

    def in_agreement(self, purpose: str, agreement: Agreement, key: str = "") -> Location:
        """Where an agreement stands, or its line that begins with ``key``."""
        start = self.in_file(f"purposes/{purpose}/data.yaml", agreement.id)
        below = self._lines(start.file)[start.line - 1 :]
        keyed = (offset for offset, line in enumerate(below) if line.strip().removeprefix("- ").startswith(f"{key}:"))
        return Location(start.file, start.line + next(keyed, 0)) if key else start

    def in_catalogue(self, field: str) -> Location:
        """Where a field stands."""
        text = (self.gate.schemas / FILE_NAME).read_text(encoding="utf-8")
        found = re.search(rf'"{re.escape(field)}"\s*:\s*\{{', text)
        line = text.count("\n", 0, found.start()) + 1 if found else 1
        return Location(f"{self.gate.schemas.name}/{FILE_NAME}", line)

    def quote(self, at: Location) -> str:
        """The author's own line; empty where it cannot be read here."""
        for module in self.bundle.modules:
            if module.path == at.file:
                return module.text.split("\n")[at.line - 1].strip()
        catalogue = at.file == f"{self.gate.schemas.name}/{FILE_NAME}"
        return quoted(at, self.gate.schemas.parent if catalogue else self.folder)

    def _lines(self, file: str) -> list[str]:
        path = self.folder / file if self.folder else None
        return path.read_text(encoding="utf-8").splitlines() if path is not None and path.is_file() else []


Check = Callable[[Look], Iterator[Found]]


@dataclass(frozen=True)
class LintRule:
    """A rule of lint."""

    name: str
    severity: Severity
    check: Check


_RULES: dict[str, LintRule] = {}


def lint_rule(name: str, severity: Severity = "warning") -> Callable[[Check], Check]:
    """Make a function a rule of lint.

    Args:
        name: as the documentation lists it.
        severity: a warning, or a note that needs no answer.
    """

    def register(check: Check) -> Check:
        _RULES[name] = LintRule(name, severity, check)
        return check

    return register


@cache
def lint_rules() -> Mapping[str, LintRule]:
    """Every rule by name, found by being in ``rules/``."""
    from narrowgate.authoring.lint import rules

    for module in pkgutil.iter_modules(rules.__path__):
        import_module(f"{rules.__name__}.{module.name}")
    return dict(sorted(_RULES.items()))
