"""Photoshop's image resources (Adobe Photoshop File Formats), and IPTC-IIM 4.2 data sets in them or elsewhere."""

from __future__ import annotations

import struct

from narrowgate.inspection.channels import picture as channels
from narrowgate.inspection.picture import xmp
from narrowgate.inspection.tally import Tally

_IPTC, _ICC, _XMP = 0x0404, 0x040F, 0x0424
_EXIF = {0x0422, 0x0423}
_THUMBNAILS = {0x0409, 0x040C}
_SIGNATURES = (b"8BIM", b"8BPS", b"MeSa", b"AgHg", b"PHUT", b"DCSR")
_CHARACTER_SET, _RECORD_VERSIONS = (1, 90), {(1, 0), (2, 0)}


def inspect_resources(data: bytes, tally: Tally, wrapped: bool = False) -> list[bytes]:
    """Count image resources, apart from what is known to stand in some of them.

    Args:
        wrapped: whether they stand in a resource themselves, where ImageMagick has put some.

    Returns: the blocks of EXIF among them, uncounted.
    """
    exif: list[bytes] = []
    position = 0
    while position + 12 <= len(data) and data[position : position + 4] in _SIGNATURES:
        (number,) = struct.unpack_from(">H", data, position + 4)
        name = data[position + 6]
        at = position + 6 + (1 + name + 1) // 2 * 2
        if at + 4 > len(data):
            break
        (size,) = struct.unpack_from(">I", data, at)
        if at + 4 + size > len(data):
            break
        content = data[at + 4 : at + 4 + size]
        if number in _EXIF:
            exif.append(content.removeprefix(b"Exif\0\0"))
        elif number == _IPTC and content.startswith(_SIGNATURES) and not wrapped:
            exif += inspect_resources(content, tally, wrapped=True)
        else:
            _count(number, content, tally)
        position = at + 4 + size + size % 2
    rest = data[position:]
    tally.add(channels.PHOTOSHOP_SLACK, len(rest) if rest.strip(b"\0") else 0)
    return exif


def _count(number: int, content: bytes, tally: Tally) -> None:
    if number == _IPTC:
        inspect_datasets(content, tally)
    elif number in _THUMBNAILS:
        tally.add(channels.PHOTOSHOP_THUMBNAIL)
    elif number == _XMP:
        xmp.inspect(content, tally)
    elif number == _ICC:
        tally.add(channels.ICC)
    else:
        tally.add(channels.PHOTOSHOP)


def inspect_datasets(data: bytes, tally: Tally) -> None:
    """Count IPTC data sets that hold something. Which characters they use, and in which version, tells nothing."""
    position, count = 0, 0
    while position + 5 <= len(data) and data[position] == 0x1C:
        record, dataset, size = (
            data[position + 1],
            data[position + 2],
            int.from_bytes(data[position + 3 : position + 5]),
        )
        at = position + 5
        if size & 0x8000:  # an extended data set says how many bytes hold its size
            width = size & 0x7FFF
            if width > 8 or at + width > len(data):
                break
            size, at = int.from_bytes(data[at : at + width]), at + width
        if at + size > len(data):
            break
        harmless = (record, dataset) in _RECORD_VERSIONS or (record, dataset) == _CHARACTER_SET
        count += bool(size) and not harmless
        position = at + size
    tally.add(channels.IPTC, count)
    rest = data[position:]
    tally.add(channels.PHOTOSHOP_SLACK, len(rest) if rest.strip(b"\0") else 0)
