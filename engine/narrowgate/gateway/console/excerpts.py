"""The lines of a policy that a page shows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from narrowgate.model.rule import RuleAt
from narrowgate.policy.bundle import Bundle, Module

_MOST = 14
_ANNOTATION = re.compile(r"^# (\w+): ?(.*)$")


@dataclass(frozen=True)
class Excerpt:
    """A rule as it stands in its file."""

    file: str
    line: int
    """That is meant."""
    lines: tuple[tuple[int, str], ...]
    """Numbers and texts."""


def excerpts(bundle: Bundle, rules: Iterable[RuleAt]) -> list[Excerpt]:
    """Each of ``rules`` once, from its line to the next that is empty."""
    modules = {module.path: module for module in bundle.modules}
    places = dict.fromkeys((rule.file, rule.line) for rule in rules if rule.file in modules)
    return [_excerpt(modules[file], line) for file, line in places]


def _excerpt(module: Module, line: int) -> Excerpt:
    lines = module.text.split("\n")
    first = line
    while first > 1 and lines[first - 2].strip() and line - first < _MOST // 2:
        first -= 1
    last = line
    while last < len(lines) and lines[last].strip() and last - first < _MOST:
        last += 1
    shown = tuple((number, lines[number - 1].replace("\t", "    ")) for number in range(first, last + 1))
    return Excerpt(module.path, line, shown)


@dataclass(frozen=True)
class About:
    """What a module's author says of it, in its ``METADATA`` (https://www.openpolicyagent.org/docs/policy-language)."""

    file: str
    title: str
    description: str


def about(module: Module) -> About:
    """What stands above its package; its last name where there is no title."""
    said: dict[str, str] = {}
    for name, text in _annotations(module.text):
        said.setdefault(name, text)
    title = said.get("title") or module.package[-1].replace("_", " ").capitalize()
    return About(module.path, title, said.get("description", ""))


def _annotations(text: str) -> Iterator[tuple[str, str]]:
    """Scalars of the first block of annotations; a block scalar's lines are joined."""
    name, words = "", list[str]()
    for line in text.split("\n"):
        if not line.startswith("#"):
            break
        if found := _ANNOTATION.match(line):
            yield name, " ".join(words)
            name, words = found[1], [] if found[2] in {"", "|", ">"} else [found[2]]
        elif line.startswith("#   "):
            words.append(line[1:].strip())
    yield name, " ".join(words)
