"""Exports that hide something: refused or left out, reported, and nothing of it in what leaves."""

from __future__ import annotations

import io
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import openpyxl
import pytest
from openpyxl.comments import Comment
from PIL import Image

from support.cli import files_in, narrowgate
from support.officers import officers, read_records, workbook, write_records
from support.policies import AGREEMENT, copy_policies, purpose
from support.scan import faults

CARDS = ("--supplier", "cardco", "--purpose", "id_card_print", "--on", "2026-06-01")
LENIENT = ("--supplier", "cardco", "--purpose", "lenient", "--on", "2026-06-01")
PUBLIC = ("--supplier", "public", "--purpose", "foi_publication", "--on", "2026-06-01")
RULES = """
permit.warrant_number.action := "keep"

permit.forename.action := "keep"

permit.surname.action := "keep"

permit.photo := {"action": "image", "max_px": 100}

release if input.record.status == "active"
"""
SECRET = "Penhallow"

Edit = Callable[[openpyxl.Workbook, Any], None]


def export(path: Path, edit: Edit = lambda *_: None, changes: Mapping[str, str] = MappingProxyType({})) -> Path:
    """A workbook of three officers, changed by ``edit``."""
    book = openpyxl.load_workbook(io.BytesIO(workbook(officers(3, **changes))))
    book.properties.creator = None
    edit(book, book.active)
    book.save(path)
    return path


def hide_sheet(book: openpyxl.Workbook, _: Any) -> None:
    book.create_sheet("All staff").append([SECRET])
    book["All staff"].sheet_state = "hidden"


def very_hide_sheet(book: openpyxl.Workbook, _: Any) -> None:
    hide_sheet(book, _)
    book["All staff"].sheet_state = "veryHidden"


def add_row(sheet: Any, **options: Any) -> None:
    last = [cell.value for cell in sheet[4]]
    last[last.index("Kestrelby") if "Kestrelby" in last else 0] = SECRET
    sheet.append(last)
    for name, value in options.items():
        setattr(sheet.row_dimensions[5], name, value)


def hide_row(_: Any, sheet: Any) -> None:
    add_row(sheet, hidden=True)


def flatten_row(_: Any, sheet: Any) -> None:
    add_row(sheet, height=0.1)


def filter_row(_: Any, sheet: Any) -> None:
    add_row(sheet, hidden=True)
    sheet.auto_filter.ref = "A1:Z5"
    sheet.auto_filter.add_filter_column(0, ["E4000001"])


def hide_column(_: Any, sheet: Any) -> None:
    column = sheet.max_column + 1
    for row, text in enumerate(["Spare", SECRET, SECRET, SECRET], 1):
        sheet.cell(row, column, text)
    sheet.column_dimensions[openpyxl.utils.get_column_letter(column)].hidden = True


def add_beside(_: Any, sheet: Any) -> None:
    sheet.cell(2, sheet.max_column + 2, SECRET)


def add_below(_: Any, sheet: Any) -> None:
    sheet.cell(60, 1, SECRET)


def cover(_: Any, sheet: Any) -> None:
    """As other programs than Excel leave cells when they merge them."""
    column = sheet.max_column + 2
    sheet.cell(1, column, "x")
    sheet.cell(2, column, SECRET)
    sheet.merged_cells.add(f"{sheet.cell(1, column).coordinate}:{sheet.cell(2, column).coordinate}")


def add_comment(_: Any, sheet: Any) -> None:
    sheet["A2"].comment = Comment(SECRET, "Una")


def name_author(book: openpyxl.Workbook, _: Any) -> None:
    book.properties.creator = SECRET


CELLS = [hide_sheet, very_hide_sheet, hide_row, flatten_row, filter_row, hide_column, add_beside, add_below, cover]
OTHERS = [add_comment, name_author]


@pytest.fixture(scope="module")
def policies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped ones, and a purpose whose agreement leaves hidden cells out."""
    agreement = AGREEMENT.replace("parquet]", "parquet, xlsx]") + "    on_hidden: leave_out\n"
    return copy_policies(tmp_path_factory.mktemp("mine") / "policies", purpose("lenient", RULES, agreement))


@pytest.mark.parametrize("edit", CELLS)
def test_hidden_cells_refuse(tmp_path: Path, edit: Callable[..., None]) -> None:
    file = export(tmp_path / "staff.xlsx", edit)
    done = narrowgate("filter", file, "-o", tmp_path / "cards.csv", *CARDS).require(1)
    assert "narrowgate inspect" in done.err
    assert SECRET not in done.out + done.err
    assert files_in(tmp_path) == {"staff.xlsx"}


def test_a_field_that_rules_read_may_be_hidden(tmp_path: Path) -> None:
    def hide_posting(_: openpyxl.Workbook, sheet: Any) -> None:
        (cell,) = (cell for cell in sheet[1] if cell.value == "posting")
        sheet.column_dimensions[cell.column_letter].hidden = True

    file = export(tmp_path / "staff.xlsx", hide_posting)
    done = narrowgate("filter", file, "-o", tmp_path / "cards.csv", *CARDS).require(1)
    assert "the export has no posting" in done.err
    assert "hidden columns" in done.err


@pytest.mark.parametrize("edit", [*CELLS, *OTHERS])
def test_what_hides_stays_behind(tmp_path: Path, policies: Path, edit: Callable[..., None]) -> None:
    """Where the agreement says so, the release is that of the same workbook without it, byte for byte."""
    export(tmp_path / "plain.xlsx")
    export(tmp_path / "hiding.xlsx", edit)
    for name in ("plain", "hiding"):
        arguments = ("filter", tmp_path / f"{name}.xlsx", "-o", tmp_path / f"{name}-out.xlsx", *LENIENT)
        narrowgate("--policies", policies, *arguments).require(0)
    release = (tmp_path / "hiding-out.xlsx").read_bytes()
    assert release == (tmp_path / "plain-out.xlsx").read_bytes()
    assert len(read_records(tmp_path / "hiding-out.xlsx")) == 3
    assert faults(release) == []
    receipt = json.loads((tmp_path / "hiding-out.xlsx.receipt.json").read_text())["entry"]
    assert {"high", "medium"} & {finding["severity"] for finding in receipt["hidden"]}
    assert SECRET not in json.dumps(receipt)


@pytest.mark.parametrize("edit", OTHERS)
def test_what_is_no_cell_does_not_refuse(tmp_path: Path, edit: Callable[..., None]) -> None:
    file = export(tmp_path / "staff.xlsx", edit)
    done = narrowgate("filter", file, "-o", tmp_path / "cards.csv", *CARDS).require(0)
    assert "left behind: " in done.out
    assert SECRET not in done.out


@pytest.mark.parametrize("edit", [*CELLS, *OTHERS])
def test_publication_refuses_whatever_hides(tmp_path: Path, edit: Callable[..., None]) -> None:
    changes = {"employment_type": "officer"}
    narrowgate("filter", export(tmp_path / "a.xlsx", changes=changes), "-o", tmp_path / "a.csv", *PUBLIC).require(0)
    file = export(tmp_path / "b.xlsx", edit, changes)
    done = narrowgate("filter", file, "-o", tmp_path / "b.csv", *PUBLIC, "--json").require(1)
    assert json.loads(done.out)["error"]["reasons"]
    assert not (tmp_path / "b.csv").exists()


def test_publication_looks_into_text_too(tmp_path: Path) -> None:
    rows = officers(3, employment_type="officer", unit="a\u200bb")
    file = write_records(tmp_path / "a.csv", rows)
    done = narrowgate("filter", file, "-o", tmp_path / "b.csv", *PUBLIC).require(1)
    assert "characters that nobody sees" in done.err


@pytest.mark.parametrize("edit", [*CELLS, *OTHERS])
def test_check_fails_where_something_hides(tmp_path: Path, policies: Path, edit: Callable[..., None]) -> None:
    """Also where the cells that can be seen comply."""

    def only_names(book: openpyxl.Workbook, sheet: Any) -> None:
        kept = {"warrant_number", "forename", "surname", "status", "posting"}
        for column in range(sheet.max_column, 0, -1):
            if sheet.cell(1, column).value not in kept:
                sheet.delete_cols(column)
        edit(book, sheet)

    rules = RULES + '\npermit.status.action := "keep"\n\npermit.posting.action := "keep"\n'
    agreement = AGREEMENT.replace("parquet]", "parquet, xlsx]")
    mine = copy_policies(tmp_path / "policies", purpose("names", rules, agreement))
    arguments = ("--supplier", "cardco", "--purpose", "names", "--on", "2026-06-01")
    file = export(tmp_path / "a.xlsx", lambda book, sheet: only_names(book, sheet))
    done = narrowgate("--policies", mine, "check", file, *arguments).require(1)
    assert re.search(r": .* \(\d+ \w+", done.out)
    assert SECRET not in done.out


def test_check_passes_a_workbook_that_hides_nothing(tmp_path: Path) -> None:
    narrowgate("filter", export(tmp_path / "a.xlsx"), "-o", tmp_path / "b.xlsx", *CARDS).require(0)
    narrowgate("check", tmp_path / "b.xlsx", *CARDS).require(0)


@pytest.mark.parametrize(
    "name", ["a.csv", "a.tsv", "a.json", "a.ndjson", "a.parquet", "a.xlsx", "a.csv.gz", "a.xlsx.zip"]
)
def test_releases_hide_nothing(tmp_path: Path, name: str) -> None:
    file = write_records(tmp_path / "staff.csv", officers(30))
    narrowgate("filter", file, "-o", tmp_path / name, *CARDS).require(0)
    narrowgate("inspect", tmp_path / name).require(0)
    assert faults((tmp_path / name).read_bytes()) == []


# Pictures and ZIPs


def portrait(colour: str, **options: Any) -> bytes:
    target = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = SECRET
    exif[0x8825] = {1: "N", 2: (54.0, 30.0, 1.0)}
    Image.new("RGB", (320, 200), colour).save(target, "JPEG", exif=exif, comment=SECRET.encode(), **options)
    return target.getvalue()


def bundle(path: Path, rows: list[dict[str, str]], pictures: dict[str, bytes], **others: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as made:
        write_records(path.with_suffix(".csv"), rows)
        made.write(path.with_suffix(".csv"), "staff.csv")
        path.with_suffix(".csv").unlink()
        for name, data in {**pictures, **others}.items():
            made.writestr(name, data)
    return path


def test_pictures_leave_drawn_anew(tmp_path: Path) -> None:
    rows = officers(4)
    rows[1] |= {"posting": "covert"}
    rows[3] |= {"photo": "photos/none.jpg"}
    for number, row in enumerate(rows[:3]):
        row["photo"] = f"photos/P004821{number}.jpg"
    pictures = {f"photos/P004821{n}.jpg": portrait(colour) for n, colour in enumerate(("red", "green", "blue"))}
    pictures["photos/P9999999.jpg"] = portrait("white")
    file = bundle(tmp_path / "staff.zip", rows, pictures, notes=SECRET.encode())
    done = narrowgate("filter", file, "-o", tmp_path / "cards.zip", *CARDS).require(0)
    line = "2 pictures drawn anew; withheld 1 picture missing, 1 picture that no record names"
    assert line in " ".join(done.out.split())
    records = read_records(tmp_path / "cards.zip")
    assert [record["photo"] for record in records] == ["000001.jpg", "000002.jpg", None]
    with zipfile.ZipFile(tmp_path / "cards.zip") as release:
        assert release.namelist() == ["000001.jpg", "000002.jpg", "records.csv"]
        shown = [Image.open(io.BytesIO(release.read(f"00000{n}.jpg"))).resize((1, 1)).tobytes() for n in (1, 2)]
    assert shown[0][0] > 240 > 20 > shown[0][2]
    assert shown[1][2] > 240 > 20 > shown[1][0]
    data = (tmp_path / "cards.zip").read_bytes()
    assert SECRET.encode() not in data
    assert b"P00482" not in data
    assert faults(data) == []
    receipt = json.loads((tmp_path / "cards.zip.receipt.json").read_text())["entry"]
    assert receipt["pictures"] == {"released": 2, "missing": 1, "refused": 0, "unreferenced": 1}
    assert "zip_unused_members" in {finding["channel"] for finding in receipt["hidden"]}
    narrowgate("check", tmp_path / "cards.zip", *CARDS).require(0)


def test_the_same_cells_give_the_same_archive(tmp_path: Path) -> None:
    """Whatever the withheld record's picture is, and what the others' files tell."""
    outcomes = []
    for number in (1, 2):
        rows = officers(3)
        rows[1] |= {"posting": "covert", "photo": f"photos/{'x' * number}.jpg"}
        pictures = {row["photo"]: portrait("red", quality=95) for row in rows}
        pictures[rows[1]["photo"]] = portrait("blue", quality=20 * number)
        file = bundle(tmp_path / f"staff{number}.zip", rows, pictures, **{"notes.txt": b"x" * number})
        narrowgate("filter", file, "-o", tmp_path / f"cards{number}.zip", *CARDS).require(0)
        outcomes.append((tmp_path / f"cards{number}.zip").read_bytes())
    assert outcomes[0] == outcomes[1]


def test_pictures_beside_the_table(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    rows = officers(2)
    for row in rows:
        (tmp_path / row["photo"]).write_bytes(portrait("red"))
    file = write_records(tmp_path / "staff.csv", rows)
    narrowgate("filter", file, "-o", tmp_path / "cards.zip", *CARDS).require(0)
    assert [record["photo"] for record in read_records(tmp_path / "cards.zip")] == ["000001.jpg", "000002.jpg"]


def test_pictures_do_not_leave_without_a_zip(tmp_path: Path) -> None:
    file = write_records(tmp_path / "staff.csv", officers(2))
    done = narrowgate("filter", file, "-o", tmp_path / "cards.csv", *CARDS).require(0)
    assert "pictures leave only in a ZIP" in " ".join(done.out.split())
    assert "photo" not in read_records(tmp_path / "cards.csv")[0]


def huge() -> bytes:
    """A PNG that says it is 30,000 pixels wide and high."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")
    )


def test_absurd_and_broken_pictures(tmp_path: Path) -> None:
    rows = officers(300)
    pictures = {row["photo"]: portrait("red") for row in rows}
    pictures[rows[0]["photo"]] = b"MZ" + b"\0" * 99
    file = bundle(tmp_path / "staff.zip", rows, pictures)
    narrowgate("filter", file, "-o", tmp_path / "cards.zip", *CARDS).require(0)
    records = read_records(tmp_path / "cards.zip")
    assert records[0]["photo"] is None
    assert sum(record["photo"] is not None for record in records) == 299
    for row in rows[1:20]:
        pictures[row["photo"]] = huge()
    file = bundle(tmp_path / "more.zip", rows, pictures)
    done = narrowgate("filter", file, "-o", tmp_path / "more-cards.zip", *CARDS).require(1)
    assert "20 pictures cannot be decoded or would be absurdly large" in done.err
    assert not (tmp_path / "more-cards.zip").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: b"#!/bin/sh\n" + data, "bytes before the archive"),
        (lambda data: data + b"more", "bytes behind the archive"),
        (lambda data: data[: len(data) // 2], "not a ZIP archive, or it is cut short"),
    ],
)
def test_archives_that_are_not_plain(tmp_path: Path, change: Callable[[bytes], bytes], message: str) -> None:
    file = bundle(tmp_path / "staff.zip", officers(2), {})
    file.write_bytes(change(file.read_bytes()))
    done = narrowgate("filter", file, "-o", tmp_path / "cards.zip", *CARDS).require(2)
    assert message in done.err
    assert files_in(tmp_path) == {"staff.zip"}


@pytest.mark.parametrize("name", ["../up.jpg", "/abs.jpg", "STAFF.CSV"])
def test_members_with_odd_names(tmp_path: Path, name: str) -> None:
    file = bundle(tmp_path / "staff.zip", officers(2), {name: portrait("red")})
    narrowgate("filter", file, "-o", tmp_path / "cards.zip", "--from", "csv.zip", *CARDS).require(2)
    assert files_in(tmp_path) == {"staff.zip"}


def test_a_workbook_in_a_zip(tmp_path: Path) -> None:
    export(tmp_path / "staff.xlsx", hide_row)
    with zipfile.ZipFile(tmp_path / "staff.zip", "w") as made:
        made.write(tmp_path / "staff.xlsx", "staff.xlsx")
    done = narrowgate("filter", tmp_path / "staff.zip", "-o", tmp_path / "cards.xlsx", *CARDS).require(1)
    assert "hidden rows" in done.err
    export(tmp_path / "staff.xlsx")
    with zipfile.ZipFile(tmp_path / "staff.zip", "w") as made:
        made.write(tmp_path / "staff.xlsx", "staff.xlsx")
    narrowgate("filter", tmp_path / "staff.zip", "-o", tmp_path / "cards.xlsx", *CARDS).require(0)
    assert len(read_records(tmp_path / "cards.xlsx")) == 3


def test_a_zip_holds_one_table(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "staff.zip", "w") as made:
        made.writestr("a.csv", "rank\n")
        made.writestr("b.csv", "rank\n")
    done = narrowgate("filter", tmp_path / "staff.zip", "-o", tmp_path / "cards.zip", *CARDS).require(2)
    assert "2 files that are csv" in done.err


# inspect


def test_inspect_says_what_and_never_what_it_says(tmp_path: Path) -> None:
    def edit(book: openpyxl.Workbook, sheet: Any) -> None:
        hide_sheet(book, sheet)
        add_comment(book, sheet)
        name_author(book, sheet)
        book["All staff"].title = f"{SECRET} grievance"

    file = export(tmp_path / "staff.xlsx", edit)
    done = narrowgate("inspect", file).require(1)
    assert "hidden sheets" in done.out
    assert SECRET not in done.out + done.err
    report = json.loads(narrowgate("inspect", file, "--json").require(1).out)
    assert report["kind"] == "xlsx"
    assert {"hidden_sheet", "comments", "authors"} <= {finding["channel"] for finding in report["findings"]}
    assert SECRET not in json.dumps(report)
    severities = [finding["severity"] for finding in report["findings"]]
    assert severities == sorted(severities, key=["high", "medium", "low"].index)


def test_inspect_of_nothing_hidden(tmp_path: Path) -> None:
    write_records(tmp_path / "staff.csv", officers(3))
    done = narrowgate("inspect", tmp_path / "staff.csv").require(0)
    assert done.out.startswith("nothing hidden in ")
    assert json.loads(narrowgate("inspect", tmp_path / "staff.csv", "--json").require(0).out)["findings"] == []
    stdin = (tmp_path / "staff.csv").read_bytes()
    narrowgate("inspect", "-", "--from", "csv", stdin=stdin).require(0)


@pytest.mark.parametrize("data", [b"", b"what is this", b"PK\x03\x04" + b"\0" * 50])
def test_inspect_of_what_cannot_be_looked_into(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.bin").write_bytes(data)
    narrowgate("inspect", tmp_path / "a.bin").require(2)
    narrowgate("inspect", tmp_path / "missing.xlsx").require(2)
    narrowgate("inspect", tmp_path).require(2)
