"""Cell formats of BIFF8 in which something may not be seen ([MS-XLS] 2.4.353, 2.4.122, 2.4.126, 2.4.155, 2.4.188)."""

from __future__ import annotations

import struct

from narrowgate.inspection.ooxml.styles import PALETTE, Colours, Fill, Styles, Tone, concealing
from narrowgate.inspection.xls.records import Record, text_at

_AUTOMATIC = 0x7FFF
_PATTERNS = {0: "none", 1: "solid"}
_RGB, _THEME = 2, 3
_FORE, _BACK, _TEXT = 4, 5, 13
_TINT = 32767


class StyleReader:
    """Gathers fonts, formats and colours as they come in."""

    def __init__(self) -> None:
        self._fonts: list[Tone | None] = []
        self._codes: dict[int, str] = {}
        self._formats: list[tuple[int, int, Fill]] = []
        self._palette = list(PALETTE)
        self._extended: dict[int, dict[int, Tone]] = {}

    def font(self, record: Record) -> None:
        """A font."""
        colour = record.number(4)
        self._fonts.append(None if colour == _AUTOMATIC else Tone(indexed=colour))

    def code(self, record: Record) -> None:
        """A number format. Some programs give it a length beyond its end."""
        width = 2 if record.number(4, 1) & 1 else 1
        count = min(record.number(2), (len(record.data) - 5) // width)
        self._codes[record.number(0)] = text_at(record.data, 4, count)[0]

    def palette(self, record: Record) -> None:
        """Colours of the workbook's own, from number 8 on."""
        for number in range(min(record.number(0), len(self._palette) - 8)):
            colour = record.number(2 + number * 4, 4)
            self._palette[8 + number] = struct.pack("<I", colour)[:3].hex()

    def format(self, record: Record) -> None:
        """A cell format."""
        font, pattern, ground = record.number(0), record.number(14, 4) >> 26, record.number(18)
        fill = Fill(_PATTERNS.get(pattern, "other"), Tone(indexed=ground & 0x7F), Tone(indexed=ground >> 7 & 0x7F))
        self._formats.append((record.number(2), font - (font > 4), fill))

    def extension(self, record: Record) -> None:
        """Colours that a cell format has in newer programs ([MS-XLS] 2.4.355)."""
        tones = self._extended.setdefault(record.number(14), {})
        at = 20
        for _ in range(record.number(18)):
            kind, size = record.number(at), record.number(at + 2)
            if kind in {_FORE, _BACK, _TEXT} and size >= 12 and (tone := _tone(record, at + 4)):
                tones[kind] = tone
            at += max(4, size)

    def styles(self) -> Styles:
        """The formats in which something may not be seen."""
        fonts = list(self._fonts)
        fills: list[Fill] = []
        formats: list[tuple[int, int, int]] = []
        for number, (code, font, fill) in enumerate(self._formats):
            own = self._extended.get(number, {})
            if _TEXT in own:
                font = len(fonts)
                fonts.append(own[_TEXT])
            formats.append((code, font, len(fills)))
            fills.append(Fill(fill.pattern, own.get(_FORE, fill.fore), own.get(_BACK, fill.back)))
        return concealing(formats, self._codes, fonts, fills, Colours(palette=tuple(self._palette)))


def _tone(record: Record, at: int) -> Tone | None:
    """A colour ([MS-XLS] 2.5.155)."""
    kind, tint, value = record.number(at), record.number(at + 2), record.number(at + 4, 4)
    if tint > _TINT:
        tint -= 0x10000
    if kind == _RGB:
        return Tone(rgb=struct.pack("<I", value)[:3].hex(), tint=tint / _TINT)
    return Tone(theme=value, tint=tint / _TINT) if kind == _THEME else None
