"""JPEG pictures (ITU-T T.81, JFIF 1.02, EXIF 3.0): every segment, and what lies between and behind them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from narrowgate.errors import DataError
from narrowgate.inspection.channels import picture as channels
from narrowgate.inspection.interface import Found, Inspector, Subject
from narrowgate.inspection.picture import common, exif, iptc, jpeg_segments, xmp
from narrowgate.inspection.picture.jpeg_segments import Picture, Segment
from narrowgate.inspection.tally import Tally

MAGIC = b"\xff\xd8\xff"
_JFIF, _JFXX, _EXIF_MARK, _PHOTOSHOP_MARK = b"JFIF\0", b"JFXX\0", b"Exif\0", b"Photoshop 3.0\0"
_XMP_MARK, _EXTENDED_MARK = b"http://ns.adobe.com/xap/1.0/", b"http://ns.adobe.com/xmp/extension/"
_ICC_MARK, _MPF_MARK, _ADOBE_MARK = b"ICC_PROFILE\0", b"MPF\0", b"Adobe"
_EXTENDED_HEAD = 40
"""Bytes before a piece of extended XMP: digest, size and offset."""


def _inspect(subject: Subject) -> Found:
    data = common.whole(subject)
    picture = jpeg_segments.read(data)
    if not picture.frames or not picture.scans:
        raise DataError("the JPEG file shows no picture", "transfer it again")
    tally = Tally()
    _count_rest(data, picture, tally)
    for segment in picture.segments:
        _count(segment, tally)
    _count_joined(picture.segments, tally)
    return Found(tally.findings("the picture"))


def _count_rest(data: bytes, picture: Picture, tally: Tally) -> None:
    """What lies in no segment."""
    tally.add(channels.GAP, picture.gaps)
    tally.add(channels.JPEG_FILL, picture.fill, 0)
    tally.add(channels.CUT, picture.cuts)
    tally.add(channels.EMBEDDED, picture.starts - 1)
    common.count_trailing(data, picture.end, tally)


def _count(segment: Segment, tally: Tally) -> None:
    """What one segment holds beyond what the pixels need."""
    if segment.marker == 0xFE:
        tally.add(channels.JPEG_COMMENT, int(bool(segment.content.strip(b"\0 "))))
    elif 0xE0 <= segment.marker <= 0xEF:
        _APPLICATIONS.get(segment.marker, _unknown)(segment.content, tally)
    elif segment.unknown:
        tally.add(channels.JPEG_APPLICATION)
    else:
        tally.add(channels.GAP, segment.slack)


def _unknown(content: bytes, tally: Tally) -> None:
    tally.add(channels.JPEG_APPLICATION, int(bool(content.strip(b"\0"))))


def _app0(content: bytes, tally: Tally) -> None:
    """JFIF: its thumbnail, and what follows it. JFXX: a thumbnail in one of three forms."""
    if content.startswith(_JFIF) and len(content) >= 14:
        pixels = 3 * content[12] * content[13]
        tally.add(channels.JPEG_THUMBNAIL, int(bool(pixels)))
        tally.add(channels.GAP, max(0, len(content) - 14 - pixels))
    elif content.startswith(_JFXX):
        tally.add(channels.JPEG_THUMBNAIL, int(len(content) > len(_JFXX)))
    else:
        _unknown(content, tally)


def _app1(content: bytes, tally: Tally) -> None:
    if content.startswith(_EXIF_MARK):
        exif.inspect(content[6:], tally)
    elif content.startswith(_XMP_MARK):
        xmp.inspect(content[len(_XMP_MARK) + 1 :], tally)
    elif content.startswith(_EXTENDED_MARK):
        tally.add(channels.XMP_EXTENDED, max(0, len(content) - len(_EXTENDED_MARK) - 1 - _EXTENDED_HEAD))
    else:
        _unknown(content, tally)


def _app2(content: bytes, tally: Tally) -> None:
    """Multi-picture format (CIPA DC-007): an index of pictures of which this one is the first."""
    if content.startswith(_MPF_MARK):
        tiff = exif.Tiff(content.removeprefix(_MPF_MARK))
        read = tiff.directory(tiff.first) if tiff.sound else None
        pictures = [number for tag in (read[0] if read else []) if tag.number == 0xB001 for number in tiff.numbers(tag)]
        tally.add(channels.OTHER_PICTURES, max(0, sum(pictures[:1]) - 1))
    elif not content.startswith(_ICC_MARK):
        _unknown(content, tally)


def _app11(content: bytes, tally: Tally) -> None:
    """JUMBF (ISO 19566-5) in JPEG XT boxes, ``JP``, as C2PA uses it."""
    if content.startswith(b"JP"):
        tally.add(channels.C2PA)
    else:
        _unknown(content, tally)


def _app12(content: bytes, tally: Tally) -> None:
    """``Ducky``: Photoshop's quality setting and comments. Else notes of cameras as text."""
    tally.add(channels.JPEG_TEXTS, int(bool(content.strip(b"\0 "))))


def _app13(content: bytes, tally: Tally) -> None:
    if not content.startswith(_PHOTOSHOP_MARK):
        _unknown(content, tally)


def _app14(content: bytes, tally: Tally) -> None:
    """Adobe's: 12 bytes that say how colours are coded."""
    if content.startswith(_ADOBE_MARK):
        tally.add(channels.GAP, max(0, len(content) - 12))
    else:
        _unknown(content, tally)


_APPLICATIONS: dict[int, Callable[[bytes, Tally], None]] = {
    0xE0: _app0,
    0xE1: _app1,
    0xE2: _app2,
    0xEB: _app11,
    0xEC: _app12,
    0xED: _app13,
    0xEE: _app14,
}


def _count_joined(segments: list[Segment], tally: Tally) -> None:
    """What several segments hold together: Photoshop's resources, and colour profiles in numbered pieces."""
    resources = [each.content for each in segments if each.marker == 0xED and each.content.startswith(_PHOTOSHOP_MARK)]
    joined = b"".join(each.removeprefix(_PHOTOSHOP_MARK) for each in resources)
    for block in iptc.inspect_resources(joined, tally):
        exif.inspect(block, tally)
    profiles = [each.content for each in segments if each.marker == 0xE2 and each.content.startswith(_ICC_MARK)]
    pieces = Counter(each[len(_ICC_MARK) : len(_ICC_MARK) + 1] for each in profiles)
    tally.add(channels.ICC, max(pieces.values(), default=0))


INSPECTOR = Inspector(recognises=lambda subject: subject.head().startswith(MAGIC), inspect=_inspect)
