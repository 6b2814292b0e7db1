"""PNG pictures (W3C PNG, third edition): every chunk, and what lies behind the pixels and the picture."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import NamedTuple

from narrowgate.errors import DataError
from narrowgate.inspection.channels import picture as channels
from narrowgate.inspection.interface import Found, Inspector, Subject
from narrowgate.inspection.picture import common, exif, png_pixels, png_text
from narrowgate.inspection.tally import Tally

MAGIC = b"\x89PNG\r\n\x1a\n"
MOST_CHUNKS = 1_000_000
_PIXELS = {b"IHDR": 13, b"PLTE": 768, b"tRNS": 256, b"IDAT": None, b"IEND": 0}
_DISPLAY = {b"gAMA": 4, b"cHRM": 32, b"sRGB": 1, b"sBIT": 4, b"bKGD": 6, b"cICP": 4, b"mDCV": 24, b"cLLI": 8}
"""Chunks that say how colours are meant, and the most bytes they need."""
_SETTINGS = {b"pHYs", b"hIST", b"sPLT", b"oFFs", b"sCAL", b"pCAL", b"sTER", b"gIFg", b"gIFx", b"iDOT", b"vpAg", b"orNT"}
_ANIMATION = {b"acTL", b"fcTL", b"fdAT"}


class Chunk(NamedTuple):
    """One chunk."""

    type: bytes
    data: bytes
    sound: bool
    """Whether its checksum is right."""
    end: int
    """Where the next one begins."""


def _inspect(subject: Subject) -> Found:
    data = common.whole(subject)
    tally = Tally()
    chunks = list(_chunks(data))
    kinds = [chunk.type for chunk in chunks]
    if not kinds or kinds[0] != b"IHDR" or len(chunks[0].data) != 13 or b"IDAT" not in kinds:
        raise DataError("the PNG file shows no picture", "transfer it again")
    tally.add(channels.PNG_CHECKSUM, sum(not chunk.sound for chunk in chunks))
    tally.add(channels.GAP, _misplaced(chunks))
    texts = png_text.Texts(tally)
    for chunk in chunks:
        _count(chunk, texts, tally)
    _count_frames(kinds, tally)
    png_pixels.inspect(chunks[0].data, [chunk.data for chunk in chunks if chunk.type == b"IDAT"], tally)
    if kinds[-1] == b"IEND":
        common.count_trailing(data, chunks[-1].end, tally)
    else:
        tally.add(channels.CUT)
    return Found(tally.findings("the picture"))


def _chunks(data: bytes) -> Iterator[Chunk]:
    """The chunks up to the first IEND, or as far as there are whole ones."""
    position = len(MAGIC)
    for _ in range(MOST_CHUNKS):
        size = int.from_bytes(data[position : position + 4])
        end = position + 12 + size
        if end > len(data):
            return
        kind, content = data[position + 4 : position + 8], data[position + 8 : end - 4]
        yield Chunk(kind, content, zlib.crc32(content, zlib.crc32(kind)) == int.from_bytes(data[end - 4 : end]), end)
        if kind == b"IEND":
            return
        position = end
    raise DataError(f"the PNG file has more than {MOST_CHUNKS:,} chunks", "draw the pixels into a new picture")


def _misplaced(chunks: list[Chunk]) -> int:
    """Bytes in chunks of the pixels that a reader leaves out: a second header or palette, pixels after others."""
    count, seen = 0, set[bytes]()
    before = b""
    for chunk in chunks:
        again = chunk.type in seen and (chunk.type != b"IDAT" or before != b"IDAT")
        count += len(chunk.data) if again and chunk.type in _PIXELS else 0
        seen.add(chunk.type)
        before = chunk.type
    return count


def _count(chunk: Chunk, texts: png_text.Texts, tally: Tally) -> None:
    """What a chunk holds beyond what the pixels need."""
    kind, content = chunk.type, chunk.data
    if kind in _PIXELS:
        most = _PIXELS[kind]
        tally.add(channels.GAP, 0 if most is None else max(0, len(content) - most))
    elif kind in _DISPLAY and len(content) <= _DISPLAY[kind]:
        pass
    elif kind in _SETTINGS:
        tally.add(channels.PNG_SETTINGS)
    elif kind not in _ANIMATION:
        _count_metadata(kind, content, texts, tally)


def _count_metadata(kind: bytes, content: bytes, texts: png_text.Texts, tally: Tally) -> None:
    if kind == b"tEXt":
        texts.plain(content)
    elif kind == b"zTXt":
        texts.compressed(content)
    elif kind == b"iTXt":
        texts.international(content)
    elif kind == b"eXIf":
        exif.inspect(content.removeprefix(b"Exif\0\0"), tally)
    else:
        tally.add(_KINDS.get(kind, channels.PNG_UNKNOWN))


_KINDS = {b"iCCP": channels.ICC, b"tIME": channels.PNG_TIME, b"caBX": channels.C2PA}


def _count_frames(kinds: list[bytes], tally: Tally) -> None:
    """Frames of an animation. The picture itself is one of them where a frame's header stands before its pixels."""
    frames = kinds.count(b"fcTL")
    if frames and kinds.index(b"fcTL") < kinds.index(b"IDAT"):
        frames -= 1
    tally.add(channels.PNG_FRAMES, max(frames, int(b"fdAT" in kinds)))


INSPECTOR = Inspector(recognises=lambda subject: subject.head().startswith(MAGIC), inspect=_inspect)
