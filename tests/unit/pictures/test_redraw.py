"""A picture drawn anew: its pixels, and nothing else."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from narrowgate.inspection.inspect import inspect_subject
from narrowgate.inspection.interface import Subject
from narrowgate.pictures import redraw as module
from narrowgate.pictures.redraw import redraw

FORMATS: tuple[Literal["jpeg", "png"], ...] = ("jpeg", "png")


def picture(size: tuple[int, int] = (80, 40), mode: str = "RGB", colour: Any = None) -> Image.Image:
    """A picture whose upper left quarter is red."""
    made = Image.new(mode, size, colour if colour is not None else "white")
    if mode in {"RGB", "RGBA"}:
        made.paste((255, 0, 0), (0, 0, size[0] // 2, size[1] // 2))
    return made


def encoded(made: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    target = io.BytesIO()
    made.save(target, kind, **options)
    return target.getvalue()


def decoded(data: bytes | None) -> Image.Image:
    assert data is not None
    return Image.open(io.BytesIO(data))


def told() -> Image.Exif:
    exif = Image.Exif()
    exif[0x010E] = "Tamsin Kestrelby, 12 Mill Lane"
    exif[0x8825] = {1: "N", 2: (54.0, 30.0, 1.0), 3: "W", 4: (1.0, 15.0, 2.0)}
    return exif


def loaded(kind: str) -> bytes:
    """A picture with something in every place that its format has."""
    if kind == "JPEG":
        data = encoded(picture(), exif=told(), comment=b"Mill Lane", icc_profile=b"Mill Lane" * 20)
        return data[:2] + b"\xff\xed\x00\x0bMill Lane" + data[2:] + b"Mill Lane"
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Comment", "Mill Lane")
    texts.add_itxt("XML:com.adobe.xmp", "<x>Mill Lane</x>")
    return encoded(picture(), "PNG", exif=told(), pnginfo=texts, icc_profile=b"Mill Lane" * 20) + b"Mill Lane"


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_nothing_but_pixels_survives(kind: str, format: Literal["jpeg", "png"]) -> None:
    drawn = redraw(loaded(kind), 600, format)
    assert drawn is not None
    assert b"Mill Lane" not in drawn
    assert redraw(encoded(picture(), kind), 600, format) == drawn
    inspection = inspect_subject(Subject(io.BytesIO(drawn)))
    assert (inspection.kind, inspection.findings) == (format, ())


@pytest.mark.parametrize("orientation", range(1, 9))
def test_upright(orientation: int) -> None:
    """However the camera was held, the red quarter is where an eye saw it."""
    from PIL import ImageOps

    exif = Image.Exif()
    exif[0x0112] = orientation
    source = encoded(picture(), "PNG", exif=exif)
    drawn = decoded(redraw(source, 600, "png"))
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(source)))
    assert drawn.size == upright.size
    assert drawn.tobytes() == upright.convert("RGB").tobytes()
    assert not drawn.getexif()


@pytest.mark.parametrize(("size", "expected"), [((80, 40), (20, 10)), ((40, 80), (10, 20)), ((12, 12), (12, 12))])
def test_no_larger_than_agreed(size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert decoded(redraw(encoded(picture(size)), 20, "jpeg")).size == expected


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_kind_of_pixel(mode: str) -> None:
    made = Image.new("RGBA", (30, 20), (200, 30, 30, 255)).convert(mode if mode != "I;16" else "L")
    made = made.convert("I").point(lambda value: value * 257).convert("I;16") if mode == "I;16" else made
    drawn = decoded(redraw(encoded(made, "PNG"), 600, "png"))
    assert (drawn.mode, drawn.size) == ("RGB", (30, 20))
    grey = drawn.convert("L").getpixel((5, 5))
    assert isinstance(grey, int)
    assert mode == "1" or 50 < grey < 120


def test_what_is_transparent_is_white() -> None:
    made = Image.new("RGBA", (10, 10), (255, 0, 0, 0))
    assert decoded(redraw(encoded(made, "PNG"), 600, "png")).getpixel((3, 3)) == (255, 255, 255)


def test_cmyk() -> None:
    assert decoded(redraw(encoded(Image.new("CMYK", (10, 10), (0, 255, 255, 0))), 600, "jpeg")).mode == "RGB"


def test_only_the_first_frame() -> None:
    frames = [picture(colour="red"), picture(colour="blue")]
    data = encoded(frames[0], "PNG", save_all=True, append_images=frames[1:])
    assert b"acTL" in data
    drawn = redraw(data, 600, "png")
    assert drawn is not None
    assert b"acTL" not in drawn
    assert b"fdAT" not in drawn


def bomb(width: int, height: int) -> bytes:
    """A PNG that claims to be of this size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 10_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(16_385, 1), (1, 16_385), (16_000, 16_000), (2**31 - 1, 2**31 - 1)])
def test_absurd_sizes_are_not_decoded(size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_plain", lambda *_: pytest.fail("it was decoded"))
    assert redraw(bomb(*size), 600, "jpeg") is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a" + b"\0" * 50,
        b"\xff\xd8\xff",
        b"\x89PNG\r\n\x1a\n",
        encoded(picture())[:-60],
        encoded(picture(), "PNG")[:-30],
        encoded(picture(), "GIF"),
        encoded(picture(), "TIFF"),
        b"%PDF-1.4 " + encoded(picture()),
    ],
)
def test_what_is_no_picture(data: bytes) -> None:
    assert redraw(data, 600, "jpeg") is None


@settings(max_examples=150)
@given(
    kind=st.sampled_from(["JPEG", "PNG"]),
    changes=st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), max_size=8),
    cut=st.integers(0, 3000),
)
def test_broken_pictures_end_in_a_picture_or_none(kind: str, changes: list[tuple[int, int]], cut: int) -> None:
    data = bytearray(loaded(kind))
    for place, value in changes:
        data[place % len(data)] = value
    drawn = redraw(bytes(data[: max(1, cut)]), 600, "jpeg")
    assert drawn is None or drawn.startswith(b"\xff\xd8")
