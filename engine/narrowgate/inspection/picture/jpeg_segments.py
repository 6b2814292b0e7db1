"""The segments of a JPEG file (ITU-T T.81 annex B), found without decoding any picture."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from narrowgate.errors import DataError

_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""In coded data: FF 00 is a byte, FF D0 to D7 are restarts, and FF may fill."""
_SOI, _EOI, _SOS, _DHT, _DQT, _DRI, _DAC, _DNL, _COM, _TEM = 0xD8, 0xD9, 0xDA, 0xC4, 0xDB, 0xDD, 0xCC, 0xDC, 0xFE, 0x01
_FRAMES = frozenset(range(0xC0, 0xD0)) - {_DHT, 0xC8, _DAC}
_NO_FILL = re.compile(rb"[^\xff]")
MOST_MARKERS = 200_000
_BARE = frozenset({_TEM, *range(0xD0, 0xD8)})
"""Markers without a segment."""
_STRUCTURE = _FRAMES | {_SOS, _DHT, _DQT, _DRI, _DAC, _DNL}


@dataclass(frozen=True)
class Segment:
    """A marker and what stands in its segment."""

    marker: int
    content: bytes

    @property
    def unknown(self) -> bool:
        """Whether it serves neither the pixels, an application nor a comment."""
        return self.marker not in _STRUCTURE and not 0xE0 <= self.marker <= 0xEF and self.marker != _COM

    @property
    def slack(self) -> int:
        """Bytes at the end of a segment for the pixels that its own counts leave out."""
        return max(0, len(self.content) - _needed(self.marker, self.content))


def _needed(marker: int, content: bytes) -> int:
    """How many bytes a segment's own counts say that it has; all of them where they cannot be followed."""
    if marker in _FRAMES and len(content) >= 6:
        return 6 + 3 * content[5]
    if marker == _SOS and content:
        return 4 + 2 * content[0]
    if marker in {_DRI, _DNL}:
        return 2
    if marker == _DAC:
        return len(content) // 2 * 2
    position = 0
    while marker == _DQT and position < len(content):
        size = 65 if content[position] < 0x10 else 129
        if position + size > len(content):
            return position
        position += size
    while marker == _DHT and position < len(content):
        size = 17 + sum(content[position + 1 : position + 17])
        if position + size > len(content):
            return position
        position += size
    return position or len(content)


@dataclass
class Picture:
    """What a file is made of."""

    segments: list[Segment] = field(default_factory=list)
    frames: int = 0
    scans: int = 0
    starts: int = 0
    """Pictures begun before the first one ended."""
    gaps: int = 0
    """Bytes where a marker must stand."""
    fill: int = 0
    cuts: int = 0
    """Whether it breaks off before its end."""
    end: int = 0
    """Where the first picture ends."""


def read(data: bytes) -> Picture:
    """Follow the markers of ``data`` to the picture's end, or as far as they go.

    Raises:
        DataError: there are absurdly many.
    """
    picture, position = Picture(end=len(data)), 0
    for _ in range(MOST_MARKERS):
        at = data.find(b"\xff", position)
        name = _NO_FILL.search(data, at) if at >= 0 else None
        if name is None:
            picture.cuts = 1
            return picture
        picture.gaps += at - position
        picture.fill += name.start() - at - 1
        position = _step(data, name.start(), picture)
        if position < 0:
            return picture
    raise DataError(f"the JPEG file has more than {MOST_MARKERS:,} segments", "draw the pixels into a new picture")


def _step(data: bytes, name: int, picture: Picture) -> int:
    """Take in the marker whose name stands at ``name``. Returns where the next is looked for, -1 at the end."""
    marker, position = data[name], name + 1
    if marker == _EOI:
        picture.end = position
        return -1
    if marker == _SOI:
        picture.starts += 1
        return position
    if marker == 0:
        picture.gaps += 2
        return position
    if marker in _BARE:
        return position
    size = int.from_bytes(data[position : position + 2])
    if size < 2 or position + size > len(data):
        picture.cuts = 1
        return -1
    picture.segments.append(Segment(marker, data[position + 2 : position + size]))
    picture.frames += marker in _FRAMES
    position += size
    if marker != _SOS:
        return position
    picture.scans += 1
    following = _MARKER.search(data, position)
    return following.start() if following else len(data)
