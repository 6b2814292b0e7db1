"""JPEG and PNG pictures: everything beside the pixels is found, and nothing in pictures that hold only pixels."""

from __future__ import annotations

import contextlib
import io
import random
import struct
import zlib
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from narrowgate.errors import DataError
from narrowgate.inspection.inspect import inspect_subject
from narrowgate.inspection.interface import Inspection, Subject
from narrowgate.inspection.picture import exif as exif_module
from narrowgate.inspection.tally import Tally
from narrowgate.pictures.redraw import redraw


def look(data: bytes) -> Inspection:
    return inspect_subject(Subject(io.BytesIO(data)))


def found(data: bytes) -> dict[str, int]:
    return {finding.channel: finding.count for finding in look(data).findings}


def drawn(format: str, mode: str = "RGB", **options: object) -> bytes:
    """A picture of nothing but pixels."""
    noise = random.Random(5).randbytes(24 * 24 * 4)  # whose coded form has FF in it
    picture = Image.frombytes("RGBA", (24, 24), noise).convert(mode)
    target = io.BytesIO()
    picture.save(target, format, **options)
    return target.getvalue()


JPEG, PNG = drawn("JPEG"), drawn("PNG")


def segment(marker: int, content: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(content) + 2).to_bytes(2) + content


def with_segments(*segments: bytes) -> bytes:
    """A JPEG with more segments behind its JFIF header."""
    return JPEG[:20] + b"".join(segments) + JPEG[20:]


def chunk(kind: bytes, content: bytes) -> bytes:
    return len(content).to_bytes(4) + kind + content + zlib.crc32(kind + content).to_bytes(4)


def with_chunks(*chunks: bytes) -> bytes:
    """A PNG with more chunks behind its header."""
    return PNG[:33] + b"".join(chunks) + PNG[33:]


Entry = tuple[int, int, int, bytes]
"""Number, type, count and data of a tag."""


def text(number: int, value: str) -> Entry:
    return number, 2, len(value) + 1, value.encode() + b"\0"


def long(number: int, value: int) -> Entry:
    return number, 4, 1, struct.pack("<I", value)


def directory(at: int, entries: Iterable[Entry], following: int = 0) -> bytes:
    """A directory of TIFF at ``at``, and behind it what its tags hold."""
    entries = list(entries)
    data_at = at + 2 + 12 * len(entries) + 4
    table, data = struct.pack("<H", len(entries)), b""
    for number, kind, count, value in entries:
        if len(value) > 4:
            table += struct.pack("<HHII", number, kind, count, data_at + len(data))
            data += value + bytes(len(value) % 2)
        else:
            table += struct.pack("<HHI", number, kind, count) + value.ljust(4, b"\0")
    return table + struct.pack("<I", following) + data


def exif(*entries: Entry, sub: Iterable[Entry] = (), gps: Iterable[Entry] = (), thumbnail: bytes = b"") -> bytes:
    """A block of EXIF: main directory, EXIF directory, GPS directory and thumbnail."""
    main = list(entries)
    parts = [(0x8769, list(sub)), (0x8825, list(gps))]
    main += [long(number, 0) for number, inner in parts if inner]
    at = 8 + len(directory(8, main))
    behind = b""
    for number, inner in parts:
        if inner:
            main = [long(number, at + len(behind)) if each[0] == number else each for each in main]
            behind += directory(at + len(behind), inner)
    following = at + len(behind) if thumbnail else 0
    if thumbnail:
        size = len(directory(0, [long(0x0201, 0), long(0x0202, 0)]))
        behind += directory(following, [long(0x0201, following + size), long(0x0202, len(thumbnail))]) + thumbnail
    return b"II*\0" + struct.pack("<I", 8) + directory(8, main, following) + behind


def tallied(block: bytes) -> dict[str, int]:
    tally = Tally()
    exif_module.inspect(block, tally)
    return {finding.channel: finding.count for finding in tally.findings("here")}


XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="maker"><rdf:RDF '
    b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    b'xmlns:dc="http://purl.org/dc/elements/1.1/" dc:format="image/jpeg"><dc:creator><rdf:Seq><rdf:li>Ada</rdf:li>'
    b"<rdf:li>Bea</rdf:li></rdf:Seq></dc:creator></rdf:Description></rdf:RDF></x:xmpmeta>"
)
XMP_MARK = b"http://ns.adobe.com/xap/1.0/\0"


def dataset(number: int, value: bytes, record: int = 2) -> bytes:
    return bytes([0x1C, record, number]) + len(value).to_bytes(2) + value


def resource(number: int, content: bytes) -> bytes:
    return b"8BIM" + number.to_bytes(2) + b"\0\0" + len(content).to_bytes(4) + content + bytes(len(content) % 2)


IPTC = dataset(0, b"\0\2") + dataset(80, b"Ada") + dataset(120, b"A caption")
PHOTOSHOP = b"Photoshop 3.0\0"
MPF = b"MPF\0" + b"II*\0" + struct.pack("<I", 8) + directory(8, [long(0xB001, 3)])


@pytest.mark.parametrize(
    "data",
    [
        JPEG,
        PNG,
        drawn("JPEG", "L"),
        drawn("JPEG", "CMYK"),
        drawn("JPEG", progressive=True),
        drawn("JPEG", restart_marker_rows=1),
        drawn("PNG", "RGBA"),
        drawn("PNG", "P"),
        drawn("PNG", "1"),
        drawn("PNG", "L", transparency=3),
        drawn("PNG", "I;16"),
    ],
)
def test_pictures_of_nothing_but_pixels_are_clean(data: bytes) -> None:
    assert found(data) == {}


JPEGS = {
    "jpeg_comment": (segment(0xFE, b"by Ada"), 1),
    "jpeg_application": (segment(0xE7, b"somebody's own") + segment(0xE1, b"else"), 2),
    "jpeg_picture_info": (segment(0xEC, b"PictureInfo"), 1),
    "jfif_thumbnail": (segment(0xE0, b"JFXX\0\x13\2\2" + bytes(range(12))), 1),
    "xmp": (segment(0xE1, XMP_MARK + XMP), 1),
    "xmp_extended": (segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + bytes(40) + b"x" * 100), 100),
    "icc": (segment(0xE2, b"ICC_PROFILE\0\1\2abc") + segment(0xE2, b"ICC_PROFILE\0\2\2def"), 1),
    "other_pictures": (segment(0xE2, MPF), 2),
    "c2pa": (segment(0xEB, b"JP\0\1" + bytes(20)), 1),
    "iptc": (segment(0xED, PHOTOSHOP + resource(0x0404, IPTC)), 2),
    "photoshop_irb": (segment(0xED, PHOTOSHOP + resource(0x03ED, b"settings") + resource(0x0BB7, b"a path")), 2),
    "photoshop_thumbnail": (segment(0xED, PHOTOSHOP + resource(0x040C, JPEG)), 1),
    "photoshop_slack": (segment(0xED, PHOTOSHOP + resource(0x0404, b"no dataset")), 10),
    "exif_people": (segment(0xED, PHOTOSHOP + resource(0x0422, exif(text(0x013B, "Ada")))), 1),
    "picture_gap": (b"between", 7),
    "jpeg_fill": (b"\xff" * 5, 5),
    "exif_broken": (segment(0xE1, b"Exif\0\0no TIFF at all"), 14),
}


@pytest.mark.parametrize("channel", JPEGS)
def test_channels_of_jpeg(channel: str) -> None:
    more, count = JPEGS[channel]
    assert look(with_segments(more)).kind == "jpeg"
    assert found(with_segments(more)) == {channel: count}


TAGS = {
    "exif": [exif((0x0112, 3, 1, b"\6\0")), exif(sub=[(0x9000, 7, 4, b"0230")])],
    "exif_people": [exif(text(0x013B, "Ada")), exif(text(0x8298, "Ada")), exif(sub=[text(0xA430, "Ada")])],
    "exif_texts": [exif(text(0x010E, "Ada at a desk")), exif(sub=[(0x9286, 7, 11, b"ASCII\0\0\0Ada")])],
    "exif_times": [exif(sub=[text(0x9003, "2024:01:02 03:04:05")])],
    "exif_camera": [exif(text(0x0110, "Model 5"))],
    "exif_serial_numbers": [exif(sub=[text(0xA431, "123456")])],
    "exif_maker_note": [exif(sub=[(0x927C, 7, 6, b"secret")])],
    "exif_gps": [exif(gps=[text(0x0001, "N")])],
    "exif_unknown": [exif(text(0xF00D, "Ada"))],
    "iptc": [exif((0x83BB, 7, len(dataset(80, b"Ada")), dataset(80, b"Ada")))],
    "xmp": [exif((0x02BC, 1, len(XMP), XMP))],
    "photoshop_irb": [exif((0x8649, 7, 16, resource(0x03ED, b"some")))],
    "icc": [exif((0x8773, 7, 8, b"aprofile"))],
    "exif_slack": [exif(text(0x0112, "x")) + b"left over"],
}


@pytest.mark.parametrize("channel", TAGS)
def test_channels_of_exif(channel: str) -> None:
    for block in TAGS[channel]:
        told = tallied(block)
        if channel == "exif_slack":
            assert told == {"exif": 1, "exif_slack": 9}
        else:
            assert told == {channel: 1}
        assert found(with_segments(segment(0xE1, b"Exif\0\0" + block))) == told
        assert found(with_chunks(chunk(b"eXIf", block))) == told


def test_a_thumbnail_in_exif() -> None:
    told = tallied(exif(text(0x010F, "Maker"), thumbnail=JPEG))
    assert told == {"exif_camera": 1, "exif_thumbnail": 1, "exif": 2}
    main = directory(8, [text(0x0110, "M")], following=26)
    strips = main + directory(26, [long(0x0111, 56), long(0x0117, 5)]) + b"strip"
    assert tallied(b"II*\0" + struct.pack("<I", 8) + strips) == {"exif_camera": 1, "exif_thumbnail": 1, "exif": 2}
    outside = strips.replace(struct.pack("<I", 56), struct.pack("<I", 560))
    assert tallied(b"II*\0" + struct.pack("<I", 8) + outside) == {"exif_camera": 1, "exif": 2, "exif_slack": 5}


def test_tags_of_blanks_tell_nothing() -> None:
    assert tallied(exif(text(0x013B, "   "), sub=[(0x9286, 7, 12, bytes(12)), (0x927C, 7, 6, bytes(6))])) == {}
    assert tallied(exif(gps=[(0x0000, 1, 4, b"\2\3\0\0")])) == {"exif": 1}
    assert tallied(bytes(40)) == {}


def test_directories_in_loops_and_outside_end() -> None:
    looped = b"II*\0" + struct.pack("<I", 8) + directory(8, [text(0x013B, "Ada"), long(0x8769, 8)], following=8)
    assert tallied(looped)["exif_people"] == 1
    outside = b"II*\0" + struct.pack("<I", 8) + directory(8, [(0x013B, 2, 1 << 30, b"\0\0\0\x70abcde")])
    assert tallied(outside).keys() <= {"exif_people", "exif_slack"}
    assert tallied(b"MM\0*\0\0\xff\xff" + bytes(4)) == {"exif_broken": 12}


def test_tags_that_lie_upon_one_another_are_refused() -> None:
    many = struct.pack("<H", 2000) + struct.pack("<HHII", 0x013B, 2, 20_000, 8) * 2000
    with pytest.raises(DataError):
        tallied(b"II*\0" + struct.pack("<I", 8) + many + bytes(4))


def test_exif_in_resources_in_exif_ends() -> None:
    block = exif(text(0x013B, "Ada"))
    for _ in range(6):
        held = resource(0x0422, block)
        block = exif((0x8649, 7, len(held), held))
    assert tallied(block).keys() == {"exif_broken"}


def test_trailing_bytes_and_other_files_behind() -> None:
    assert found(JPEG + b"left over") == {"picture_trailing": 9}
    assert found(PNG + b"left over") == {"picture_trailing": 9}
    assert found(JPEG + b"PK\x03\x04rest") == {"picture_trailing": 8, "embedded_files": 1}
    assert found(JPEG + JPEG) == {"picture_trailing": len(JPEG), "embedded_files": 1}
    assert found(PNG + b"%PDF-1.7") == {"picture_trailing": 8, "embedded_files": 1}
    (finding,) = look(JPEG + bytes(100)).findings
    assert (finding.count, finding.holds, finding.severity) == (100, 0, "low")


def test_slack_in_segments_for_the_pixels() -> None:
    assert found(with_segments(segment(0xDD, b"\0\0hidden"))) == {"picture_gap": 6}
    assert found(with_segments(segment(0xDB, bytes(65) + b"hidden"))) == {"picture_gap": 6}
    longer = JPEG[:4] + (22).to_bytes(2) + JPEG[6:20] + b"hidden" + JPEG[20:]
    assert found(longer) == {"picture_gap": 6}
    assert found(with_segments(segment(0xEE, b"Adobe" + bytes(7) + b"hid"))) == {"picture_gap": 3}
    assert found(with_segments(segment(0xEE, b"Adobe" + bytes(7)))) == {}


def test_thumbnails_in_the_jfif_header() -> None:
    header = b"JFIF\0\1\1\0\0\1\0\1\2\1" + bytes(range(6))
    assert found(JPEG[:2] + segment(0xE0, header) + JPEG[20:]) == {"jfif_thumbnail": 1}
    assert found(JPEG[:2] + segment(0xE0, header + b"more") + JPEG[20:]) == {"jfif_thumbnail": 1, "picture_gap": 4}


def test_resources_over_several_segments_are_one() -> None:
    whole = resource(0x0404, IPTC) + resource(0x03ED, b"settings")
    parts = [segment(0xED, PHOTOSHOP + part) for part in (whole[:17], whole[17:])]
    assert found(with_segments(*parts)) == {"iptc": 2, "photoshop_irb": 1}


def test_values_and_pictures_in_xmp() -> None:
    (finding,) = look(with_segments(segment(0xE1, XMP_MARK + XMP))).findings
    assert finding.holds == 3
    pictured = XMP.replace(
        b"<dc:creator>", b'<g:image xmlns:g="http://ns.adobe.com/xap/1.0/g/img/">/9j/</g:image><dc:creator>'
    )
    assert found(with_segments(segment(0xE1, XMP_MARK + pictured))) == {"xmp": 1, "xmp_thumbnail": 1}
    assert found(with_segments(segment(0xE1, XMP_MARK + b"no xml <"))) == {"xmp": 1}
    assert found(with_segments(segment(0xE1, XMP_MARK + b"  \0"))) == {}


def test_a_jpeg_that_breaks_off() -> None:
    assert found(JPEG[:-2]) == {"picture_cut_short": 1}
    assert found(with_segments(segment(0xFE, b"by Ada"))[:-40])["jpeg_comment"] == 1
    assert found(JPEG[:2] + JPEG)["embedded_files"] == 1


def raw(kind: bytes, profile: bytes) -> bytes:
    body = b"\n%s\n%8d\n" % (kind, len(profile)) + profile.hex().encode() + b"\n"
    return chunk(b"zTXt", b"Raw profile type " + kind + b"\0\0" + zlib.compress(body))


PNGS = {
    "png_text": (chunk(b"tEXt", b"Author\0Ada") + chunk(b"iTXt", b"Title\0\0\0\0\0Ada"), 2),
    "png_time": (chunk(b"tIME", bytes(7)), 1),
    "png_settings": (chunk(b"pHYs", bytes(9)), 1),
    "png_unknown_chunk": (chunk(b"prVt", b"hidden"), 1),
    "icc": (chunk(b"iCCP", b"name\0\0"), 1),
    "xmp": (chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP), 1),
    "c2pa": (chunk(b"caBX", b"box"), 1),
    "png_frames": (chunk(b"acTL", bytes(8)) + chunk(b"fcTL", bytes(26)) + chunk(b"fcTL", bytes(26)), 1),
    "iptc": (raw(b"8bim", resource(0x0404, resource(0x0404, IPTC))), 2),
    "exif_people": (raw(b"exif", b"Exif\0\0" + exif(text(0x013B, "Ada"))), 1),
    "picture_gap": (chunk(b"IHDR", bytes(13)), 13),
}


@pytest.mark.parametrize("channel", PNGS)
def test_channels_of_png(channel: str) -> None:
    more, count = PNGS[channel]
    assert look(with_chunks(more)).kind == "png"
    assert found(with_chunks(more)) == {channel: count}


def test_profiles_in_texts() -> None:
    assert found(with_chunks(raw(b"iptc", IPTC))) == {"iptc": 2}
    assert found(with_chunks(raw(b"xmp", XMP))) == {"xmp": 1}
    assert found(with_chunks(raw(b"icc", b"a profile"))) == {"icc": 1}
    assert found(with_chunks(chunk(b"tEXt", b"Raw profile type exif\0not hexadecimal"))) == {"png_text": 1}
    packed = chunk(b"iTXt", b"Title\0\1\0\0\0" + zlib.compress(b"Ada"))
    assert [each.holds for each in look(with_chunks(packed)).findings] == [1]


def test_texts_of_nothing_are_of_no_weight() -> None:
    (finding,) = look(with_chunks(chunk(b"tEXt", b"Comment\0"))).findings
    assert (finding.channel, finding.holds, finding.severity) == ("png_text", 0, "low")


def test_colours_are_no_channel_and_too_long_ones_are() -> None:
    assert found(with_chunks(chunk(b"gAMA", bytes(4)), chunk(b"sRGB", b"\0"))) == {}
    assert found(with_chunks(chunk(b"gAMA", b"hidden"))) == {"png_unknown_chunk": 1}


def test_checksums() -> None:
    assert found(with_chunks(chunk(b"gAMA", bytes(4))[:-1] + b"!")) == {"png_checksum": 1}


def pixels(compressed: bytes, header: bytes = struct.pack(">II5B", 2, 2, 8, 2, 0, 0, 0)) -> bytes:
    return PNG[:8] + chunk(b"IHDR", header) + chunk(b"IDAT", compressed) + chunk(b"IEND", b"")


def test_bytes_behind_the_pixels() -> None:
    rows = bytes(2 * 7)
    assert found(pixels(zlib.compress(rows))) == {}
    assert found(pixels(zlib.compress(rows + b"hidden"))) == {"png_slack": 6}
    assert found(pixels(zlib.compress(rows) + b"hidden")) == {"png_slack": 6}
    more = pixels(zlib.compress(rows)).replace(chunk(b"IEND", b""), chunk(b"IDAT", b"hidden") + chunk(b"IEND", b""))
    assert found(more) == {"png_slack": 6}
    assert found(pixels(zlib.compress(rows)[:-6])) == {"picture_cut_short": 1}
    assert found(pixels(b"no zlib")) == {"picture_cut_short": 1}


def test_interlaced_pixels() -> None:
    for width, height in ((1, 1), (3, 2), (8, 8), (13, 5)):
        target = io.BytesIO()
        Image.new("RGB", (width, height)).save(target, "PNG")
        header = struct.pack(">II5B", width, height, 8, 2, 0, 0, 1)
        passes = [((width - x + a - 1) // a, (height - y + b - 1) // b) for x, y, a, b in ADAM7]
        size = sum(rows * (1 + 3 * columns) for columns, rows in passes if columns > 0)
        assert found(pixels(zlib.compress(bytes(size)), header)) == {}
        assert found(pixels(zlib.compress(bytes(size + 1)), header)) == {"png_slack": 1}


ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def test_frames_that_stand_beside_the_picture() -> None:
    control = chunk(b"acTL", bytes(8))
    beside = with_chunks(control)[:-12] + chunk(b"fcTL", bytes(26)) + chunk(b"fdAT", bytes(30)) + PNG[-12:]
    assert found(beside) == {"png_frames": 1}
    assert found(with_chunks(control, chunk(b"fcTL", bytes(26)))) == {}


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xd8\xff",
        JPEG[:30],
        b"\xff\xd8\xff\xd9" + bytes(9),
        PNG[:8],
        PNG[:40],
        PNG.replace(b"IHDR", b"IHDX"),
        pixels(b"", struct.pack(">II5B", 2, 2, 8, 9, 0, 0, 0)),
        pixels(b"", struct.pack(">II5B", 0, 2, 8, 2, 0, 0, 0)),
        pixels(b"", struct.pack(">II5B", 1 << 31, 1 << 31, 8, 2, 0, 0, 0)),
    ],
)
def test_what_shows_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(DataError) as raised:
        look(data)
    assert raised.value.remedy


def test_nothing_of_what_is_hidden_is_said() -> None:
    hidden = segment(0xFE, b"Ada") + segment(0xE1, XMP_MARK + XMP)
    assert "Ada" not in repr(look(with_segments(hidden, segment(0xE1, b"Exif\0\0" + exif(text(0x013B, "Ada"))))))
    assert "Ada" not in repr(look(with_chunks(chunk(b"tEXt", b"Ada\0Ada"), chunk(b"AdaA", b"Ada"))))


@pytest.mark.parametrize(
    "data", [with_segments(*(more for more, _ in JPEGS.values())), with_chunks(PNGS["png_text"][0])]
)
def test_redrawn_pictures_are_clean(data: bytes) -> None:
    again = (redraw(data, 600, "jpeg"), redraw(data, 600, "png"))
    assert [found(each) for each in again if each is not None] == [{}, {}]


BASES = [
    *(with_segments(more) for more, _ in JPEGS.values()),
    *(with_chunks(more) for more, _ in PNGS.values()),
    with_segments(segment(0xE1, b"Exif\0\0" + exif(text(0x013B, "Ada"), gps=[text(1, "N")], thumbnail=JPEG[:99]))),
    with_chunks(chunk(b"eXIf", exif(text(0x013B, "Ada"), sub=[text(0xA431, "12")], thumbnail=JPEG[:99]))),
]


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    data = bytearray(draw(st.sampled_from(BASES)))
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.one_of(st.integers(0, 250), st.integers(0, len(data) - 1)))
        match draw(st.sampled_from(["flip", "cut", "repeat"])):
            case "flip":
                data[at : at + 1] = bytes([draw(st.integers(0, 255))])
            case "cut":
                del data[at : at + draw(st.integers(1, 8))]
            case "repeat":
                data[at:at] = data[at : at + draw(st.integers(1, 40))]
    return bytes(data)


@given(damaged())
@settings(max_examples=300, deadline=None)
def test_damaged_pictures_are_looked_into_or_refused(data: bytes) -> None:
    with contextlib.suppress(DataError):
        assert look(data).kind in {"jpeg", "png"}


@given(st.binary(max_size=120))
@settings(max_examples=200, deadline=None)
def test_exif_of_noise(noise: bytes) -> None:
    with contextlib.suppress(DataError):
        assert all(count > 0 for count in tallied(b"II*\0\x08\0\0\0" + noise).values())
