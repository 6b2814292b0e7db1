"""The cell formats of a workbook in binary records (MS-XLSB 2.1.7.50), as far as cells may be unreadable."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from narrowgate.errors import DataError
from narrowgate.inspection.ooxml.styles import PALETTE, Colours, Fill, Styles, Tone, concealing
from narrowgate.inspection.xlsb.records import Fields, records

MOST_FORMATS = 1 << 17


@dataclass
class _StyleSheet:
    codes: dict[int, str] = field(default_factory=dict)
    fonts: list[Tone | None] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)
    formats: list[tuple[int, int, int]] = field(default_factory=list)
    palette: list[str] = field(default_factory=list)


_BEGIN_FONTS, _END_FONTS, _BEGIN_FILLS, _END_FILLS, _BEGIN_XFS, _END_XFS = 611, 612, 603, 604, 617, 618
_FMT, _FONT, _FILL, _XF, _INDEXED = 44, 43, 45, 47, 475
_SECTIONS = {_BEGIN_FONTS: _FONT, _BEGIN_FILLS: _FILL, _BEGIN_XFS: _XF}
_PATTERNS = {0: "none", 1: "solid"}


def read_styles(blocks: Iterable[bytes], theme: tuple[str, ...], where: str) -> Styles:
    """The cell formats in which something may not be seen.

    Raises:
        DataError: the part is not sound.
    """
    sheet, section = _StyleSheet(), 0
    for kind, data in records(blocks, where):
        if kind in _SECTIONS:
            section = _SECTIONS[kind]
        elif kind in {_END_FONTS, _END_FILLS, _END_XFS}:
            section = 0
        elif kind in {_FMT, _INDEXED} or kind == section:
            _style(sheet, kind, Fields(data, where))
        if len(sheet.fonts) + len(sheet.fills) + len(sheet.formats) + len(sheet.codes) > MOST_FORMATS:
            raise DataError(f"{where}: it has too many formats", "save it anew")
    palette = tuple(sheet.palette[: len(PALETTE)]) + PALETTE[len(sheet.palette) :]
    return concealing(sheet.formats, sheet.codes, sheet.fonts, sheet.fills, Colours(theme, palette))


def _style(sheet: _StyleSheet, kind: int, fields: Fields) -> None:
    if kind == _FMT:
        number = fields.number(2)
        sheet.codes[number] = fields.text()
    elif kind == _FONT:
        sheet.fonts.append(_tone(fields.skip(12)))
    elif kind == _FILL:
        pattern = _PATTERNS.get(fields.number(4), "other")
        sheet.fills.append(Fill(pattern, _tone(fields), _tone(fields)))
    elif kind == _XF:
        sheet.formats.append((fields.skip(2).number(2), fields.number(2), fields.number(2)))
    elif len(sheet.palette) < len(PALETTE):
        sheet.palette.append(fields.bytes(3).hex())


def _tone(fields: Fields) -> Tone | None:
    """BrtColor (2.4.325)."""
    kind, index = fields.number(1) >> 1, fields.number(1)
    tint = int.from_bytes(fields.bytes(2), "little", signed=True) / 32767
    rgb = fields.bytes(4)[:3].hex()
    if kind == 1:
        return Tone(indexed=index)
    if kind == 2:
        return Tone(rgb=rgb, tint=tint)
    return Tone(theme=index, tint=tint) if kind == 3 else None
