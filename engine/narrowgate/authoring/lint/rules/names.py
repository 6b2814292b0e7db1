"""Names and titles."""

from __future__ import annotations

import re
from collections.abc import Iterator

from narrowgate.authoring.lint.interface import Found, Look, Site, lint_rule
from narrowgate.policy.bundle import GUARDRAILS, PURPOSES, Location
from narrowgate.policy.vetting.data import SUPPLIERS

_SNAKE_CASE = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")


@lint_rule("name-style")
def name_style(look: Look) -> Iterator[Found]:
    """A purpose, guardrail, supplier, rule or attribute whose name is not in lower case with underscores."""
    for name in look.bundle.suppliers:
        if not _SNAKE_CASE.fullmatch(name):
            yield _found(look.in_file(SUPPLIERS, name), "supplier", name)
    for module in look.bundle.modules:
        if module.package[:2] not in {PURPOSES, GUARDRAILS}:
            continue
        kind = module.package[1].removesuffix("s")
        if not _SNAKE_CASE.fullmatch(module.package[2]):
            yield _found(Location(module.path, 1), kind, module.package[2])
        for rule in module.rules:
            if not _SNAKE_CASE.fullmatch(str(rule.name)):
                yield _found(Site(module, rule).at(), "rule", str(rule.name))
    for purpose in look.bundle.purposes:
        for attribute in look.bundle.meta(purpose).attributes:
            if not _SNAKE_CASE.fullmatch(attribute):
                (site,) = look.sites(purpose, "meta")
                yield _found(site.at(f'"{attribute}"'), "attribute", attribute)


def _found(at: Location, kind: str, name: str) -> Found:
    words = re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name)
    better = "_".join(words).lower() or "a_name"
    return Found(at, f"{kind} {name}: it is not named like the others", f"call it {better}")


@lint_rule("no-title")
def no_title(look: Look) -> Iterator[Found]:
    """A module whose METADATA has no title, or a purpose whose title is empty."""
    for module in look.bundle.modules:
        titles = [each.get("title") for each in module.tree.get("annotations") or () if each.get("scope") == "package"]
        if not any(titles):
            remedy = "write above the package: # METADATA, and below that # title: what it is about"
            yield Found(Location(module.path, 1), "the file does not say what it is about", remedy)
    for purpose in look.bundle.purposes:
        if not look.bundle.meta(purpose).title.strip():
            (site,) = look.sites(purpose, "meta")
            remedy = 'write: "title": "…", as the record of processing is to call it'
            yield Found(site.at('"title"'), "the purpose's title is empty", remedy)
