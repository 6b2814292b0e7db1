"""Drawing a picture anew, so that its pixels leave and nothing else of its file."""

from __future__ import annotations

import io
import struct
import warnings
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

MOST_PIXELS = 64_000_000
LONGEST_SIDE = 16_384
_QUALITY = 88
_KINDS = {b"\xff\xd8\xff": "JPEG", b"\x89PNG\r\n\x1a\n": "PNG"}
_WHITE = (255, 255, 255)


def redraw(data: bytes, max_px: int, format: Literal["jpeg", "png"]) -> bytes | None:
    """The pixels of a JPEG or PNG in a new file of its own.

    Upright as its EXIF orientation says, in RGB over white, its longer side at most ``max_px`` pixels; without EXIF,
    XMP, IPTC, ICC profile, comment, thumbnail, further frames or anything behind the picture.

    Args:
        data: the file. Its size in pixels is looked at before any are decoded.

    Returns:
        None where it is neither JPEG nor PNG, cannot be decoded, or is absurdly large.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    kind = next((kind for magic, kind in _KINDS.items() if data.startswith(magic)), None)
    if kind is None:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd metadata, which does not leave
            with Image.open(io.BytesIO(data), formats=[kind]) as picture:
                if max(picture.size) > LONGEST_SIDE or picture.width * picture.height > MOST_PIXELS:
                    return None
                picture.draft("RGB", (max_px, max_px))
                upright = ImageOps.exif_transpose(picture)
                return _encoded(_plain(upright, max_px), format)
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, struct.error, UnidentifiedImageError):
        return None
    except Image.DecompressionBombError:
        return None


def _plain(picture: Picture, max_px: int) -> Picture:
    """The pixels alone, as RGB, no longer than ``max_px`` on either side."""
    from PIL import Image

    if picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info:
        layered = picture.convert("RGBA")
        ground = Image.new("RGBA", layered.size, (*_WHITE, 255))
        ground.alpha_composite(layered)
        picture = ground
    elif picture.mode.startswith("I"):
        # Sixteen bits of grey, which a plain conversion would clip.
        picture = picture.point(lambda value: value / 256).convert("L")
    pixels = picture.convert("RGB")
    pixels.thumbnail((max_px, max_px), Image.Resampling.LANCZOS)
    drawn = Image.new("RGB", pixels.size)
    drawn.paste(pixels)
    return drawn


def _encoded(picture: Picture, format: Literal["jpeg", "png"]) -> bytes:
    target = io.BytesIO()
    if format == "jpeg":
        picture.save(target, "JPEG", quality=_QUALITY)
    else:
        picture.save(target, "PNG")
    return target.getvalue()
