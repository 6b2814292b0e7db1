"""Whether the compressed pixels of a PNG picture hold more than its pixels."""

from __future__ import annotations

import zlib

from narrowgate.errors import DataError
from narrowgate.inspection.channels import picture as channels
from narrowgate.inspection.tally import Tally

LARGEST = 2 << 30
"""Bytes of pixels, unpacked."""
_BLOCK = 1 << 20
_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Numbers to a pixel by colour type."""
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""The passes of an interlaced picture: first column and row, and steps between them."""


def inspect(header: bytes, pieces: list[bytes], tally: Tally) -> None:
    """Count the bytes behind the last pixel, inside the compressed stream and behind it.

    Args:
        header: the content of IHDR.
        pieces: the contents of the IDAT chunks, in their order.

    Raises:
        DataError: there is more than any picture needs.
    """
    needed = _needed(header)
    if needed > LARGEST:
        raise DataError(f"the picture's pixels take more than {LARGEST >> 30} GiB", "make it smaller")
    inflate, found, behind = zlib.decompressobj(), 0, 0
    for piece in pieces:
        if inflate.eof:
            behind += len(piece)
            continue
        pending = piece
        while pending and not inflate.eof:
            try:
                found += len(inflate.decompress(pending, _BLOCK))
            except zlib.error:
                tally.add(channels.CUT)
                return
            if found > LARGEST:
                raise DataError(f"the picture unpacks to more than {LARGEST >> 30} GiB", "make it anew")
            pending = inflate.unconsumed_tail
    tally.add(channels.PNG_SLACK, max(0, found - needed) + len(inflate.unused_data) + behind)
    tally.add(channels.CUT, int(found < needed or not inflate.eof))


def _needed(header: bytes) -> int:
    """How many bytes the pixels take: rows of whole bytes, each behind a byte that says how it is filtered."""
    width, height = int.from_bytes(header[:4]), int.from_bytes(header[4:8])
    depth, colour, interlaced = header[8], header[9], header[12]
    if colour not in _SAMPLES or depth not in {1, 2, 4, 8, 16} or interlaced > 1 or not width or not height:
        raise DataError("the PNG file's header makes no sense", "transfer it again")
    bits = depth * _SAMPLES[colour]
    if not interlaced:
        return height * (1 + (width * bits + 7) // 8)
    total = 0
    for left, top, across, down in _ADAM7:
        columns, rows = -(-(width - left) // across), -(-(height - top) // down)
        if columns > 0 and rows > 0:
            total += rows * (1 + (columns * bits + 7) // 8)
    return total
