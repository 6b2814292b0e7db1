"""Property sets of compound files ([MS-OLEPS] 2.21, [MS-OSHARED] 2.3.3): who, when, and with what."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from narrowgate.inspection.channels import spreadsheet
from narrowgate.inspection.channels.channel import Channel
from narrowgate.inspection.tally import Tally

_MOST = 10_000
_SUMMARY = bytes.fromhex("e0859ff2f94f6810ab9108002b27b3d9")
_DOCUMENT = bytes.fromhex("02d5cdd59c2e1b10939708002b2cf9ae")
_DICTIONARY, _CODE_PAGE, _LOCALE = 0, 1, 0x80000000
_CHANNELS: dict[bytes, dict[int, Channel]] = {
    _SUMMARY: {
        **dict.fromkeys((2, 3, 4, 5, 6, 8), spreadsheet.AUTHORS),
        7: spreadsheet.PATHS,
        17: spreadsheet.THUMBNAIL,
    },
    _DOCUMENT: {
        **dict.fromkeys((2, 14, 15, 26, 27), spreadsheet.AUTHORS),
        13: spreadsheet.SHEET_TITLES,
        20: spreadsheet.EXTERNAL_LINKS,
        21: spreadsheet.EXTERNAL_LINKS,
    },
}
_SILENT = {_DOCUMENT: {12}}
"""How many of the titles of parts are of which kind."""
_TEXT, _WIDE_TEXT, _VECTOR = 0x1E, 0x1F, 0x1000
_FIXED = {2: 2, 3: 4, 4: 4, 5: 8, 7: 8, 10: 4, 11: 2, 18: 2, 19: 4, 20: 8, 21: 8, 64: 8}


class Unreadable(Exception):
    """A stream is no property set that can be followed."""


def property_channels(data: bytes) -> Tally:
    """What the properties say.

    Raises:
        Unreadable: they cannot be followed.
    """
    tally = Tally()
    try:
        for kind, number, value in _properties(data):
            channels = _CHANNELS.get(kind)
            if number in {_DICTIONARY, _CODE_PAGE, _LOCALE} or number in _SILENT.get(kind, ()) or not _holds(value):
                continue
            if channels is None:
                tally.add(spreadsheet.CUSTOM_PROPERTIES)
            else:
                channel = channels.get(number, spreadsheet.PROPERTIES)
                tally.add(channel, _values(value) if channel is spreadsheet.SHEET_TITLES else 1)
    except struct.error as error:
        raise Unreadable from error
    return tally


def _properties(data: bytes) -> Iterator[tuple[bytes, int, bytes]]:
    """Each property: the format of its set, its number, and its typed value with whatever follows."""
    (sets,) = struct.unpack_from("<I", data, 24)
    if sets > _MOST:
        raise Unreadable
    for at in range(28, 28 + sets * 20, 20):
        kind, start = struct.unpack_from("<16sI", data, at)
        _, count = struct.unpack_from("<2I", data, start)
        if count > _MOST:
            raise Unreadable
        for listed in range(start + 8, start + 8 + count * 8, 8):
            number, offset = struct.unpack_from("<2I", data, listed)
            yield kind, number, data[start + offset :][: 1 << 16]


def _holds(value: bytes) -> bool:
    """Whether a typed value is more than nothing ([MS-OLEPS] 2.15)."""
    (kind,) = struct.unpack_from("<I", value)
    if kind in {_TEXT, _WIDE_TEXT}:
        (count,) = struct.unpack_from("<I", value, 4)
        text = value[8 : 8 + count * (2 if kind == _WIDE_TEXT else 1)]
        return bool(text.replace(b"\0", b"").strip())
    if size := _FIXED.get(kind):
        return any(value[4 : 4 + size])
    return _values(value) > 0


def _values(value: bytes) -> int:
    """How many a vector holds; for what is none, whether it is longer than nothing."""
    kind, count = struct.unpack_from("<2I", value)
    return int(count) if kind & _VECTOR else int(count > 0)
