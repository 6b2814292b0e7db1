"""Number formats of an OpenDocument spreadsheet that show nothing, or in which colour (ODF 1.3 part 3, 16.29)."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from narrowgate.inspection.markup import Attributes
from narrowgate.inspection.ods.names import NAMED_STYLE, NUMBER, STYLE
from narrowgate.inspection.ooxml.styles import CLOSE

_TYPES = ("number", "percentage", "currency", "date", "time", "boolean", "text")
_KINDS = {f"{NUMBER}{kind}-style" for kind in _TYPES}
_TESTS: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    "!=": operator.ne,
}
_CONDITION = re.compile(r"\s*value\(\)\s*(>=|<=|!=|=|<|>)\s*([-+0-9.eE]+)\s*")


Colour = tuple[int, int, int]
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")


def colour_of(told: str) -> Colour | None:
    """The colour ``#rrggbb``; none for ``transparent`` and the like."""
    if not _COLOUR.fullmatch(told):
        return None
    red, green, blue = bytes.fromhex(told[1:])
    return red, green, blue


def alike(one: Colour | None, other: Colour) -> bool:
    """Whether text in one colour cannot be told from a ground in the other."""
    return one is not None and all(abs(a - b) <= CLOSE for a, b in zip(one, other, strict=True))


def kind_of_format(name: str) -> bool:
    """Whether an element declares a format."""
    return name in _KINDS


@dataclass
class Format:
    """One format, and the formats to which it hands some values."""

    shows: bool = False
    colour: Colour | None = None
    is_text: bool = False
    """Whether it is for texts: numbers then show in some other way."""
    cases: list[tuple[Callable[[float], bool], Format]] = field(default_factory=list)

    def for_value(self, value: float | None) -> Format:
        """The one that shows ``value``, or a text where it is none."""
        if value is None:
            return self
        return next((then for test, then in self.cases if test(value)), self)

    def matters(self) -> bool:
        """Whether it may show nothing, or has a colour."""
        return any(not each.shows or each.colour for each in (self, *(then for _, then in self.cases)))


class Formats:
    """The formats of a document."""

    def __init__(self) -> None:
        self._formats: dict[str, Format] = {}
        self._current: Format | None = None
        self._cases: list[tuple[str, str]] = []
        self._name = ""

    def start(self, name: str, attributes: Attributes) -> None:
        """An element of a format begins, or of a map, which is a format's only within one."""
        if name in _KINDS:
            self._name, self._cases = attributes.get(NAMED_STYLE, ""), []
            self._current = Format(is_text=name == NUMBER + "text-style")
        elif self._current is None:
            return
        elif name == STYLE + "map":
            case = attributes.get(STYLE + "condition", ""), attributes.get(STYLE + "apply-style-name", "")
            self._cases.append(case)
        elif name != NUMBER + "text":
            self._current.shows = True

    def text(self, data: str) -> None:
        """Text that a format shows."""
        if self._current and data.strip():
            self._current.shows = True

    def colour(self, colour: str) -> None:
        """The colour in which a format shows values."""
        if self._current:
            self._current.colour = colour_of(colour)

    def close(self) -> None:
        """A format ends. Those to which it hands values were declared before it."""
        if self._current is None:
            return
        for condition, name in self._cases:
            found, then = _CONDITION.fullmatch(condition), self._formats.get(name)
            if found and then:
                self._current.cases.append((_test(found[1], found[2]), then))
        self._formats[self._name] = self._current
        self._current = None

    def that_matters(self, name: str) -> Format | None:
        """The format ``name`` if it may show nothing or has a colour."""
        found = self._formats.get(name)
        return found if found and found.matters() else None


def _test(comparison: str, number: str) -> Callable[[float], bool]:
    try:
        bound = float(number)
    except ValueError:
        return lambda _: False
    holds = _TESTS[comparison]
    return lambda value: holds(value, bound)
