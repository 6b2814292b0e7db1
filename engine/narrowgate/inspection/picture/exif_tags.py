"""The tags of EXIF 3.0 (CIPA DC-008-2023), TIFF 6.0 and Windows, by what they tell."""

from __future__ import annotations

from typing import Literal

from narrowgate.inspection.channels import picture as channels
from narrowgate.inspection.channels.channel import Channel

Directory = Literal["main", "thumbnail", "gps", "interoperability"]

POINTERS: dict[int, Directory] = {0x014A: "main", 0x8769: "main", 0x8825: "gps", 0xA005: "interoperability"}
"""Tags that say where another directory stands."""
STRIPS, STRIP_SIZES, JPEG_AT, JPEG_SIZE = 0x0111, 0x0117, 0x0201, 0x0202
MAKER_NOTE, USER_COMMENT = 0x927C, 0x9286
XMP, IPTC, PHOTOSHOP, ICC = 0x02BC, 0x83BB, 0x8649, 0x8773
GPS_VERSION = 0x0000
_PADDING = {0xEA1C, 0xEA1D}
"""Room that Windows leaves for changes, and where things stood before."""
UNTOLD = _PADDING | POINTERS.keys() | {XMP, IPTC, PHOTOSHOP, ICC}
"""Tags that are not counted as such."""

_PEOPLE = (
    0x013B,  # Artist
    0x013C,  # HostComputer
    0x8298,  # Copyright
    0x9C9D,  # XPAuthor
    0xA430,  # CameraOwnerName
    0xA437,  # Photographer
    0xA438,  # ImageEditor
)
_TEXTS = (
    0x010D,  # DocumentName
    0x010E,  # ImageDescription
    0x011D,  # PageName
    0x9213,  # ImageHistory
    USER_COMMENT,
    0x9C9B,  # XPTitle
    0x9C9C,  # XPComment
    0x9C9E,  # XPKeywords
    0x9C9F,  # XPSubject
    0xA436,  # ImageTitle
)
_TIMES = (
    0x0132,  # DateTime
    0x882A,  # TimeZoneOffset
    *(0x9003, 0x9004),  # DateTimeOriginal, DateTimeDigitized
    *(0x9010, 0x9011, 0x9012),  # their offsets from UTC
    *(0x9290, 0x9291, 0x9292),  # their fractions of a second
    0xC71B,  # PreviewDateTime
)
_CAMERA = (
    *(0x010F, 0x0110),  # Make, Model
    *(0xA433, 0xA434),  # LensMake, LensModel
    *(0xC614, 0xC615),  # UniqueCameraModel, LocalizedCameraModel
)
_SERIALS = (
    0xA420,  # ImageUniqueID
    *(0xA431, 0xA435),  # BodySerialNumber, LensSerialNumber
    *(0xC62F, 0xC65D),  # CameraSerialNumber, RawDataUniqueID
)
GROUPS: dict[int, Channel] = (
    dict.fromkeys(_PEOPLE, channels.EXIF_PEOPLE)
    | dict.fromkeys(_TEXTS, channels.EXIF_TEXTS)
    | dict.fromkeys(_TIMES, channels.EXIF_TIMES)
    | dict.fromkeys(_CAMERA, channels.EXIF_CAMERA)
    | dict.fromkeys(_SERIALS, channels.EXIF_SERIALS)
)
"""Tags that tell more than how the picture was taken."""
KNOWN = frozenset(
    {
        *range(0x00FE, 0x0215),  # TIFF 6.0
        *(0x000B, 0x4746, 0x4749, 0x828D, 0x828E, 0x829A, 0x829D, 0xA500, 0xC4A5),
        *range(0x8822, 0x8836),
        *range(0x9000, 0x9293),
        *range(0x9400, 0x9406),
        *range(0xA000, 0xA00C),
        *range(0xA20B, 0xA218),
        *range(0xA300, 0xA303),
        *range(0xA401, 0xA40D),
        *range(0xA432, 0xA43D),
        *range(0xA460, 0xA463),
    }
)
"""Tags on how the picture was taken, is stored and was processed."""
