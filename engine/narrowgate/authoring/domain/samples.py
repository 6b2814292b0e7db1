"""Texts that a field of the catalogue may hold, made from its pattern."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from itertools import islice

from narrowgate.model.catalogue import Field

_TRIED = 2_000
_USUAL = 4
"""How often what may be repeated at will is repeated."""
_CHARACTERS = sorted(map(chr, range(32, 127)), key=lambda each: (not each.isupper(), not each.isalnum(), each))
_UNICODE_CLASSES = {r"\p{L}": "A-Za-z", r"\p{M}": r"\x80", r"\p{N}": "0-9"}
_TOKEN = re.compile(r"\\p\{[LMN]\}|\[(?:\\.|[^\]\\])+\]|\\.|\(\?:|[()|^$]|\{\d+(?:,\d*)?\}|[*+?]|.", re.DOTALL)

_Maker = Callable[[int], tuple[str, int]]
"""The text of a number, and what is left of the number: every choice takes a digit of it."""


def samples(field: Field, count: int, other_than: Iterable[object] = ()) -> list[str]:
    """Up to ``count`` different texts that the catalogue allows for ``field``; always the same ones."""
    if field.enum is not None:
        candidates: Iterable[str] = field.enum
    elif field.format == "date":
        candidates = ((date(2001, 1, 1) + timedelta(number)).isoformat() for number in range(_TRIED))
    elif field.pattern is None:
        candidates = (f"Made up {number}" for number in range(_TRIED))
    else:
        candidates = _matching(field.pattern)
    fits = (text for text in candidates if len(text) <= (field.max_length or len(text)))
    return list(islice(_distinct(fits, set(other_than)), count))


def _distinct(texts: Iterable[str], known: set[object]) -> Iterator[str]:
    """Each of ``texts`` once, as they come, but for those that are known."""
    for text in texts:
        if text not in known:
            known.add(text)
            yield text


def _matching(pattern: str) -> Iterable[str]:
    """Texts that match ``pattern``; none where it is written in a way that we cannot follow."""
    tokens = [_for_python(token) for token in _TOKEN.findall(pattern)]
    try:
        compiled = re.compile("".join(tokens))
        make, rest = _alternatives(tokens)
    except (re.error, ValueError, IndexError):
        return []
    if rest:
        return []
    return (text for number in range(_TRIED) if compiled.fullmatch(text := make(number)[0]))


def _for_python(token: str) -> str:
    """A token without the Unicode classes, which Python lacks."""
    for name, members in _UNICODE_CLASSES.items():
        token = token.replace(name, members if token.startswith("[") else f"[{members}]")
    return token


def _alternatives(tokens: list[str]) -> tuple[_Maker, list[str]]:
    branches = []
    while True:
        branch, tokens = _sequence(tokens)
        branches.append(branch)
        if tokens[:1] != ["|"]:
            return _one_of(branches), tokens
        tokens = tokens[1:]


def _sequence(tokens: list[str]) -> tuple[_Maker, list[str]]:
    parts = []
    while tokens and tokens[0] not in {"|", ")"}:
        grouped = tokens[0] in {"(", "(?:"}
        part, tokens = _piece(tokens)
        least, most = 1, 1
        if tokens and (times := _times(tokens[0])):
            (least, most), tokens = times, tokens[1:]
        parts += [part] * (least if grouped or most <= 1 else max(least, min(most, _USUAL)))
    return _all_of(parts), tokens


def _piece(tokens: list[str]) -> tuple[_Maker, list[str]]:
    token, rest = tokens[0], tokens[1:]
    if token in {"(", "(?:"}:
        inner, rest = _alternatives(rest)
        return inner, rest[1:]
    if token in {"^", "$"}:
        return _all_of([]), rest
    one = re.compile(token)
    characters = [character for character in _CHARACTERS if one.fullmatch(character)]
    return _one_of([_text(character) for character in characters or [token.removeprefix("\\")]]), rest


def _times(token: str) -> tuple[int, int] | None:
    if token in {"*", "+", "?"}:
        return {"*": (0, 99), "+": (1, 99), "?": (0, 1)}[token]
    if not token.startswith("{"):
        return None
    least, comma, most = token[1:-1].partition(",")
    return int(least), int(most or 99) if comma else int(least)


def _text(text: str) -> _Maker:
    return lambda number: (text, number)


def _one_of(makers: list[_Maker]) -> _Maker:
    def make(number: int) -> tuple[str, int]:
        return makers[number % len(makers)](number // len(makers))

    return make


def _all_of(makers: list[_Maker]) -> _Maker:
    def make(number: int) -> tuple[str, int]:
        # The last part takes the first digit, so that neighbours differ at their end.
        texts = []
        for maker in reversed(makers):
            text, number = maker(number)
            texts.append(text)
        return "".join(reversed(texts)), number

    return make
