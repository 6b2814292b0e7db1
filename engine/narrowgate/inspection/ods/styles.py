"""What styles of an OpenDocument spreadsheet make of sheets, rows, columns and cells (ODF 1.3 part 3, 16 and 17)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from narrowgate.inspection.markup import Attributes
from narrowgate.inspection.ods.formats import Colour, Format, Formats, alike, colour_of, kind_of_format
from narrowgate.inspection.ods.names import FO, NAMED_STYLE, NUMBER, OFFICE, STYLE, TABLE, TEXT

WHITE: Colour = (255, 255, 255)
_KEPT = {
    FO + "color": "colour",
    STYLE + "use-window-font-color": "automatic",
    TEXT + "display": "text",
    FO + "background-color": "ground",
    STYLE + "cell-protect": "protect",
    STYLE + "row-height": "height",
    STYLE + "use-optimal-row-height": "optimal",
    STYLE + "column-width": "width",
    TABLE + "display": "display",
}
"""Properties that decide whether something is seen."""
_HOLDERS = {
    STYLE + name
    for name in (
        "table-properties",
        "table-row-properties",
        "table-column-properties",
        "table-cell-properties",
        "text-properties",
    )
}
_LENGTH = re.compile(r"([0-9]*\.?[0-9]+)(cm|mm|in|pt|pc|px)?")
_POINTS = {"cm": 72 / 2.54, "mm": 72 / 25.4, "in": 72.0, "pt": 1.0, "pc": 12.0, "px": 0.75, None: 72 / 2.54}
_THIN = 0.75
"""Points below which nothing is seen: less than a pixel."""
_DEEPEST = 64
"""Styles that inherit from one another."""

Key = tuple[str, str]
"""Family and name of a style; the family's defaults have an empty name."""


@dataclass
class _Style:
    parent: str = ""
    properties: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Look:
    """How a cell style shows what stands in its cells."""

    colour: Colour | None
    """Of the text; none where the reader chooses one that can be seen."""
    ground: Colour
    format: Format | None
    locked_away: bool
    """Whether the content is not shown while the sheet is protected."""
    hidden: bool
    """Whether its text is declared as hidden."""

    @property
    def plain(self) -> bool:
        """Whether it shows whatever stands there."""
        return not (self.hidden or self.locked_away or self.format or alike(self.colour, self.ground))


class Styles:
    """The styles of a document, filled from ``styles.xml`` first and then from ``content.xml``.

    ``start``, ``end`` and ``text`` take what ``markup.walk`` tells of their elements.
    """

    def __init__(self) -> None:
        self._named: dict[Key, _Style] = {}
        self._automatic: dict[Key, _Style] = {}
        self._into = self._named
        self._current: _Style | None = None
        self._formats = Formats()
        self._looks: dict[str, Look] = {}

    def start(self, name: str, attributes: Attributes) -> None:
        """An element begins."""
        if name in {STYLE + "style", STYLE + "default-style"}:
            key = attributes.get(STYLE + "family", ""), attributes.get(NAMED_STYLE, "")
            self._current = self._into[key] = _Style(attributes.get(STYLE + "parent-style-name", ""))
            if data := attributes.get(STYLE + "data-style-name"):
                self._current.properties["format"] = data
        elif name in _HOLDERS:
            if self._current:
                kept = {_KEPT[key]: value for key, value in attributes.items() if key in _KEPT}
                self._current.properties.update(kept)
            else:
                self._formats.colour(attributes.get(FO + "color", ""))
        elif name == OFFICE + "automatic-styles":
            self._into = self._automatic
        elif name.startswith(NUMBER) or name == STYLE + "map":
            self._formats.start(name, attributes)

    def end(self, name: str) -> None:
        """An element ends."""
        if name in {STYLE + "style", STYLE + "default-style"}:
            self._current = None
        elif name == OFFICE + "automatic-styles":
            self._into = self._named
        elif kind_of_format(name):
            self._formats.close()

    def text(self, data: str) -> None:
        """Text stands there."""
        self._formats.text(data)

    def forget_automatic(self) -> None:
        """Automatic styles are their part's own."""
        self._automatic.clear()

    def shows_sheet(self, style: str) -> bool:
        """Whether sheets of this style are shown."""
        return self._properties("table", style).get("display") != "false"

    def has_height(self, style: str) -> bool:
        """Whether rows of this style have a height."""
        found = self._properties("table-row", style)
        return found.get("optimal") == "true" or not _is_nothing(found.get("height"))

    def has_width(self, style: str) -> bool:
        """Whether columns of this style have a width."""
        return not _is_nothing(self._properties("table-column", style).get("width"))

    def run(self, style: str) -> tuple[Colour | None, bool]:
        """The colour of a run of text, if it has one of its own, and whether it is hidden."""
        found = self._properties("text", style)
        return _colour_of(found), found.get("text") == "none"

    def look(self, style: str) -> Look:
        """How cells of this style look."""
        look = self._looks.get(style)
        if look is None:
            found = self._properties("table-cell", style)
            look = self._looks[style] = Look(
                colour=_colour_of(found),
                ground=colour_of(found.get("ground", "")) or WHITE,
                format=self._formats.that_matters(found.get("format", "")),
                locked_away="hidden-and-protected" in found.get("protect", ""),
                hidden=found.get("text") == "none",
            )
        return look

    def _properties(self, family: str, name: str) -> dict[str, str]:
        """The properties of a style, with what it inherits."""
        chain: list[_Style] = []
        style = self._automatic.get((family, name)) or self._named.get((family, name or "Default"))
        while style and style not in chain and len(chain) < _DEEPEST:
            chain.append(style)
            above = (family, style.parent)
            style = (self._named.get(above) or self._automatic.get(above)) if style.parent else None
        found = dict(default.properties) if (default := self._named.get((family, ""))) else {}
        for style in reversed(chain):
            if "colour" in style.properties or "automatic" in style.properties:
                found.pop("automatic", None)
            found.update(style.properties)
        return found


def _colour_of(properties: dict[str, str]) -> Colour | None:
    return None if properties.get("automatic") == "true" else colour_of(properties.get("colour", ""))


def _is_nothing(length: str | None) -> bool:
    """Whether ``0.000cm`` is no length."""
    told = _LENGTH.fullmatch(length.strip()) if length else None
    return told is not None and float(told[1]) * _POINTS[told[2]] < _THIN
