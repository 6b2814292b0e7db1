"""What is known of a sheet beside its cells, and the attributes that both readers of rows judge."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from narrowgate.inspection.channels.channel import Channel
from narrowgate.inspection.markup import Attributes, Markup
from narrowgate.inspection.ooxml.grid import (
    MOST_COLUMNS,
    MOST_ROWS,
    PLAIN,
    THIN_ROW,
    Grid,
    Look,
    Span,
)
from narrowgate.inspection.sheets import Area

_REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})\$?(\d{1,7})")
_QUOTED = re.compile(r'"[^"]*"')
_OTHER_FILE = re.compile(r"(?<![\w\]\[@.])\[[^\[\]]+\][^\[\]!\"]*!")
_TRUE = frozenset({"1", "true", "on", "t"})


@dataclass
class StringUse:
    """Which shared strings the cells of all sheets use.

    Args:
        count: how many there are.
    """

    count: int
    pending: set[bytes | None] = field(default_factory=set)
    """As they stand in the file, with nothing for what is no string; ``settle`` takes them up."""

    def __post_init__(self) -> None:
        self._used = bytearray(self.count)

    def use(self, index: bytes) -> None:
        """A cell shows the string with this number.

        Raises:
            ValueError: that is no number.
        """
        if not index.strip().isdigit():
            raise ValueError
        self.mark(int(index))

    def mark(self, index: int) -> None:
        """A cell shows the string with this number."""
        if 0 <= index < self.count:
            self._used[index] = 1

    def settle(self) -> None:
        """Take up what is pending."""
        for index in map(int, filter(None, self.pending)):
            if index < self.count:
                self._used[index] = 1
        self.pending.clear()

    def unused(self) -> int:
        """How many strings no cell shows."""
        return self._used.count(0)

    def is_used(self, index: int) -> bool:
        """Whether a cell shows the string with this number."""
        return index < self.count and bool(self._used[index])


@dataclass
class SheetFacts:
    """What a sheet holds."""

    grid: Grid = field(default_factory=Grid)
    spans: list[Span] = field(default_factory=list)
    narrow_by_default: bool = False
    merged: list[Area] = field(default_factory=list)
    filtered: list[Area] = field(default_factory=list)
    """Ranges of filters at work."""
    counts: Counter[Channel] = field(default_factory=Counter)
    held: Counter[Channel] = field(default_factory=Counter)
    """Of channels that may hold nothing, how much they hold."""
    external_formulas: int = 0
    phonetics: int = 0
    extensions: Counter[str] = field(default_factory=Counter)

    def fill_spans(self) -> None:
        """Take up the columns that nothing is said of, where those have no width."""
        if not self.narrow_by_default:
            return
        begin = 0
        for span in sorted(self.spans):
            if begin < span.first:
                self.spans.append(Span(begin, span.first - 1, hidden=False, narrow=True, level=0))
            begin = max(begin, span.last + 1)
        if begin < MOST_COLUMNS:
            self.spans.append(Span(begin, MOST_COLUMNS - 1, hidden=False, narrow=True, level=0))


def is_true(value: str | None) -> bool:
    """An attribute of type ST_OnOff or xsd:boolean (ECMA-376 §22.9.2.7)."""
    return value is not None and value.strip().lower() in _TRUE


def look_of(attributes: Mapping[str, str]) -> Look:
    """How a row with these attributes looks (§18.3.1.73).

    Raises:
        ValueError: one is no number.
    """
    height = attributes.get("ht")
    look = Look(
        is_true(attributes.get("hidden")),
        height is not None and float(height) < THIN_ROW,
        int(attributes.get("outlineLevel", "0")),
        height is not None or "hidden" in attributes,
    )
    return PLAIN if look == PLAIN else look


def column_number(letters: str) -> int:
    """0 for ``A``."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


def position(reference: str) -> tuple[int, int] | None:
    """Row and column of a reference such as ``B7``."""
    found = _REFERENCE.fullmatch(reference.strip())
    if found is None:
        return None
    row, column = int(found[2]) - 1, column_number(found[1])
    return (row, column) if 0 <= row < MOST_ROWS and column < MOST_COLUMNS else None


def area(reference: str) -> Area | None:
    """The cells of a reference such as ``A1:B7``."""
    first, _, last = reference.strip().partition(":")
    one, other = position(first), position(last or first)
    if one is None or other is None:
        return None
    return Area(min(one[0], other[0]), min(one[1], other[1]), max(one[0], other[0]), max(one[1], other[1]))


def names_other_file(formula: str) -> bool:
    """Whether a formula reads cells of another workbook (§18.17.2.3)."""
    return _OTHER_FILE.search(_QUOTED.sub("", formula.replace("&quot;", '"'))) is not None


def number(attributes: Attributes, name: str, otherwise: float) -> float:
    """An attribute's number.

    Raises:
        Markup: it is none.
    """
    try:
        number = float(attributes.get(name, otherwise))
    except ValueError as error:
        raise Markup("a number in it is none") from error
    if not -1e9 < number < 1e9:
        raise Markup("a number in it is absurd")
    return number
