"""Legacy Excel workbooks: every channel in a small file of its own, and files that are broken."""

from __future__ import annotations

import io
import struct
from functools import cache
from pathlib import Path

import pytest
import python_calamine
from hypothesis import given, settings
from hypothesis import strategies as st

from narrowgate.errors import DataError
from narrowgate.inspection.inspect import inspect_subject
from narrowgate.inspection.interface import Inspection, Subject
from narrowgate.inspection.sheets import Area, Sheet
from support.ole import (
    CUT_OFF,
    biff,
    columns,
    compound,
    font,
    format_,
    number,
    property_set,
    record,
    row,
    said,
    shared,
    strings,
    text,
    xls,
)

SUMMARY = "e0859ff2f94f6810ab9108002b27b3d9"
DOCUMENT = "02d5cdd59c2e1b10939708002b2cf9ae"
OWN = "05d5cdd59c2e1b10939708002b2cf9ae"
CELLS = number(0, 0) + number(1, 1)


def look(data: bytes) -> Inspection:
    return inspect_subject(Subject(io.BytesIO(data), "some.xls"))


def found(data: bytes) -> dict[str, tuple[int, int | None, str]]:
    """Each channel with its count, what it holds, and where. No channel is at two places in these tests."""
    inspection = look(data)
    assert inspection.kind == "xls"
    channels = {each.channel: (each.count, each.holds, each.where) for each in inspection.findings}
    assert len(channels) == len(inspection.findings)
    return channels


def of_sheet(body: bytes, globals_: bytes = b"") -> dict[str, tuple[int, int | None, str]]:
    return found(xls(biff({"One": body}, globals_=globals_)))


def only_sheet(body: bytes, globals_: bytes = b"") -> Sheet:
    workbook = look(xls(biff({"One": body}, globals_=globals_))).workbook
    assert workbook is not None
    (sheet,) = workbook.sheets
    return sheet


def test_a_clean_workbook() -> None:
    globals_ = strings("Rank", "Post") + font(0x7FFF) + format_()
    data = xls(biff({"One": shared(0, 0, 0) + shared(0, 1, 1) + number(1, 0)}, globals_=globals_))
    inspection = look(data)
    assert inspection.findings == ()
    assert inspection.workbook is not None
    assert inspection.workbook.sheets == (Sheet("One", "", True, "visible", Area(0, 0, 1, 1)),)


def test_sheets_are_numbered_as_the_reader_numbers_them(tmp_path: Path) -> None:
    path = tmp_path / "some.xls"
    states = {"Second": 1, "Third": 2, "Fourth": 0x200, "Fifth": 0x100}
    sheets = dict.fromkeys(("First", "Second", "Third", "Fourth", "Fifth"), CELLS)
    path.write_bytes(xls(biff(sheets, states=states)))
    workbook = look(path.read_bytes()).workbook
    assert workbook is not None
    listed = python_calamine.CalamineWorkbook.from_path(path).sheets_metadata
    assert [sheet.name for sheet in workbook.sheets] == [sheet.name for sheet in listed] == list(sheets)
    assert [sheet.visibility for sheet in workbook.sheets] == ["visible", "hidden", "very hidden", *["visible"] * 2]
    assert [sheet.is_table for sheet in workbook.sheets] == [True, True, True, False, False]


def test_hidden_sheets_and_macro_sheets() -> None:
    data = xls(biff({"A": CELLS, "B": CELLS, "C": b"", "D": CELLS}, states={"B": 1, "C": 2, "D": 0x101}))
    findings = [(each.channel, each.where, each.holds, each.severity) for each in look(data).findings]
    assert findings == [
        ("hidden_sheet", "sheet 2", 2, "high"),
        ("hidden_sheet", "sheet 4", 2, "high"),
        ("macro_sheets", "sheet 4", None, "high"),
        ("very_hidden_sheet", "sheet 3", 0, "low"),
    ]


def test_rows_that_cannot_be_seen() -> None:
    body = row(0) + row(1, flags=0x20) + row(2, height=0) + row(3, flags=0x20) + row(4, flags=2)
    body += number(0, 0) + number(1, 0) + number(1, 1) + number(2, 0) + number(4, 0)
    assert of_sheet(body) == {
        "hidden_rows": (2, 2, "sheet 1"),
        "zero_height_rows": (1, 1, "sheet 1"),
        "grouped_rows": (1, 1, "sheet 1"),
    }
    assert only_sheet(body).hidden_rows == {1, 2}


def test_rows_without_height_by_default() -> None:
    body = record(0x0225, struct.pack("<2H", 2, 255)) + row(0) + number(0, 0) + number(5, 0)
    assert of_sheet(body) == {"zero_height_rows": (1, 1, "sheet 1")}
    assert only_sheet(body).hidden_rows == {5}


def test_filtered_rows() -> None:
    area = struct.pack("<B5H", 0x3B, 0, 0, 3, 0, 1)
    name = struct.pack("<HBBHHHI", 0x21, 0, 1, len(area), 0, 1, 0) + b"\0\x0d" + area
    body = record(0x009B) + record(0x009E, b"\0" * 24)
    body += b"".join(row(at, flags=0x20 if at in {1, 2, 6} else 0) + number(at, 0) for at in range(7))
    assert of_sheet(body, record(0x0018, name)) == {
        "filtered_rows": (2, 2, "sheet 1"),
        "hidden_rows": (1, 1, "sheet 1"),
        "filters": (1, None, "sheet 1"),
    }
    assert of_sheet(body)["filtered_rows"] == (3, 3, "sheet 1")  # where the workbook does not say which rows


def test_columns_that_cannot_be_seen() -> None:
    body = columns(1, 1, flags=1) + columns(3, 4, width=0) + columns(6, 6, flags=0x100)
    body += b"".join(number(0, at) for at in range(7))
    assert of_sheet(body) == {
        "hidden_columns": (1, 1, "sheet 1"),
        "zero_width_columns": (2, 2, "sheet 1"),
        "grouped_columns": (1, 1, "sheet 1"),
    }
    assert only_sheet(body).hidden_columns == {1, 3, 4}


STYLES = (
    record(0x041E, struct.pack("<H", 164) + text(";;;"))
    + record(0x041E, struct.pack("<H", 165) + text("0;-0"))
    + b"".join(map(font, (0x7FFF, 9, 10, 12)))
    + format_()  # 0: plain
    + format_(font=1)  # 1: white on nothing
    + format_(font=1, pattern=1, fore=10)  # 2: white on red
    + format_(font=2, pattern=1, fore=10)  # 3: red on red
    + format_(code=164)  # 4: shows nothing
    + format_(code=165)  # 5: shows numbers
)


def test_cells_that_do_not_show_what_they_hold() -> None:
    body = b"".join(number(0, style, style=style) for style in range(6)) + shared(1, 4, 0, style=4)
    body += record(0x00BD, struct.pack("<2HHIHIH", 2, 0, 1, 8, 0, 8, 1))
    assert of_sheet(body, STYLES + strings("Any")) == {"unreadable_cells": (5, None, "sheet 1")}
    sheet = only_sheet(body, STYLES + strings("Any"))
    assert sheet.unreadable == {(0, 1), (0, 3), (0, 4), (1, 4), (2, 0)}


def test_colours_of_newer_programs_and_of_the_workbook() -> None:
    white = struct.pack("<2H2H", 13, 20, 2, 0) + b"\xff\xff\xff\0" + b"\0" * 8
    extension = record(0x087D, b"\0" * 14 + struct.pack("<3H", 0, 0, 1) + white)
    assert of_sheet(number(0, 0), STYLES + extension) == {"unreadable_cells": (1, None, "sheet 1")}
    palette = record(0x0092, struct.pack("<H", 3) + b"\0\0\0\0" * 2 + b"\xff\xff\xff\0")
    plain = font(10) + format_(font=0)
    assert of_sheet(number(0, 0), plain) == {}
    assert of_sheet(number(0, 0), plain + palette) == {"unreadable_cells": (1, None, "sheet 1")}


def test_cells_of_every_kind() -> None:
    head = struct.pack("<3H", 1, 0, 1)
    body = record(0x0204, struct.pack("<3H", 0, 0, 1) + text("Any"))
    body += record(0x00D6, struct.pack("<3H", 0, 1, 1) + text("Any"))
    body += record(0x0205, struct.pack("<3H2B", 0, 2, 1, 1, 0))
    body += record(0x027E, struct.pack("<3HI", 0, 3, 1, 0x3FF00000))
    body += record(0x0006, head + struct.pack("<dHIH", 5.0, 0, 0, 0))
    body += record(0x0006, struct.pack("<3H", 1, 1, 1) + b"\0" * 6 + b"\xff\xff" + b"\0" * 8) + record(
        0x0207, text("A")
    )
    body += record(0x0201, struct.pack("<3H", 9, 9, 1))
    sheet = only_sheet(body, STYLES)
    assert sheet.unreadable == {(0, 0), (0, 1), (0, 2), (0, 3), (1, 0), (1, 1)}
    assert sheet.extent == Area(0, 0, 1, 1 + 2)


def test_covered_and_far_cells() -> None:
    body = record(0x00E5, struct.pack("<H4H", 1, 0, 1, 0, 1)) + number(0, 0) + number(1, 1) + number(2, 0)
    assert of_sheet(body) == {"covered_cells": (1, None, "sheet 1")}
    assert only_sheet(body).merged == (Area(0, 0, 1, 1),)
    far = b"".join(number(at, 0) for at in range(5)) + number(30, 0) + number(1, 40)
    assert of_sheet(far) == {"far_cells": (2, None, "sheet 1")}


def test_records_around_the_cells() -> None:
    drawn = struct.pack("<5H", 0x15, 0x12, 0x19, 1, 0) + b"\0" * 12
    control = struct.pack("<5H", 0x15, 0x12, 0x0B, 2, 0) + b"\0" * 12
    button = struct.pack("<5H", 0x15, 0x12, 0x14, 3, 0x0100) + b"\0" * 12
    body = CELLS
    body += record(0x005D, drawn) + record(0x01B6, b"\0" * 10 + b"\5\0" + b"\0" * 6)
    body += record(0x001C, struct.pack("<4H", 0, 0, 0, 1) + text("Ada Example"))
    body += record(0x005D, control) + record(0x005D, button)
    body += record(0x01B6, b"\0" * 10 + b"\5\0" + b"\0" * 6)
    body += record(0x0014, text("&CAny")) + record(0x0015)
    body += record(0x01B8, b"\0" * 28 + struct.pack("<I", 1)) + record(0x01B8, b"\0" * 28 + struct.pack("<I", 8))
    body += record(0x00AF, b"\0" * 8) + record(0x01BE, b"\0" * 8) + record(0x004D, b"\0\0Printer")
    body += record(0x009E, b"\3" + b"\0" * 23) + record(0x087E, b"\0" * 12 + b"\3" + b"\0" * 30)
    body += record(0x01AD, b"\0" * 8) + record(0x0013, b"\x12\x34") + record(0x01A9, b"\0" * 8)
    assert {channel: count for channel, (count, _, _) in of_sheet(body).items()} == {
        "comments": 1,
        "comment_authors": 1,
        "embedded_objects": 1,
        "shapes": 1,
        "headers_footers": 1,
        "external_links": 1,
        "scenarios": 1,
        "validation": 1,
        "printer_settings": 1,
        "connections": 1,
        "filters": 1,
        "protection": 1,
        "custom_views": 1,
    }


def test_globals() -> None:
    name = struct.pack("<HBBHHHI", 0, 0, 3, 0, 0, 0, 0) + b"\0Any"
    hidden = struct.pack("<HBBHHHI", 1, 0, 3, 0, 0, 0, 0) + b"\0Any"
    built_in = struct.pack("<HBBHHHI", 0x20, 0, 1, 0, 0, 0, 0) + b"\0\6"
    globals_ = record(0x0018, name) + record(0x0018, hidden) + record(0x0018, built_in)
    globals_ += record(0x01AE, struct.pack("<2H", 1, 0x0401)) + record(0x0023, b"\0" * 8)
    globals_ += record(0x01AE, struct.pack("<H", 1) + text("\1other.xls")) + record(0x0023, b"\0" * 8)
    globals_ += record(0x0059, b"\0" * 4) + record(0x005A, struct.pack("<2BH", 3, 1, 0) + b"\0" * 27)
    globals_ += record(0x005C, text("Ada Example").ljust(112, b" "))
    assert of_sheet(CELLS, globals_) == {
        "defined_names": (1, None, "the workbook"),
        "hidden_names": (1, None, "the workbook"),
        "external_links": (1, None, "the workbook"),
        "external_names": (1, None, "the workbook"),
        "external_cache": (3, None, "the workbook"),
        "authors": (1, None, "the workbook"),
    }


def test_strings_that_no_cell_shows_and_readings() -> None:
    reading = struct.pack("<2H2H3H", 1, 12, 0, 0, 0, 1, 1) + b"a\0"
    rich = struct.pack("<HBHI", 1, 0x0C, 1, len(reading)) + b"A" + b"\0" * 4 + reading
    assert of_sheet(shared(0, 0, 0) + shared(0, 1, 3), strings("Any", "Left over", " ", more=rich)) == {
        "orphan_strings": (1, None, "the workbook"),
        "phonetics": (1, None, "the workbook"),
    }


def test_a_string_goes_on_in_a_continuation() -> None:
    first = struct.pack("<2I", 2, 2) + struct.pack("<HB", 4, 0) + b"Ab"
    data = record(0x00FC, first) + record(0x003C, b"\1" + "cd".encode("utf-16-le") + text("Left over"))
    assert of_sheet(shared(0, 0, 0), data) == {"orphan_strings": (1, None, "the workbook")}


def test_a_chart_keeps_values() -> None:
    chart = record(0x0809, struct.pack("<4H2I", 0x0600, 0x20, 0, 0, 0, 0)) + number(0, 0) + number(1, 0)
    assert of_sheet(CELLS + chart + record(0x000A) + number(2, 0)) == {"chart_cache": (2, None, "sheet 1")}
    assert only_sheet(CELLS + chart + record(0x000A) + number(2, 0)).extent == Area(0, 0, 2, 1)


def atom(kind: int, data: bytes, instance: int = 0, version: int = 0) -> bytes:
    return struct.pack("<2HI", instance << 4 | version, kind, len(data)) + data


def test_pictures_and_alternative_texts() -> None:
    blip = atom(0xF01E, b"\0" * 17 + b"no picture", instance=0x6E0)
    entry = atom(0xF007, b"\0" * 36 + blip, version=2)
    group = record(0x00EB, atom(0xF000, atom(0xF001, entry, version=0xF), version=0xF))
    told = "Any words\0".encode("utf-16-le")
    options = atom(0xF00B, struct.pack("<HI", 0xC381, len(told)) + told, instance=1, version=3)
    shape = record(0x00EC, atom(0xF004, options, version=0xF))
    drawn = record(0x005D, struct.pack("<5H", 0x15, 0x12, 8, 1, 0) + b"\0" * 12)
    comment = record(0x005D, struct.pack("<5H", 0x15, 0x12, 0x19, 1, 0) + b"\0" * 12)
    assert of_sheet(CELLS + shape + drawn + shape + comment, group) == {
        "pictures": (1, None, "the workbook"),
        "shapes": (1, None, "sheet 1"),
    }


def test_properties() -> None:
    summary = {1: struct.pack("<2I", 2, 1252), 4: said("Ada Example"), 2: said(" "), 18: said("Program")}
    summary[17] = struct.pack("<2I", 0x47, 9) + b"\xff" * 9
    titles = struct.pack("<2I", 0x101E, 2) + b"\2\0\0\0A\0\0\0\2\0\0\0B\0\0\0"
    others = {
        "\5SummaryInformation": property_set(SUMMARY, summary),
        "\5DocumentSummaryInformation": property_set(DOCUMENT, {13: titles, 12: titles}),
    }
    assert found(xls(biff({"One": CELLS}), others)) == {
        "authors": (1, None, "the summary"),
        "properties": (1, None, "the summary"),
        "thumbnail": (1, None, "the summary"),
        "sheet_titles": (2, None, "the document's summary"),
    }
    own = {"\5DocumentSummaryInformation": property_set(OWN, {2: said("Any"), 0: said("name")})}
    assert found(xls(biff({"One": CELLS}), own)) == {"custom_properties": (1, None, "the document's summary")}
    broken = {"\5SummaryInformation": property_set(SUMMARY, summary)[:70]}
    assert found(xls(biff({"One": CELLS}), broken)) == {"unknown_parts": (1, None, "the summary")}


def test_other_streams() -> None:
    pivot = record(0x00C6, b"\0" * 18 + text("Ada")) + record(0x00CD, text("A")) + record(0x00C8, b"\0") * 2
    others = {
        "_VBA_PROJECT_CUR/VBA/dir": b"x",
        "_VBA_PROJECT_CUR/VBA/Module1": b"x",
        "_VBA_PROJECT_CUR/PROJECT": b"x",
        "_SX_DB_CUR/0001": pivot,
        "MBD00012345/Package": b"x",
        "MBD00012345/\1CompObj": b"x",
        "Ctls": b"x",
        "Revision Log": record(0x0138, b"x") + record(0x013B, b"x"),
        "User Names": record(0x0193, b"x"),
        "_xmlsignatures/one": b"x",
        "Anything": b"x",
        "Book": b"x",
        "\1CompObj": b"x",
    }
    assert found(xls(biff({"One": CELLS}), others)) == {
        "macros": (1, None, "the file"),
        "pivot_records": (2, None, "the file"),
        "pivot_values": (1, None, "the file"),
        "pivot_author": (1, None, "the file"),
        "embedded_objects": (2, None, "the file"),
        "revisions": (1, None, "the file"),
        "authors": (1, None, "the file"),
        "signatures": (1, None, "the file"),
        "unknown_parts": (1, None, "the file"),
        "second_workbook": (1, None, "the file"),
    }


def test_bytes_that_nothing_owns() -> None:
    workbook = biff({"One": CELLS})
    assert found(xls(workbook, free=b"left over"))["ole_slack"] == (9, None, "the file")
    assert found(xls(workbook, {"\1Ole": b"x"}, pad=b"\1"))["ole_slack"] == (63, None, "the file")
    assert found(xls(workbook) + b"behind")["ole_slack"] == (6, None, "the file")
    data = compound({"Workbook": workbook.ljust(CUT_OFF, b"\0")}, deleted="Old")
    assert found(data) == {"ole_loose_streams": (1, None, "the file")}
    between = workbook + record(0x1234, b"between")
    assert found(xls(between)) == {"bytes_between_sheets": (8, None, "the workbook")}


def test_a_file_with_more_tables_than_its_header_lists() -> None:
    large = {"Anything": b"x" * (8 << 20)}
    assert found(xls(biff({"One": CELLS}), large)) == {"unknown_parts": (1, None, "the file")}
    assert found(xls(biff({"One": CELLS}), large, free=b"left"))["ole_slack"] == (4, None, "the file")


def test_a_sheet_that_is_not_listed() -> None:
    loose = record(0x0809, struct.pack("<4H2I", 0x0600, 0x10, 0, 0, 0, 0)) + CELLS + record(0x000A)
    inspection = look(xls(biff({"One": CELLS}) + loose))
    assert [(each.channel, each.unsound) for each in inspection.findings] == [("loose_sheets", True)]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (xls(biff({"One": CELLS}, globals_=record(0x002F, b"\1\0"))), "encrypted"),
        (compound({"EncryptedPackage": b"x", "EncryptionInfo": b"x"}), "encrypted"),
        (xls(record(0x0809, struct.pack("<4H", 0x0500, 5, 0, 0))), "before Excel 97"),
        (xls(biff({"One": CELLS})[:-4]), "cut short"),
        (xls(biff({"One": shared(0, 0, 5)}, globals_=strings("A"))), "not there"),
        (xls(biff({"One": CELLS}, globals_=record(0x00FC, struct.pack("<2IH", 1, 1, 9)))), "cut short"),
        (xls(biff({"One": number(0, 300)})), "beyond 256 columns"),
        (xls(biff({"One": record(0x0203, b"\0" * 8)})), "cut short"),
        (xls(biff({"One": CELLS}))[:600], "leads astray"),
        (xls(biff({"One": CELLS}))[:300], "cut short"),
    ],
)
def test_what_cannot_be_followed(data: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        look(data)


def test_a_sheet_that_is_not_where_it_is_listed() -> None:
    data = biff({"One": CELLS})
    at = data.index(struct.pack("<2H", 0x0085, 6 + 2 + 6)) + 4
    moved = data[:at] + struct.pack("<I", 5) + data[at + 4 :]
    with pytest.raises(DataError, match="not where"):
        look(xls(moved))


def test_an_embedded_workbook_that_comes_first() -> None:
    main, inner = biff({"One": CELLS}).ljust(CUT_OFF, b"\0"), biff({"Inner": CELLS})
    streams = {"Workbook": main, "MBD00012345/Workbook": inner}
    assert {each.channel for each in look(compound(streams)).findings} == {"embedded_objects"}
    with pytest.raises(DataError, match="embedded workbook"):
        look(compound(streams, deepest_first=True))
    with pytest.raises(DataError, match="embedded workbook"):
        look(compound({"Book": main, "MBD00012345/Workbook": inner}))


@cache
def sample() -> bytes:
    others = {"\5SummaryInformation": property_set(SUMMARY, {4: said("Ada")}), "_SX_DB_CUR/1": record(0x00C8, b"\0")}
    body = row(0) + CELLS + columns(0, 1) + record(0x00E5, struct.pack("<H4H", 1, 0, 1, 0, 1)) + shared(3, 0, 0)
    return xls(biff({"One": body, "Two": CELLS}, globals_=STYLES + strings("Any", "More")), others)


@settings(max_examples=200)
@given(st.data())
def test_damage_ends_in_findings_or_in_a_data_error(data: st.DataObject) -> None:
    raw = bytearray(sample())
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at] = data.draw(st.integers(0, 255))
    if data.draw(st.booleans()):
        del raw[data.draw(st.integers(0, len(raw))) :]
    if data.draw(st.booleans()):
        at = data.draw(st.integers(0, len(raw)))
        raw[at:at] = raw[at : at + data.draw(st.integers(0, 600))]
    try:
        inspection = look(bytes(raw))
    except DataError:
        return
    assert inspection.kind in {"xls", "zip"}
