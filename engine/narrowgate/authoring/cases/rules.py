"""Which rules decided: found from what was answered, and quoted as their author wrote them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from narrowgate.model.case_report import Quote
from narrowgate.policy.bundle import GUARDRAILS, PURPOSES, Bundle, Location
from narrowgate.policy.syntax import Node, Rule, constant, walk

NOT_RELEASED = "outside the purpose's release rule"
"""What the entry points say of a record for which the purpose's ``release`` does not hold."""


class RuleBook:
    """The rules of a bundle, by what they answer."""

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle
        self._lines = {module.path: module.text.split("\n") for module in bundle.modules}

    def at(self, path: str, action: Mapping[str, Any] | None = None) -> tuple[Quote, ...]:
        """The rules at ``path`` below ``data.narrowgate``; with ``action``, those that give it."""
        return tuple(self._quote(at) for at in self._bundle.locate(path, action))

    def of_reason(self, name: str, purpose: str, reason: str) -> tuple[Quote, ...]:
        """The rules called ``name``, of the purpose and the guardrails, that give ``reason``."""
        if name == "withhold" and reason == NOT_RELEASED:
            return self.at(f"purposes.{purpose}.release")
        found = self._bundle.all_rules()
        ours = ((m, r) for m, r in found if m.package == (*PURPOSES, purpose) or m.package[:2] == GUARDRAILS)
        giving = ((m, r) for m, r in ours if r.name == name and gives(r, reason))
        return tuple(self._quote(Location(module.path, module.line(rule))) for module, rule in giving)

    def of_reasons(self, name: str, purpose: str, reasons: Iterable[str]) -> tuple[Quote, ...]:
        """The rules that give any of ``reasons``, each once."""
        return tuple(dict.fromkeys(quote for reason in reasons for quote in self.of_reason(name, purpose, reason)))

    def _quote(self, at: Location) -> Quote:
        return Quote(file=at.file, line=at.line, text=self._lines[at.file][at.line - 1].strip())


def gives(rule: Rule, reason: str) -> bool:
    """Whether ``reason`` may be the one that ``rule`` gives."""
    known, said = constant(rule.key)
    if known:
        return bool(said == reason)
    return any(re.fullmatch(pattern, reason, re.DOTALL) for pattern in _patterns(rule))


def reason_of(rule: Rule) -> str:
    """The reason that ``rule`` gives, as it is written: ``%s`` for what is filled in."""
    known, said = constant(rule.key)
    return str(said) if known else next(_formats(rule), "a reason of its own")


def _patterns(rule: Rule) -> Iterator[str]:
    for text in _formats(rule):
        parts = re.split(r"%[-+# 0-9.]*[a-zA-Z]", text)
        yield ".*".join(re.escape(part) for part in parts)


def _formats(rule: Rule) -> Iterator[str]:
    """What a computed key is printed from. The compiler puts the call into the body, with the key as its result."""
    key: Node = rule.key
    for node in walk(rule.node.get("body", [])):
        match node.get("terms"):
            case [{"value": [{"value": "sprintf"}]}, {"type": "string", "value": str(text)}, _, result] if (
                key is not None and result == key
            ):
                yield text
