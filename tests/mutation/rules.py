"""Mutants of rules: of guardrails, of purposes, of the entry points."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from mutation.mutant import Mutant
from narrowgate.model.actions import parse_action
from narrowgate.model.agreement import LawfulBasis
from narrowgate.model.catalogue import Catalogue

_TAKES = ("withhold", "refuse", "drop", "override")
"""Rules that take away: without them, or where they hold less often, more leaves."""
_COMPARED = re.compile(r"(?P<what>[\w.\[\]]+) (?:== (?P<one>\"[^\"]*\")|in (?P<set>\{[^{}]*\}))")
_SWAPPED = {" == ": " != ", " != ": " == ", " > ": " <= ", " <= ": " > ", " < ": " >= ", " >= ": " < "}


@dataclass(frozen=True)
class Rule:
    """A rule as it is written."""

    file: str
    source: str
    """All of the file."""
    start: int
    text: str

    @property
    def line(self) -> int:
        return self.source.count("\n", 0, self.start) + 1

    @property
    def head(self) -> str:
        """``permit.surname``, ``withhold``."""
        return re.split(r"[ (\[]|\.action\b", self.text, maxsplit=1)[0]

    @property
    def takes(self) -> bool:
        return self.head.split(".")[0] in _TAKES

    def mutant(self, change: str, text: str) -> Mutant:
        """The file with ``text`` in the place of the rule."""
        whole = self.source[: self.start] + text + self.source[self.start + len(self.text) :]
        return Mutant(self.file, self.line, f"{self.head}: {change}", whole)

    def swapped(self, match: re.Match[str], new: str, change: str) -> Mutant:
        """With ``new`` in the place of a match in the rule."""
        return self.mutant(change, self.text[: match.start()] + new + self.text[match.end() :])


def rules_in(file: str, source: str) -> list[Rule]:
    """The rules of a file; blank lines lie between them."""
    found = []
    for block in re.finditer(r"(?:^[^\n]+\n?)+", source, re.MULTILINE):
        first = re.search(r"^[^#\s]", block[0], re.MULTILINE)
        if first and not block[0][first.start() :].startswith(("package", "import", "meta ")):
            start = block.start() + first.start()
            found.append(Rule(file, source, start, source[start : block.end()]))
    return found


@dataclass(frozen=True)
class Known:
    """What values there are."""

    catalogue: Catalogue
    attributes: Mapping[str, Sequence[str]]
    kinds: Sequence[str]

    def values(self, what: str) -> Sequence[str]:
        """All that ``what`` may be, where that is known."""
        name = what.split(".")[-1]
        if what.startswith("input.record.") and name in self.catalogue:
            return self.catalogue[name].enum or ()
        return self.attributes.get(name, ()) if ".attributes." in what else self.kinds if name == "kind" else ()


def mutants_of_rules(file: str, source: str, known: Known) -> Iterator[Mutant]:
    """Each weakening of a single rule of a guardrail or purpose."""
    for rule in rules_in(file, source):
        if rule.takes or file.startswith("guardrails/"):
            yield rule.mutant("without it", "")
        yield from _other_values(rule, known)
        yield from _without_conditions(rule)
        yield from _negated(rule)
        yield from _finer(rule)
    if file.startswith("purposes/"):
        yield from _more_permits(file, source, known.catalogue)
        yield from _other_meta(file, source)


def _other_values(rule: Rule, known: Known) -> Iterator[Mutant]:
    """What holds for some values holds for one more, or, where it takes away, for one less; overrides both."""
    for match in _COMPARED.finditer(rule.text):
        what = match["what"]
        said = re.findall(r'"([^"]*)"', match["one"] or match["set"])
        others = [value for value in known.values(what) if value not in said]
        for value in others if not rule.takes or rule.head.startswith("override") else ():
            listed = ", ".join(f'"{each}"' for each in [*said, value])
            yield rule.swapped(match, f"{what} in {{{listed}}}", f"{what} += {value}")
        for value in said if rule.takes and len(said) > 1 else ():
            listed = ", ".join(f'"{each}"' for each in said if each != value)
            yield rule.swapped(match, f"{what} in {{{listed}}}", f"{what} -= {value}")


def _without_conditions(rule: Rule) -> Iterator[Mutant]:
    for match in re.finditer(r"(?<=[ )]if )(?!\{)[^\n]+(?=\n|$)", rule.text):
        yield rule.swapped(match, "true", f"true for {match[0]}")
    for match in re.finditer(r"^\t[^\n]+\n", rule.text, re.MULTILINE):
        if "if {" in rule.text[: match.start()]:
            yield rule.swapped(match, "\ttrue\n", f"true for {match[0].strip()}")


def _negated(rule: Rule) -> Iterator[Mutant]:
    for match in re.finditer("|".join(_SWAPPED), rule.text):
        yield rule.swapped(match, _SWAPPED[match[0]], f"{match[0].strip()} is {_SWAPPED[match[0]].strip()}")
    for match in re.finditer(r"\bnot ", rule.text):
        yield rule.swapped(match, "", f"not {rule.text[match.end() :].splitlines()[0]} without not")


def _finer(rule: Rule) -> Iterator[Mutant]:
    """Every action that lets more through in the place of the one there is."""
    if not rule.head.startswith(("permit.", "override.")):
        return
    match = re.search(r'(?P<short>\.action := "(?P<name>\w+)")|(?P<long>:= (?P<document>\{[^{}]*\}))', rule.text)
    assert match, rule.text
    action = json.loads(match["document"] or "null") or {"action": match["name"]}
    for finer in finer_than(action):
        assert parse_action(finer) is not None
        written = f"{'' if match['long'] else ' '}:= {json.dumps(finer)}"
        yield rule.swapped(match, written, f"as {' '.join(map(str, finer.values()))}")


def finer_than(action: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Actions that let more through than ``action``."""
    found: list[dict[str, Any]] = [] if action["action"] == "keep" else [{"action": "keep"}]
    number = next((action[name] for name in ("max_px", "length", "width") if name in action), 0)
    finer_numbers = {"max_px": number * 2, "length": number + 1, "width": max(2, number // 2)}
    found += [{**action, name: value} for name, value in finer_numbers.items() if name in action]
    if action["action"] == "mask":
        found += [{**action, name: action.get(name, 0) + 1} for name in ("keep_first", "keep_last")]
    finer = {"year": "month", "area": "outward"}.get(action.get("to", ""))
    return [*found, {**action, "to": finer}] if finer else found


def _more_permits(file: str, source: str, catalogue: Catalogue) -> Iterator[Mutant]:
    permitted = {rule.head for rule in rules_in(file, source)}
    line = source.count("\n") + 1
    for name in catalogue.fields:
        if f"permit.{name}" not in permitted:
            yield Mutant(file, line, f"permit.{name}: more", f'{source}\npermit.{name}.action := "keep"\n')


def _other_meta(file: str, source: str) -> Iterator[Mutant]:
    """Without what ``meta`` promises, or with more than it allows."""
    block = re.search(r"^meta := \{\n.*?^\}\n", source, re.MULTILINE | re.DOTALL)
    assert block, file
    meta = Rule(file, source, block.start(), block[0])
    for match in re.finditer(r'^\t"(publication|article_9_condition)": [^\n]*\n', block[0], re.MULTILINE):
        yield meta.swapped(match, "", f"without {match[1]}")
    for match in re.finditer(r'(?<="retention_days": )\d+', block[0]):
        yield meta.swapped(match, str(int(match[0]) + 1), "retention_days += 1")
    for match in re.finditer(r'(?<="lawful_basis": )"([^"]*)"', block[0]):
        for basis in get_args(LawfulBasis):
            if basis != match[1]:
                yield meta.swapped(match, f'"{basis}"', f"lawful_basis {basis}")
    for match in re.finditer(r'(?<=")\](?=\}|, ")', block[0]):
        yield meta.swapped(match, ', "something else"]', "attributes: += something else")


def mutants_of_entry_points(file: str, source: str) -> Iterator[Mutant]:
    """Each rule of the entry points gone, and each comparison turned round."""
    for rule in rules_in(file, source):
        yield rule.mutant("without it", "")
        yield from _negated(rule)
