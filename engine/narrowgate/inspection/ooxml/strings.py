"""Shared strings (ECMA-376 part 1 §18.4): how many there are, and which no cell shows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from narrowgate.inspection.markup import Attributes, Markup, local, unsound, walk
from narrowgate.inspection.ooxml.facts import StringUse
from narrowgate.inspection.ooxml.raw import count_tags

MOST_STRINGS = 1 << 27


@dataclass(frozen=True)
class StringTable:
    """How many strings there are, and how many readings of them."""

    count: int = 0
    phonetics: int = 0


def read_strings(blocks: Callable[[], Iterable[bytes]], where: str) -> StringTable:
    """The shared strings, counted.

    Args:
        blocks: begins to read the part anew each time.

    Raises:
        DataError: the part is not sound.
    """
    counts = count_tags(blocks, "sst", ("si", "rPh"), where)
    return StringTable(counts["si"], counts["rPh"])


def unused_texts(blocks: Iterable[bytes], use: StringUse, where: str) -> int:
    """How many shared strings hold a text and are shown by no cell.

    Raises:
        DataError: the part is not sound.
    """
    found, at, inside, holds = 0, -1, False, False

    def start(element: str, _: Attributes) -> None:
        nonlocal at, inside, holds
        name = local(element)
        if name == "si":
            at, holds = at + 1, False
        inside = name == "t"

    def text(text: str) -> None:
        nonlocal holds
        holds = holds or (inside and bool(text))

    def end(element: str) -> None:
        nonlocal found, inside
        inside = False
        if local(element) == "si" and holds and not use.is_used(at):
            found += 1

    try:
        walk(blocks, start, end, text)
    except Markup as error:
        raise unsound(where, error) from error
    return found
