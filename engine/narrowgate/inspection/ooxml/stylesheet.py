"""The styles and theme of a workbook in XML (ECMA-376 part 1 §18.8 and §20.1.6), as far as cells may be unreadable."""

from __future__ import annotations

from collections.abc import Iterable

from narrowgate.inspection.markup import Attributes, Markup, local, unsound, walk
from narrowgate.inspection.ooxml.styles import PALETTE, THEME, Colours, Fill, Styles, Tone, concealing

MOST_FORMATS = 1 << 17
"""Excel allows 65,490 cell formats."""
_ORDER = "lt1 dk1 lt2 dk2 accent1 accent2 accent3 accent4 accent5 accent6 hlink folHlink".split()


def read_theme(blocks: Iterable[bytes], where: str) -> tuple[str, ...]:
    """The theme's colours, in the order in which cells number them (§20.1.6.2).

    Raises:
        DataError: it is not sound.
    """
    found: dict[str, str] = {}
    path: list[str] = []

    def start(element: str, attributes: Attributes) -> None:
        path.append(local(element))
        if len(path) > 2 and path[-3] == "clrScheme" and path[-2] in _ORDER:
            found.setdefault(path[-2], attributes.get("lastClr") or attributes.get("val", ""))

    def end(_: str) -> None:
        path.pop()

    try:
        walk(blocks, start, end)
    except Markup as error:
        raise unsound(where, error) from error
    return tuple(found.get(name, "") for name in _ORDER) if found else THEME


class _StyleParser:
    def __init__(self) -> None:
        self.codes: dict[int, str] = {}
        self.fonts: list[Tone | None] = []
        self.fills: list[Fill] = []
        self.formats: list[tuple[int, int, int]] = []
        self.palette: list[str] = []
        self._path: list[str] = []

    def start(self, element: str, attributes: Attributes) -> None:
        name, path = local(element), self._path
        path.append(name)
        if len(path) < 3 or max(len(self.fonts), len(self.fills), len(self.formats), len(self.codes)) > MOST_FORMATS:
            if len(path) > 2:
                raise Markup("it has too many formats")
            return
        if path[1:] == ["numFmts", "numFmt"]:
            self.codes[_whole(attributes, "numFmtId")] = attributes.get("formatCode", "")
        elif path[1:] == ["fonts", "font"]:
            self.fonts.append(None)
        elif path[1:] == ["fonts", "font", "color"]:
            self.fonts[-1] = _tone(attributes)
        elif path[1] == "fills":
            self._fill(path[2:], attributes)
        elif path[1:] == ["cellXfs", "xf"]:
            self.formats.append(
                (_whole(attributes, "numFmtId"), _whole(attributes, "fontId"), _whole(attributes, "fillId"))
            )
        elif path[1:] == ["colors", "indexedColors", "rgbColor"] and len(self.palette) < len(PALETTE):
            self.palette.append(attributes.get("rgb", "")[-6:])

    def _fill(self, path: list[str], attributes: Attributes) -> None:
        if path == ["fill"]:
            self.fills.append(Fill())
        elif path == ["fill", "patternFill"]:
            self.fills[-1] = Fill(attributes.get("patternType", "none"))
        elif path == ["fill", "gradientFill"]:
            self.fills[-1] = Fill("gradient", Tone("?"), Tone("?"))
        elif path == ["fill", "patternFill", "fgColor"]:
            self.fills[-1] = Fill(self.fills[-1].pattern, _tone(attributes), self.fills[-1].back)
        elif path == ["fill", "patternFill", "bgColor"]:
            self.fills[-1] = Fill(self.fills[-1].pattern, self.fills[-1].fore, _tone(attributes))

    def end(self, _: str) -> None:
        self._path.pop()


def read_styles(blocks: Iterable[bytes], theme: tuple[str, ...], where: str) -> Styles:
    """The cell formats in which something may not be seen.

    Raises:
        DataError: the part is not sound.
    """
    parser = _StyleParser()
    try:
        walk(blocks, parser.start, parser.end)
    except Markup as error:
        raise unsound(where, error) from error
    palette = tuple(parser.palette) + PALETTE[len(parser.palette) :]
    return concealing(parser.formats, parser.codes, parser.fonts, parser.fills, Colours(theme, palette))


def _tone(attributes: Attributes) -> Tone | None:
    if "rgb" not in attributes and "theme" not in attributes and "indexed" not in attributes:
        return None
    return Tone(
        attributes.get("rgb", ""),
        _whole(attributes, "theme") if "theme" in attributes else None,
        _whole(attributes, "indexed") if "indexed" in attributes else None,
        _fraction(attributes.get("tint", "0")),
    )


def _whole(attributes: Attributes, name: str) -> int:
    """An attribute's number, 0 where there is none.

    Raises:
        Markup: it is no number.
    """
    try:
        return int(attributes.get(name, "0"))
    except ValueError as error:
        raise Markup("a number in it is none") from error


def _fraction(value: str) -> float:
    try:
        return float(value)
    except ValueError as error:
        raise Markup("a number in it is none") from error
