"""EXIF (CIPA DC-008, EXIF 3.0) in its TIFF 6.0 structure: which tags there are, and what no tag owns."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from narrowgate.errors import DataError
from narrowgate.inspection.channels import picture as channels
from narrowgate.inspection.picture import exif_tags as tags
from narrowgate.inspection.picture import iptc, xmp
from narrowgate.inspection.picture.exif_tags import Directory
from narrowgate.inspection.spans import unowned
from narrowgate.inspection.tally import Tally

MOST_TAGS = 6_000
MOST_DIRECTORIES = 64
DEEPEST = 3
"""Blocks of EXIF within Photoshop's resources within EXIF."""
MOST_COPIES = 8
"""Times the block's size that all tags together may claim."""
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 129: 1}
"""Bytes of a value by its type; 129 is UTF-8, new in EXIF 3.0."""
_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}


class Tag(NamedTuple):
    """One entry of a directory."""

    number: int
    type: int
    data: bytes
    """As far as it lies within the block."""
    at: int
    """Where its data stand."""


class Tiff:
    """A TIFF structure: directories of tags.

    Args:
        data: the whole of it, byte order mark included.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._order = _ORDERS.get(data[:4], "")
        self.owned: list[tuple[int, int]] = [(0, 8)]
        """Stretches of bytes that belong to something: start and end."""
        self._seen: set[int] = set()
        self._tags = 0
        self._claimed = 0

    @property
    def sound(self) -> bool:
        """Whether it begins as a TIFF structure does."""
        return bool(self._order) and len(self._data) >= 8

    @property
    def first(self) -> int:
        """Where its first directory stands."""
        return self._long(4)

    def directory(self, at: int) -> tuple[list[Tag], int] | None:
        """The tags of the directory at ``at``, and where the next one stands, 0 for nowhere.

        None where there is none, it was read before, or there are absurdly many.
        """
        if at in self._seen or at < 8 or at + 2 > len(self._data) or len(self._seen) >= MOST_DIRECTORIES:
            return None
        self._seen.add(at)
        (count,) = struct.unpack_from(f"{self._order}H", self._data, at)
        end = at + 2 + 12 * count
        if not count or end > len(self._data) or self._tags + count > MOST_TAGS:
            return None
        self._tags += count
        following = self._long(end) if end + 4 <= len(self._data) else 0
        self.owned.append((at, end + 4))
        return [self._tag(position) for position in range(at + 2, end, 12)], following

    def numbers(self, tag: Tag) -> list[int]:
        """The whole numbers that ``tag`` holds; none where it holds others."""
        form = {1: "B", 3: "H", 4: "I", 13: "I"}.get(tag.type)
        if form is None:
            return []
        count = len(tag.data) // _SIZES[tag.type]
        return list(struct.unpack_from(f"{self._order}{count}{form}", tag.data))

    def _tag(self, position: int) -> Tag:
        number, kind, count = struct.unpack_from(f"{self._order}HHI", self._data, position)
        size = _SIZES.get(kind, 0) * count
        at = position + 8 if size <= 4 else self._long(position + 8)
        data = self._data[at : at + size]
        self._claimed += len(data)
        if self._claimed > max(MOST_COPIES * len(self._data), 1 << 16):
            raise DataError("the tags of the picture's EXIF lie upon one another", "draw the pixels into a new picture")
        self.owned.append((at, at + len(data)))
        return Tag(number, kind, data, at)

    def _long(self, at: int) -> int:
        value: int = struct.unpack_from(f"{self._order}I", self._data, at)[0]
        return value


def inspect(data: bytes, tally: Tally, depth: int = 0) -> None:
    """Count what a block of EXIF holds.

    Args:
        data: from the byte order mark on.
        depth: how many other blocks it lies in.

    Raises:
        DataError: its tags lie upon one another, so that it would take forever.
    """
    if not data.strip(b"\0"):
        return
    tiff = Tiff(data)
    if not tiff.sound or depth > DEEPEST:
        tally.add(channels.EXIF_BROKEN, len(data))
        return
    read = 0
    for directory, found in _directories(tiff):
        read += 1
        for tag in found:
            _count(directory, tag, tally)
        _count_blocks(directory, found, tally, depth)
        _count_gps(directory, found, tally)
        _count_picture(tiff, directory, found, len(data), tally)
    if not read:
        tally.add(channels.EXIF_BROKEN, len(data))
        return
    gaps = unowned(tiff.owned, len(data))
    # A stretch of one and the same byte, such as cameras fill up with, holds nothing.
    tally.add(channels.EXIF_SLACK, sum(end - start for start, end in gaps if len(set(data[start:end])) > 1))


def _directories(tiff: Tiff) -> Iterator[tuple[Directory, list[Tag]]]:
    """Every directory, in the order in which they refer to one another."""
    pending: list[tuple[Directory, int]] = [("main", tiff.first)]
    while pending:
        kind, at = pending.pop(0)
        read = tiff.directory(at)
        if read is None:
            continue
        found, following = read
        yield kind, found
        if following and kind in {"main", "thumbnail"}:
            pending.append(("thumbnail", following))
        for tag in found:
            if kind != "gps" and tag.number in tags.POINTERS and len(pending) < MOST_DIRECTORIES:
                pending += [(tags.POINTERS[tag.number], target) for target in tiff.numbers(tag)[:MOST_DIRECTORIES]]


def _count(directory: Directory, tag: Tag, tally: Tally) -> None:
    """Count one tag, where it tells anything."""
    if directory in {"gps", "thumbnail"} or tag.number in tags.UNTOLD:
        return
    if directory == "interoperability":
        tally.add(channels.EXIF)
    elif tag.number == tags.MAKER_NOTE:
        tally.add(channels.EXIF_MAKER_NOTE, int(bool(tag.data.strip(b"\0"))))
    else:
        channel = tags.GROUPS.get(tag.number)
        text = tag.data[8:] if tag.number == tags.USER_COMMENT else tag.data
        if channel is None:
            tally.add(channels.EXIF if tag.number in tags.KNOWN else channels.EXIF_UNKNOWN)
        elif text.strip(b"\0 "):
            tally.add(channel)


def _count_blocks(directory: Directory, found: list[Tag], tally: Tally, depth: int) -> None:
    """Count what other kinds of metadata stand in tags: the first of each, as a directory may hold but one."""
    if directory != "main":
        return
    blocks = {tag.number: tag.data for tag in reversed(found)}
    xmp.inspect(blocks.get(tags.XMP, b""), tally)
    iptc.inspect_datasets(blocks.get(tags.IPTC, b""), tally)
    for block in iptc.inspect_resources(blocks.get(tags.PHOTOSHOP, b""), tally):
        inspect(block, tally, depth + 1)
    tally.add(channels.ICC, int(bool(blocks.get(tags.ICC))))


def _count_gps(directory: Directory, found: list[Tag], tally: Tally) -> None:
    """Count the tags on the place; the version of their form alone tells none."""
    if directory == "gps":
        telling = sum(tag.number != tags.GPS_VERSION and bool(tag.data.strip(b"\0 ")) for tag in found)
        tally.add(channels.EXIF_GPS, telling)
        tally.add(channels.EXIF, len(found) - telling)


def _count_picture(tiff: Tiff, directory: Directory, found: list[Tag], size: int, tally: Tally) -> None:
    """Count the pictures that a directory describes, and have them own their bytes."""
    by_number = {tag.number: tag for tag in found}
    stretches: list[tuple[int, int]] = []
    for at, length in ((tags.JPEG_AT, tags.JPEG_SIZE), (tags.STRIPS, tags.STRIP_SIZES)):
        if at in by_number and length in by_number:
            starts, lengths = tiff.numbers(by_number[at]), tiff.numbers(by_number[length])
            stretches += [(start, start + size) for start, size in zip(starts, lengths, strict=False) if size]
    inside = [(start, min(end, size)) for start, end in stretches if start < size]
    tiff.owned.extend(inside)
    if directory == "thumbnail":
        tally.add(channels.EXIF_THUMBNAIL, int(bool(inside)))
        tally.add(channels.EXIF, sum(tag.number not in tags.POINTERS for tag in found))
    else:
        tally.add(channels.OTHER_PICTURES, int(bool(inside)))
