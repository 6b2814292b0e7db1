"""Formats in which a cell shows nothing: its ground's colour, or a number format that is empty (ECMA-376 §18.8)."""

from __future__ import annotations

import colorsys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Colour = tuple[int, int, int]
WHITE: Colour = (255, 255, 255)
BLACK: Colour = (0, 0, 0)
CLOSE = 8
"""Steps of 255 by which two colours may differ and look alike."""
_EGA = "000000 ffffff ff0000 00ff00 0000ff ffff00 ff00ff 00ffff"
_REST = """
800000 008000 000080 808000 800080 008080 c0c0c0 808080 9999ff 993366 ffffcc ccffff 660066 ff8080
0066cc ccccff 000080 ff00ff ffff00 00ffff 800080 800000 008080 0000ff 00ccff ccffff ccffcc ffff99 99ccff
ff99cc cc99ff ffcc99 3366ff 33cccc 99cc00 ffcc00 ff9900 ff6600
666699 969696 003366 339966 003300 333300 993300 993366 333399 333333"""
PALETTE = tuple(f"{_EGA} {_EGA} {_REST}".split())
"""Indexed colours (§18.8.27)."""
THEME = tuple("ffffff 000000 e7e6e6 44546a 4472c4 ed7d31 a5a5a5 ffc000 5b9bd5 70ad47 0563c1 954f72".split())
"""Theme colours where there is no theme, in the order in which cells number them: light before dark."""


@dataclass(frozen=True)
class Tone:
    """A colour as a style says it."""

    rgb: str = ""
    theme: int | None = None
    indexed: int | None = None
    tint: float = 0.0


@dataclass(frozen=True)
class Fill:
    """The ground of a cell."""

    pattern: str = "none"
    fore: Tone | None = None
    back: Tone | None = None


@dataclass(frozen=True)
class Colours:
    """What a workbook's colours mean."""

    theme: Sequence[str] = THEME
    palette: Sequence[str] = PALETTE

    def rgb(self, tone: Tone | None, automatic: Colour) -> Colour | None:
        """The colour itself; ``automatic`` for none, None for one that cannot be told."""
        if tone is None:
            return automatic
        if tone.theme is not None:
            found = self.theme[tone.theme] if 0 <= tone.theme < len(self.theme) else ""
        elif tone.indexed is not None:
            if tone.indexed in {64, 65}:
                return BLACK if tone.indexed == 64 else WHITE
            found = self.palette[tone.indexed] if 0 <= tone.indexed < len(self.palette) else ""
        else:
            found = tone.rgb[-6:] or bytes(automatic).hex()
        try:
            red, green, blue = bytes.fromhex(found)
        except ValueError:
            return None
        return _tinted((red, green, blue), tone.tint)

    def alike(self, font: Tone | None, fill: Fill) -> bool:
        """Whether text in such a font cannot be told from such a ground."""
        ink = self.rgb(font, BLACK)
        if fill.pattern == "none":
            grounds: list[Colour | None] = [WHITE]
        elif fill.pattern == "solid":
            grounds = [self.rgb(fill.fore, BLACK)]
        else:
            grounds = [self.rgb(fill.fore, BLACK), self.rgb(fill.back, WHITE)]
        return ink is not None and all(ground is not None and _close(ink, ground) for ground in grounds)


def _tinted(colour: Colour, tint: float) -> Colour:
    """``colour`` made lighter or darker (§18.8.19)."""
    if not tint:
        return colour
    hue, light, saturation = colorsys.rgb_to_hls(*(part / 255 for part in colour))
    tint = max(-1.0, min(1.0, tint))
    light = light * (1 + tint) if tint < 0 else light + (1 - light) * tint
    red, green, blue = (round(part * 255) for part in colorsys.hls_to_rgb(hue, light, saturation))
    return red, green, blue


def _close(one: Colour, other: Colour) -> bool:
    return all(abs(a - b) <= CLOSE for a, b in zip(one, other, strict=True))


@dataclass(frozen=True)
class Silence:
    """What a number format does not show."""

    positive: bool = False
    negative: bool = False
    zero: bool = False
    text: bool = False

    def __bool__(self) -> bool:
        return self.positive or self.negative or self.zero or self.text


def silence(code: str) -> Silence:
    """What a number format does not show (§18.8.31)."""
    sections, conditional = _sections(code)
    empty = [not section for section in sections]
    if len(sections) == 1:
        return Silence(positive=empty[0] and bool(code), zero=empty[0] and bool(code))
    if conditional and not all(empty):
        return Silence()
    zero = empty[2] if len(empty) > 2 else empty[0]
    return Silence(empty[0], empty[1], zero, len(empty) > 3 and empty[3])


def _sections(code: str) -> tuple[list[str], bool]:
    """What is seen of each section, and whether one has a condition."""
    sections, conditional, position = [""], False, 0
    while position < len(code):
        sign = code[position]
        end = position + 1
        if sign == ";":
            sections.append("")
        elif sign == '"':
            end = code.find('"', end) + 1 or len(code)
            sections[-1] += code[position:end].strip('" ')
        elif sign == "[":
            end = code.find("]", end) + 1 or len(code)
            inside = code[position + 1 : end - 1]
            conditional = conditional or inside[:1] in {"<", ">", "="}
            sections[-1] += inside if inside[:1] == "$" or not inside.strip("hHmMsS") else ""
        elif sign in "\\_*":
            end = position + 2
            sections[-1] += "" if sign == "_" else code[position + 1 : end].strip()
        else:
            sections[-1] += sign.strip()
        position = end
    return sections, conditional


TEXTS = frozenset({"s", "str", "inlineStr"})


@dataclass(frozen=True)
class Styles:
    """The cell formats in which something may not be seen, by their number."""

    same_colour: frozenset[int] = frozenset()
    silent: Mapping[int, Silence] | None = None

    @property
    def suspicious(self) -> frozenset[int]:
        """Formats of which ``hides`` may be true."""
        return self.same_colour | frozenset(self.silent or ())

    def hides(self, style: int, kind: str, value: str) -> bool:
        """Whether a cell shows nothing of its value.

        Args:
            kind: the cell's type (§18.18.11), ``s``, ``n``.
            value: as it stands in the file.
        """
        if style in self.same_colour:
            return True
        silent = (self.silent or {}).get(style)
        if silent is None or kind == "e":
            return False
        if kind in TEXTS:
            return silent.text
        if kind != "n":
            return silent.positive and silent.negative and silent.zero and silent.text
        return _number_hidden(silent, value)


def _number_hidden(silent: Silence, value: str) -> bool:
    try:
        number = float(value)
    except ValueError:
        return silent.positive and silent.negative and silent.zero
    if number == 0:
        return silent.zero
    return silent.positive if number > 0 else silent.negative


def concealing(
    formats: Sequence[tuple[int, int, int]],
    codes: Mapping[int, str],
    fonts: Sequence[Tone | None],
    fills: Sequence[Fill],
    colours: Colours,
) -> Styles:
    """The cell formats in which something may not be seen.

    Args:
        formats: of cells, each with the numbers of its number format, font and fill.
        codes: number formats by their number.
    """
    quiet = {number: silence(code) for number, code in codes.items()}
    pairs = {(font, fill) for _, font, fill in formats if 0 <= font < len(fonts) and 0 <= fill < len(fills)}
    alike = {(font, fill) for font, fill in pairs if colours.alike(fonts[font], fills[fill])}
    same = frozenset(at for at, (_, font, fill) in enumerate(formats) if (font, fill) in alike)
    silent = {at: quiet[code] for at, (code, _, _) in enumerate(formats) if quiet.get(code)}
    return Styles(same, silent)
