"""What inspectors of pictures share."""

from __future__ import annotations

from narrowgate.errors import DataError
from narrowgate.inspection.channels import picture as channels
from narrowgate.inspection.interface import Subject
from narrowgate.inspection.tally import Tally

LARGEST = 256 << 20
_OTHERS = (
    b"PK\x03\x04",
    b"%PDF-",
    b"Rar!\x1a\x07",
    b"7z\xbc\xaf\x27\x1c",
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"ftyp",
)
"""How files begin that others are found behind; ``ftyp`` is MP4's, 4 bytes in."""


def whole(subject: Subject) -> bytes:
    """The picture.

    Raises:
        DataError: it is larger than any picture of a person need be.
    """
    if subject.size() > LARGEST:
        raise DataError(f"the picture is larger than {LARGEST >> 20} MiB", "make it smaller")
    subject.file.seek(0)
    return subject.file.read(LARGEST)


def count_trailing(data: bytes, end: int, tally: Tally) -> None:
    """Count what lies behind the picture's end; zeros hold nothing."""
    behind = data[end:]
    tally.add(channels.TRAILING, len(behind), None if behind.strip(b"\0") else 0)
    tally.add(channels.EMBEDDED, sum(magic in behind for magic in _OTHERS))
