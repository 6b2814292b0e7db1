"""Texts in PNG pictures: plain, compressed, international, and the metadata of other kinds that hide in them."""

from __future__ import annotations

import re
import zlib

from narrowgate.errors import DataError
from narrowgate.inspection.channels import picture as channels
from narrowgate.inspection.picture import exif, iptc, xmp
from narrowgate.inspection.tally import Tally

MOST_UNPACKED = 256 << 20
"""Bytes that all texts of a picture together may unpack to."""
_XMP = b"XML:com.adobe.xmp"
_RAW = b"Raw profile type "
_PROFILE = re.compile(rb"\s*[\w-]+\s+\d+\s")
"""How ImageMagick begins a profile that it writes in hexadecimal digits: its name and size."""


class Texts:
    """Counts the texts of one picture."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._left = MOST_UNPACKED

    def plain(self, content: bytes) -> None:
        """Count a ``tEXt`` chunk."""
        keyword, _, text = content.partition(b"\0")
        self._count(keyword, text)

    def compressed(self, content: bytes) -> None:
        """Count a ``zTXt`` chunk."""
        keyword, _, rest = content.partition(b"\0")
        self._count(keyword, self._unpacked(rest[1:]))

    def international(self, content: bytes) -> None:
        """Count an ``iTXt`` chunk."""
        keyword, _, rest = content.partition(b"\0")
        packed = rest[:1] == b"\1"
        _language, _, rest = rest[2:].partition(b"\0")
        _translated, _, text = rest.partition(b"\0")
        self._count(keyword, self._unpacked(text) if packed else text)

    def _unpacked(self, packed: bytes) -> bytes:
        """The text, or what is packed where it cannot be unpacked."""
        try:
            text = zlib.decompressobj().decompress(packed, self._left + 1)
        except zlib.error:
            return packed
        self._left -= len(text)
        if self._left < 0:
            raise DataError("the picture's texts unpack to absurdly much", "draw the pixels into a new picture")
        return text

    def _count(self, keyword: bytes, text: bytes) -> None:
        if keyword == _XMP:
            xmp.inspect(text, self._tally)
        elif keyword.startswith(_RAW):
            _raw(keyword.removeprefix(_RAW).lower(), text, self._tally)
        else:
            self._tally.add(channels.PNG_TEXT, 1, int(bool(text.strip(b"\0 "))))


def _raw(kind: bytes, text: bytes, tally: Tally) -> None:
    """Count a profile of another kind, as ImageMagick and ExifTool keep them."""
    head = _PROFILE.match(text)
    try:
        profile = bytes.fromhex(text[head.end() :].decode("ascii")) if head else b""
    except ValueError:
        profile = b""
    if kind == b"xmp" or profile.startswith(b"http://ns.adobe.com/xap/1.0/"):
        xmp.inspect(profile.removeprefix(b"http://ns.adobe.com/xap/1.0/\0"), tally)
    elif profile.startswith((b"Exif\0\0", b"II*\0", b"MM\0*")):
        exif.inspect(profile.removeprefix(b"Exif\0\0"), tally)
    elif kind in {b"iptc", b"8bim"} and profile:
        profile = profile.removeprefix(b"Photoshop 3.0\0")
        if profile.startswith(b"8BIM"):
            for block in iptc.inspect_resources(profile, tally):
                exif.inspect(block, tally)
        else:
            iptc.inspect_datasets(profile, tally)
    elif kind in {b"icc", b"icm"}:
        tally.add(channels.ICC)
    else:
        tally.add(channels.PNG_TEXT, 1, int(bool(text.strip(b"\0 "))))
