"""Vetting of where things stand: packages, rules that nobody reads, data in the place of rules."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from narrowgate.model.request import NAME
from narrowgate.policy.bundle import ENTRY_POINTS, GUARDRAILS, PURPOSES, ROOT, Bundle, Location, Module, may_meet
from narrowgate.policy.syntax import refs
from narrowgate.policy.vetting.finding import Finding, nearest

VOCABULARY: Mapping[tuple[str, ...], tuple[str, ...]] = {
    PURPOSES: ("meta", "permit", "release", "withhold", "override", "refuse", "drop"),
    GUARDRAILS: ("refuse", "drop", "withhold", "permit", "release", "override"),
}
"""The rules of a purpose and of a guardrail that have a meaning, be it that they are out of place."""


def check(bundle: Bundle) -> Iterator[Finding]:
    """Everything that stands where it is not seen, or is seen where it should not stand."""
    for path in bundle.strays:
        yield Finding(
            "data-among-rules",
            Location(ENTRY_POINTS, 1),
            f"data.{path} is data, not a rule, so nothing vouches for it",
            "remove the file that holds it; agreements and suppliers are the only data",
        )
    for module in bundle.modules:
        if module.package != ROOT:
            yield from _package(module)
            yield from _references(bundle, module)
            yield from _unread(bundle, module)


def _package(module: Module) -> Iterator[Finding]:
    """A purpose's rules are in its folder and a guardrail's in that of guardrails, each in a package of its own."""
    package, at = module.package, Location(module.path, 1)
    name = ".".join(package)
    if package[0] != ROOT[0]:
        yield Finding("package", at, f"package {name} is where data belongs", "move its rules to the purpose's package")
    elif package[:2] in VOCABULARY and len(package) != 3:
        kind = package[1].removesuffix("s")
        yield Finding(
            "package", at, f"package {name} is none that a {kind} can have", f"call it narrowgate.{package[1]}.<{kind}>"
        )
    elif package[:2] in VOCABULARY and not re.fullmatch(NAME, package[2]):
        yield Finding("package", at, f"no request can name {package[2]}", "call it in lower case, like id_card_print")
    elif package[:2] in VOCABULARY:
        folders = PurePosixPath(module.path).parent.parts
        expected = (package[1],) if package[:2] == GUARDRAILS else package[1:]
        if folders != expected:
            remedy = f"move it to {'/'.join(expected)}/, or name the package of its own folder"
            yield Finding("package", at, f"package {name} is not that of the folder", remedy)


def _references(bundle: Bundle, module: Module) -> Iterator[Finding]:
    """What a rule refers to must be there: what is undefined can neither withhold nor refuse."""
    for rule in module.rules:
        for ref in refs(rule.node):
            if ref.root == "data" and ref.path[:1] == ROOT and not bundle.paths.meet(ref.path):
                at = Location(module.path, module.line(rule, str(ref.path[-1] or "")))
                yield Finding(
                    "unknown-reference", at, f"there is no rule {ref}", "name a rule of the bundle; tests do not count"
                )


def _unread(bundle: Bundle, module: Module) -> Iterator[Finding]:
    """A rule that is neither one of the vocabulary nor read by another does nothing: mostly it is misspelt."""
    vocabulary = VOCABULARY.get(module.package[:2])
    if vocabulary is None:
        return
    for rule in module.rules:
        if rule.name in vocabulary:
            continue
        itself = (*rule.package, rule.name)
        others = (other for _, other in bundle.all_rules() if other.path[: len(itself)] != itself)
        if not any(ref.root == "data" and may_meet(ref.path, rule.path) for each in others for ref in refs(each.node)):
            remedy = nearest(str(rule.name), vocabulary, "let a rule read it, or remove it")
            yield Finding("unread-rule", Location(module.path, module.line(rule)), f"nothing reads {rule.name}", remedy)
