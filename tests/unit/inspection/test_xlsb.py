"""Hidden data in binary workbooks. All names and data are invented."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from narrowgate.errors import DataError
from narrowgate.inspection.inspect import inspect_subject
from narrowgate.inspection.interface import Inspection, Subject
from narrowgate.inspection.sheets import Area, Sheet
from narrowgate.inspection.xlsb.records import records

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MS = "application/vnd.ms-excel."
BOOK_TYPE = MS + "sheet.binary.macroEnabled.main"
NO_TEXT = b"\xff\xff\xff\xff"
WHITE, BLACK, AUTOMATIC = b"\x05\xff\x00\x00\xff\xff\xff\xff", b"\x05\xff\x00\x00\x00\x00\x00\xff", bytes(8)
Part = tuple[str, str, bytes]
"""Content type, relationship type, content."""


def record(kind: int, data: bytes = b"") -> bytes:
    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size, left = b"", len(data)
    while True:
        size += bytes([left & 0x7F | (0x80 if left > 0x7F else 0)])
        left >>= 7
        if not left:
            return head + size + data


def number(*values: int) -> bytes:
    return struct.pack(f"<{len(values)}I", *values)


def text(value: str) -> bytes:
    return number(len(value)) + value.encode("utf-16-le")


def row(at: int, *, height: int = 300, hidden: bool = False, level: int = 0) -> bytes:
    return record(0, number(at, 0) + struct.pack("<HBB", height, 0, level | hidden << 4) + b"\0" + number(0))


def blank(column: int) -> bytes:
    return record(1, number(column, 0))


def real(column: int, value: float = 7.0, style: int = 0) -> bytes:
    return record(5, number(column, style) + struct.pack("<d", value))


def rk(column: int, raw: int, style: int = 0) -> bytes:
    return record(2, number(column, style, raw))


def string(column: int, index: int) -> bytes:
    return record(7, number(column, 0, index))


def own_text(column: int, value: str, style: int = 0) -> bytes:
    return record(6, number(column, style) + text(value))


def columns(first: int, last: int, *, width: int = 2048, hidden: bool = False, level: int = 0) -> bytes:
    return record(60, number(first, last, width, 0) + struct.pack("<H", hidden | level << 8))


def area(kind: int, top: int, bottom: int, left: int, right: int) -> bytes:
    return record(kind, number(top, bottom, left, right))


PLAIN = row(0) + real(0)


@dataclass
class Book:
    """A workbook to be written by hand."""

    sheets: list[bytes] = field(default_factory=lambda: [PLAIN])
    states: list[int] = field(default_factory=list)
    strings: list[bytes] = field(default_factory=list)
    styles: bytes = b""
    workbook: bytes = b""
    beside: dict[str, Part] = field(default_factory=dict)

    def parts(self) -> dict[str, bytes]:
        states = self.states + [0] * len(self.sheets)
        bundle = b"".join(
            record(156, number(states[n], n + 1) + text(f"s{n}") + text(f"Secret{n}")) for n in range(len(self.sheets))
        )
        found: dict[str, Part] = {
            f"xl/worksheets/sheet{n + 1}.bin": (MS + "worksheet", f"{OFFICE}/worksheet", record(129) + sheet)
            for n, sheet in enumerate(self.sheets)
        }
        if self.strings:
            items = b"".join(record(19, item) for item in self.strings)
            found["xl/sharedStrings.bin"] = (MS + "sharedStrings", f"{OFFICE}/sharedStrings", items)
        if self.styles:
            found["xl/styles.bin"] = (MS + "styles", f"{OFFICE}/styles", self.styles)
        types = {name: part[0] for name, part in (found | self.beside).items()} | {"xl/workbook.bin": BOOK_TYPE}
        main = [("main", f"{OFFICE}/officeDocument", "xl/workbook.bin")]
        return {
            "[Content_Types].xml": content_types(types),
            "_rels/.rels": relationships(main),
            "xl/workbook.bin": record(131) + bundle + self.workbook + record(132),
            "xl/_rels/workbook.bin.rels": relationships(linked(found)),
            "xl/worksheets/_rels/sheet1.bin.rels": relationships(linked(self.beside)),
            **{name: part[2] for name, part in (found | self.beside).items()},
        }

    def write(self) -> bytes:
        return zipped(self.parts())


def linked(parts: dict[str, Part]) -> list[tuple[str, str, str]]:
    return [(f"s{n}", part[1], f"/{name}") for n, (name, part) in enumerate(parts.items())]


def content_types(types: dict[str, str]) -> bytes:
    inside = "".join(f'<Override PartName="/{name}" ContentType="{kind}"/>' for name, kind in types.items())
    return f'<Types xmlns="urn:types">{inside}</Types>'.encode()


def relationships(relations: list[tuple[str, str, str]]) -> bytes:
    inside = "".join(f'<Relationship Id="{i}" Type="{kind}" Target="{to}"/>' for i, kind, to in relations)
    return f'<Relationships xmlns="urn:rels">{inside}</Relationships>'.encode()


def zipped(parts: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in parts.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return file.getvalue()


def inspected(data: bytes | Book) -> Inspection:
    return inspect_subject(Subject(io.BytesIO(data.write() if isinstance(data, Book) else data)))


def amounts(book: Book) -> dict[str, tuple[int, int | None]]:
    """Count and values of each channel, which must be at one place."""
    found: dict[str, tuple[int, int | None]] = {}
    for finding in inspected(book).findings:
        assert finding.channel not in found
        found[finding.channel] = finding.count, finding.holds
    return found


def shown(book: Book, at: int = 1) -> Sheet:
    workbook = inspected(book).workbook
    assert workbook is not None
    return workbook.sheets[at - 1]


def test_a_plain_workbook_hides_nothing() -> None:
    book = Book(
        [row(0) + string(0, 0) + real(1) + row(1) + string(0, 1)], strings=[b"\0" + text("a"), b"\0" + text("b")]
    )
    found = inspected(book)
    assert found.kind == "xlsb"
    assert found.findings == ()
    sheet = shown(book)
    assert (sheet.name, sheet.part, sheet.is_table) == ("Secret0", "xl/worksheets/sheet1.bin", True)
    assert sheet.extent == Area(0, 0, 1, 1)


def test_hidden_sheets() -> None:
    book = Book([PLAIN, PLAIN + real(1), PLAIN], [0, 1, 2])
    found = [(each.channel, each.where, each.holds) for each in inspected(book).findings]
    assert found == [("hidden_sheet", "sheet 2", 2), ("very_hidden_sheet", "sheet 3", 1)]
    assert [shown(book, n).visibility for n in (1, 2, 3)] == ["visible", "hidden", "very hidden"]


def test_rows_that_cannot_be_seen() -> None:
    sheet = PLAIN + row(1, hidden=True) + real(0) + blank(1) + real(2) + row(2, height=0) + real(0) + row(3, level=2)
    book = Book([sheet + real(5)])
    assert amounts(book) == {"hidden_rows": (1, 2), "zero_height_rows": (1, 1), "grouped_rows": (1, 1)}
    assert shown(book).hidden_rows == {1, 2}


def test_rows_that_a_filter_hides() -> None:
    sheet = PLAIN + row(1, hidden=True) + real(0) + row(2, hidden=True) + real(0) + area(161, 0, 1, 0, 0)
    assert amounts(Book([sheet + record(163) + record(165) + record(162)])) == {
        "filtered_rows": (1, 1),
        "hidden_rows": (1, 1),
        "filters": (1, None),
    }
    assert amounts(Book([sheet + record(163) + record(162)])) == {"hidden_rows": (2, 2)}


def test_columns_that_cannot_be_seen() -> None:
    spans = columns(1, 2, hidden=True) + columns(3, 3, width=0) + columns(4, 4, level=1)
    book = Book([spans + row(0) + b"".join(real(n) for n in range(5))])
    assert amounts(book) == {"hidden_columns": (2, 2), "zero_width_columns": (1, 1), "grouped_columns": (1, 1)}
    assert shown(book).hidden_columns == {1, 2, 3}


def test_columns_of_no_width_by_default() -> None:
    defaults = record(485, number(0) + struct.pack("<HHH", 8, 300, 0) + b"\0\0")
    assert amounts(Book([defaults + columns(0, 0) + row(0) + real(0) + real(1)])) == {"zero_width_columns": (16383, 1)}


def test_covered_and_far_cells() -> None:
    sheet = row(0) + real(0) + real(1) + row(1) + real(0) + row(40) + real(0) + area(176, 0, 1, 0, 1)
    book = Book([sheet])
    assert amounts(book) == {"covered_cells": (2, None), "far_cells": (1, None)}
    assert shown(book).merged == (Area(0, 0, 1, 1),)


def stylesheet(fonts: list[bytes], fills: list[bytes], formats: list[tuple[int, int, int]], codes: list[str]) -> bytes:
    found = b"".join(record(44, struct.pack("<H", 164 + n) + text(code)) for n, code in enumerate(codes))
    found += record(611) + b"".join(record(43, bytes(12) + font + b"\0" + text("x")) for font in fonts) + record(612)
    found += record(603) + b"".join(record(45, fill) for fill in fills) + record(604)
    return found + record(617) + b"".join(record(47, struct.pack("<4H", 0, *each)) for each in formats) + record(618)


def test_text_in_the_colour_of_its_ground() -> None:
    none, solid = number(0) + AUTOMATIC * 2, number(1) + BLACK + AUTOMATIC
    formats = [(0, 0, 0), (0, 1, 0), (0, 1, 1), (0, 2, 1), (0, 3, 0), (0, 4, 0)]
    theme, indexed = b"\x07\x00" + bytes(6), b"\x03\x09" + bytes(6)
    styles = stylesheet([AUTOMATIC, WHITE, BLACK, theme, indexed], [none, solid], formats, [])
    sheet = row(0) + b"".join(real(n, style=n) for n in range(len(formats)))
    assert shown(Book([sheet], styles=styles)).unreadable == {(0, 1), (0, 3), (0, 4), (0, 5)}


def test_formats_that_show_nothing() -> None:
    styles = stylesheet([], [], [(0, 0, 0), (164, 0, 0), (165, 0, 0)], [";;;", "0;;"])
    numbers = [rk(0, (5 << 2) | 2, 2), rk(1, ((-5 << 2) & 0xFFFFFFFF) | 2, 2), rk(2, 0, 2), real(3, -1.5, 2)]
    halves = [rk(4, 0x3FE00000, 2), rk(5, 0xBFE00001, 2), own_text(6, "x", 1), own_text(7, "x", 2)]
    book = Book([row(0) + b"".join(numbers + halves)], styles=styles)
    assert shown(book).unreadable == {(0, 1), (0, 2), (0, 3), (0, 5), (0, 6)}


def test_cells_in_short_form() -> None:
    short = record(16, number(0) + struct.pack("<d", 1.0)) + record(12, number(0)) + record(18, number(0, 1))
    book = Book([PLAIN + short], strings=[b"\0" + text("a"), b"\0" + text("b")])
    assert amounts(book) == {"orphan_strings": (1, None)}
    assert shown(book).extent == Area(0, 0, 0, 3)


def test_strings() -> None:
    rich = b"\x03" + text("b") + number(1) + bytes(4) + text("y") + number(2) + bytes(12)
    phonetic = b"\x02" + text("c") + text("z") + number(0)
    book = Book([row(0) + string(0, 1)], strings=[b"\0" + text("a"), rich, phonetic, b"\0" + text("")])
    assert amounts(book) == {"orphan_strings": (2, None), "phonetics": (3, None)}


def name(called: str, formula: bytes, *, flags: int = 0, comment: str = "") -> bytes:
    said = text(comment) if comment else NO_TEXT
    return record(
        39, number(flags) + b"\0" + NO_TEXT + text(called) + number(len(formula)) + formula + number(0) + said
    )


def test_defined_names() -> None:
    reference = b"\x3a" + bytes(8)
    workbook = (
        name("Print_Area", reference, flags=0x20)
        + name("_FilterDatabase", reference, flags=0x21)
        + name("rate", b"\x1f" + bytes(8))
        + name("who", b"\x17\x02\x00A\x00d\x00", comment="x")
        + name("old", reference, flags=1)
    )
    assert amounts(Book(workbook=workbook)) == {
        "defined_names": (2, None),
        "hidden_names": (1, None),
        "name_constants": (2, None),
        "name_comments": (1, None),
    }


@pytest.mark.parametrize(
    ("extra", "channel"),
    [
        (record(2071, b"x"), "paths"),
        (record(534, struct.pack("<3H", 0, 0, 1)), "protection"),
        (record(397), "custom_views"),
        (record(548, bytes(4) + text("Ada")), "protection"),
    ],
)
def test_what_the_workbook_says(extra: bytes, channel: str) -> None:
    assert amounts(Book(workbook=extra)) == {channel: (1, None)}


def rule(kind: int, *texts: str) -> bytes:
    said = b"".join(text(each) if each else NO_TEXT for each in texts)
    return record(64, number(kind, 1) + bytes(16) + said)


@pytest.mark.parametrize(
    ("extra", "channel", "count"),
    [
        (record(502) + record(503), "scenarios", 1),
        (record(535, struct.pack("<HI", 0, 1)), "protection", 1),
        (record(1043), "sparklines", 1),
        (rule(3, "", "", "", "") + rule(1, "", "", "", "x") + rule(1, "", "", "", ""), "validation", 2),
        (record(494, bytes(16) + text("r") + NO_TEXT + text("tip") + NO_TEXT), "link_tooltips", 1),
        (record(479, b"\0\0" + text("x") + NO_TEXT * 3 + text("y") + NO_TEXT), "headers_footers", 2),
        (record(625), "sheet_properties", 1),
    ],
)
def test_what_stands_around_the_cells(extra: bytes, channel: str, count: int) -> None:
    assert amounts(Book([PLAIN + extra])) == {channel: (count, None)}


def test_sheets_that_are_not_locked() -> None:
    assert amounts(Book([PLAIN + record(535, bytes(6))])) == {}


def test_tables() -> None:
    head = number(0, 1, 0, 1) + number(0, 1, 1, 0) + bytes(32)
    table = record(343, head + text("T") + text("Staff") + text("note")) + area(161, 0, 1, 0, 1) + record(165)
    part = (MS + "table", f"{OFFICE}/table", table + record(513, b"\0\0" + text("TableStyleMedium2")))
    book = Book([PLAIN + row(1, hidden=True) + real(0)], beside={"xl/tables/table1.bin": part})
    assert amounts(book) == {"filtered_rows": (1, 1), "filters": (1, None), "name_comments": (1, None)}
    assert shown(book).tables == {"Staff": Area(0, 0, 1, 1)}


PIVOT = (
    record(179, bytes(16) + b"\x01" + number(3) + text("Ada"))
    + record(24)
    + record(20)
    + record(191, b"\0\0" + number(5))
)


@pytest.mark.parametrize(
    ("called", "kind", "content", "expected"),
    [
        ("comments1", "comments", record(632) + record(635) + record(635), {"comments": 2, "comment_authors": 1}),
        ("connections", "connections", record(201), {"connections": 1}),
        ("queryTables/queryTable1", "queryTable", record(447), {"connections": 1}),
        (
            "externalLinks/externalLink1",
            "externalLink",
            record(368) + record(371) + record(367),
            {"external_cache": 2, "external_links": 1},
        ),
        ("pivotCache/pivotCacheDefinition1", "pivotCacheDefinition", PIVOT, {"pivot_values": 6, "pivot_author": 1}),
        ("pivotCache/pivotCacheRecords1", "pivotCacheRecords", record(33) * 3, {"pivot_records": 3}),
        ("revisions/revisionLog1", "revisionLog", record(409) + record(410), {"revisions": 1}),
        ("revisions/userNames", "userNames", record(400), {"authors": 1}),
        ("binaryIndex1", "binIndexWs", record(42), {}),
    ],
)
def test_parts(called: str, kind: str, content: bytes, expected: dict[str, int]) -> None:
    where = f"xl/{called}.bin"
    findings = inspected(Book(beside={where: (MS + kind, f"{OFFICE}/{kind}", content)})).findings
    assert {each.channel: each.count for each in findings} == expected
    assert all(each.where == where for each in findings)


def test_parts_in_xml() -> None:
    person = (MS + "person+xml", "urn:x/person", b"<personList><person/></personList>")
    assert amounts(Book(beside={"xl/persons/person.xml": person})) == {"comment_authors": (1, None)}


def test_a_broken_part() -> None:
    part = (MS + "comments", f"{OFFICE}/comments", record(635, b"x" * 200)[:-5])
    assert amounts(Book(beside={"xl/comments1.bin": part})) == {"broken_parts": (1, None)}


@pytest.mark.parametrize(
    "sheet",
    [
        PLAIN[:-1],
        b"\x80",
        row(1 << 20) + real(0),
        row(0) + real(1 << 14),
        columns(3, 1),
        record(60, b"x"),
        record(5, b"x"),
        record(0, b""),
        b"\x05\xff\xff\xff\xff",
        rule(1, "x")[:-1],
    ],
)
def test_malformed_sheets(sheet: bytes) -> None:
    with pytest.raises(DataError, match="sheet 1"):
        inspected(Book([sheet]))


@pytest.mark.parametrize("size", [1, 3, 100])
def test_records_that_lie_across_blocks(size: int) -> None:
    data = b"".join(record(kind, bytes(kind % 300)) for kind in (0, 5, 127, 128, 400, 5100))

    def blocks() -> Iterator[bytes]:
        yield from (data[at : at + size] for at in range(0, len(data), size))

    assert [(kind, len(content)) for kind, content in records(blocks(), "here")] == [
        (kind, kind % 300) for kind in (0, 5, 127, 128, 400, 5100)
    ]


WHOLE = Book(
    [
        columns(1, 1, hidden=True) + row(0) + string(0, 0) + row(1, hidden=True) + rk(1, 6, 1) + area(176, 0, 1, 0, 1),
        PLAIN,
    ],
    [0, 1],
    [b"\x02" + text("a") + text("y") + number(1), b"\0" + text("b")],
    stylesheet([AUTOMATIC, WHITE], [number(0) + AUTOMATIC * 2], [(0, 0, 0), (164, 1, 0)], [";;;"]),
    name("rate", b"\x1f" + bytes(8), comment="x"),
    {"xl/pivotCache/pivotCacheDefinition1.bin": (MS + "pivotCacheDefinition", f"{OFFICE}/pivotCacheDefinition", PIVOT)},
).parts()


@st.composite
def damaged(draw: st.DrawFn, data: bytes) -> bytes:
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        size = draw(st.integers(0, 8))
        new = draw(st.sampled_from([b"", b"\0", b"\xff", b"\x80", b"\x7f\xff\xff\xff", data[at : at + size] * 2]))
        data = data[:at] + new + data[at + size :]
    return data


@given(st.data())
@settings(max_examples=250, deadline=None, derandomize=True)
def test_damaged_parts_are_bad_data_or_findings(data: st.DataObject) -> None:
    part = data.draw(st.sampled_from(sorted(WHOLE)))
    try:
        found = inspected(zipped(WHOLE | {part: data.draw(damaged(WHOLE[part]))}))
    except DataError:
        return
    assert found.kind in {"xlsb", "zip"}
