"""Reasons: what reports and messages say, in the author's words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from narrowgate.authoring.cases.rules import reason_of
from narrowgate.authoring.lint.interface import Found, Look, Site, lint_rule
from narrowgate.policy.bundle import GUARDRAILS, PURPOSES
from narrowgate.policy.syntax import Node

_ALIKE = 0.9
_NUMBER = re.compile(r"\S*\d[\d /-]{3,}\d\S*|\S+@\S+")
"""What stands for one person: a number of five digits or more, or an address."""


@lint_rule("reason-style")
def reason_style(look: Look) -> Iterator[Found]:
    """A reason that is not in lower case, or ends like a sentence: reports put it after a colon."""
    for site, reason in _reasons(look):
        if reason != (better := _in_style(reason)):
            yield Found(site.at(reason), "reasons begin in lower case and have no full stop", f'write: "{better}"')


def _in_style(reason: str) -> str:
    text = " ".join(reason.split()).rstrip(".!")
    # A name or an abbreviation keeps its capitals.
    first = text.split(" ", 1)[0]
    return text[:1].lower() + text[1:] if first.istitle() and len(first) > 1 else text


@lint_rule("reason-spelt-twice")
def reason_spelt_twice(look: Look) -> Iterator[Found]:
    """Two spellings of one reason, which reports count apart."""
    seen: dict[str, Site] = {}
    for site, reason in _reasons(look):
        if reason in seen:
            continue
        for other, first in seen.items():
            if _alike(other, reason):
                message = f"“{reason}” is “{other}” ({first.at(other)}) in another spelling, and counted apart from it"
                yield Found(site.at(reason), message, f'write: "{other}"')
                break
        seen[reason] = site


def _alike(one: str, other: str) -> bool:
    first, second = (" ".join(re.findall(r"[a-z0-9%]+", text.casefold())) for text in (one, other))
    if re.findall(r"[0-9]+", first) != re.findall(r"[0-9]+", second):
        return False
    return SequenceMatcher(None, first, second, autojunk=False).ratio() >= _ALIKE


@lint_rule("reason-quotes-data")
def reason_quotes_data(look: Look) -> Iterator[Found]:
    """A reason that holds what a record does: reports and receipts would carry it out."""
    for site, reason in _reasons(look):
        for text in sorted({*_NUMBER.findall(reason), *_compared(look, site, reason)}):
            message = f"the reason holds {text!r}, which is data: whoever reads a report reads it"
            yield Found(site.at(reason), message, "say what kind of record is meant, and not whose")
            break


def _compared(look: Look, site: Site, reason: str) -> Iterator[str]:
    """What a record is compared with, and is no value of a list, where the reason says it, too."""
    if site.rule.name != "withhold":
        return
    listed = {value for known in look.catalogue.fields.values() for value in known.enum or ()}
    for text in _texts(site.rule.node.get("body", [])):
        if len(text) > 2 and text not in {reason, *listed} and re.search(rf"\b{re.escape(text)}\b", reason):
            yield text


def _texts(node: Node) -> Iterator[str]:
    """The texts below ``node``, but for names in references."""
    match node:
        case {"type": "ref"}:
            return
        case {"type": "string", "value": str(text)}:
            yield text
        case dict():
            for below in node.values():
                yield from _texts(below)
        case list():
            for below in node:
                yield from _texts(below)


def _reasons(look: Look) -> Iterator[tuple[Site, str]]:
    """Every reason that a purpose or guardrail gives, as it is written."""
    for module, rule in look.bundle.all_rules():
        ours = module.package[:2] in {PURPOSES, GUARDRAILS}
        if ours and rule.name in {"withhold", "refuse", "drop"} and rule.key is not None:
            yield Site(module, rule), reason_of(rule)
