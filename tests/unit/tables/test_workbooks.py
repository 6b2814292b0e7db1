"""Reading and writing workbooks: which cells are the table's, and what they become."""

from __future__ import annotations

import datetime
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.styles import Font, PatternFill
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from narrowgate.errors import DataError, Refused, UsageError
from narrowgate.inspection.inspect import inspect_file
from narrowgate.model.source import Dialect
from narrowgate.tables.formats import _workbook, formats, xlsx
from narrowgate.tables.formats._sheet_rows import rows_xml
from narrowgate.tables.input import InputFile
from narrowgate.tables.interface import JSON_CELL, TableReader, WriterOptions
from support.officers import open_document

Edit = Callable[[openpyxl.Workbook, Any], None]


def saved(path: Path, rows: list[list[Any]], edit: Edit = lambda *_: None, epoch: Any = None) -> Path:
    """A workbook with ``rows`` on its first sheet, changed by ``edit``."""
    book = openpyxl.Workbook()
    if epoch:
        book.epoch = epoch
    for row in rows:
        book.active.append(row)
    edit(book, book.active)
    book.save(path)
    return path


def opened(path: Path, **dialect: Any) -> TableReader:
    file = InputFile(path, "xlsx")
    return formats()["xlsx"].open(file, Dialect(**dialect))


def read(path: Path, **dialect: Any) -> tuple[pl.DataFrame, TableReader]:
    reader = opened(path, **dialect)
    fields = {column: column for column in reader.columns}
    return pl.concat([reader.frame(chunk, fields) for chunk in reader.chunks()], how="diagonal"), reader


ROWS = [["Rank", "Unit"], ["Sergeant", "A"], ["Constable", "B"], ["Inspector", "C"]]


def test_cells_by_type(tmp_path: Path) -> None:
    cells: list[tuple[Any, str, str | None]] = [
        ("007", "007", None),
        (7, "7", "7"),
        (7.5, "7.5", "7.5"),
        (0.1 + 0.2, "0.3", "0.3"),
        (-3, "-3", "-3"),
        (True, "true", "true"),
        (datetime.date(2026, 6, 1), "2026-06-01", None),
        (datetime.datetime(2026, 6, 1, 12, 30), "2026-06-01T12:30:00", None),
        (datetime.time(9, 5), "09:05:00", None),
        (10**15, "\0", None),
        ("x" * 100, "x" * 100, None),
        (" a\nb ", " a\nb ", None),
    ]
    numbered: list[list[Any]] = [[n, cell] for n, (cell, _, _) in enumerate(cells)]
    path = saved(tmp_path / "a.xlsx", [["n", "cell"], *numbered])
    frame, _ = read(path)
    assert frame["cell"].to_list() == [text for _, text, _ in cells]
    assert frame["cell" + JSON_CELL].to_list() == [literal for _, _, literal in cells]


def test_an_error_is_an_empty_cell(tmp_path: Path) -> None:
    def edit(_: Any, sheet: Any) -> None:
        sheet["B2"].value, sheet["B2"].data_type = "#REF!", "e"

    frame, _ = read(saved(tmp_path / "a.xlsx", ROWS, edit))
    assert frame["Unit"].to_list() == [None, "B", "C"]


def test_both_date_systems(tmp_path: Path) -> None:
    rows: list[list[Any]] = [["on"], [datetime.date(2026, 6, 1)]]
    for name, epoch in (("1900.xlsx", None), ("1904.xlsx", CALENDAR_MAC_1904)):
        frame, _ = read(saved(tmp_path / name, rows, epoch=epoch))
        assert frame["on"].to_list() == ["2026-06-01"]


def test_a_table_may_stand_anywhere(tmp_path: Path) -> None:
    rows: list[list[Any]] = [[], [], *([None, None, *row] for row in ROWS)]
    frame, reader = read(saved(tmp_path / "a.xlsx", rows))
    assert frame.to_dicts()[0] == {"Rank": "Sergeant", "Unit": "A"}
    assert reader.findings == ()


def hide_row(_: Any, sheet: Any) -> None:
    sheet.row_dimensions[3].hidden = True


def hide_column(_: Any, sheet: Any) -> None:
    sheet.column_dimensions["B"].hidden = True


def flatten_row(_: Any, sheet: Any) -> None:
    sheet.row_dimensions[3].height = 0.1


def whiten(_: Any, sheet: Any) -> None:
    sheet["B3"].font = Font(color="FFFFFFFF")


def blacken(_: Any, sheet: Any) -> None:
    sheet["B3"].font = Font(color="FF000000")
    sheet["B3"].fill = PatternFill("solid", fgColor="FF000000")


def show_nothing(_: Any, sheet: Any) -> None:
    sheet["B3"].number_format = ";;;"


@pytest.mark.parametrize(
    ("edit", "channel", "units"),
    [
        (hide_row, "hidden_rows", ["A", "C"]),
        (flatten_row, "zero_height_rows", ["A", "C"]),
        (whiten, "unreadable_cells", ["A", None, "C"]),
        (blacken, "unreadable_cells", ["A", None, "C"]),
        (show_nothing, "unreadable_cells", ["A", None, "C"]),
        (hide_column, "hidden_columns", None),
    ],
)
def test_what_does_not_show_is_not_read(tmp_path: Path, edit: Edit, channel: str, units: list[Any] | None) -> None:
    path = saved(tmp_path / "a.xlsx", ROWS, edit)
    frame, _ = read(path)
    assert frame.columns == ["Rank", "Unit"] if units else frame.columns == ["Rank"]
    assert units is None or frame["Unit"].to_list() == units
    hidden = [each for each in inspect_file(path).findings if each.hides_cells]
    assert [each.channel for each in hidden] == [channel]


def test_what_stands_under_a_merged_cell_is_not_read(tmp_path: Path) -> None:
    """Excel empties such cells when it merges them; other programs do not."""
    path, covering = saved(tmp_path / "a.xlsx", ROWS), tmp_path / "b.xlsx"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(covering, "w") as target:
        for entry in source.infolist():
            text = source.read(entry)
            if entry.filename == "xl/worksheets/sheet1.xml":
                text = text.replace(b"</sheetData>", b'</sheetData><mergeCells><mergeCell ref="A3:B4"/></mergeCells>')
            target.writestr(entry, text)
    frame, _ = read(covering)
    assert frame.rows() == [("Sergeant", "A"), ("Constable", None)]
    (hidden,) = [finding for finding in inspect_file(covering).findings if finding.hides_cells]
    assert (hidden.channel, hidden.count) == ("covered_cells", 3)


def test_covered_cells_of_ods_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.ods"
    rows = [dict(zip(ROWS[0], row, strict=True)) for row in ROWS[1:]]
    with zipfile.ZipFile(io.BytesIO(open_document(rows))) as source, zipfile.ZipFile(path, "w") as target:
        for entry in source.infolist():
            text = source.read(entry)
            shown = b'<table:table-cell office:value-type="string"><text:p>B</text:p></table:table-cell>'
            target.writestr(entry, text.replace(shown, shown.replace(b"table-cell", b"covered-table-cell")))
    reader = formats()["ods"].open(InputFile(path, "ods"), Dialect())
    frames = [reader.frame(chunk, {"Unit": "unit"}) for chunk in reader.chunks()]
    assert pl.concat(frames)["unit"].to_list() == ["A", None, "C"]
    assert [each.channel for each in inspect_file(path).findings if each.hides_cells] == ["covered_cells"]


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_hidden_sheets_are_not_read(tmp_path: Path, state: str) -> None:
    def edit(book: openpyxl.Workbook, sheet: Any) -> None:
        other = book.create_sheet("All staff", 0)
        other.append(["Rank", "Unit"])
        other.append(["Chief", "Z"])
        other.sheet_state = state

    path = saved(tmp_path / "a.xlsx", ROWS, edit)
    frame, _ = read(path)
    assert frame["Unit"].to_list() == ["A", "B", "C"]
    for name in ("All staff", "1"):
        with pytest.raises(DataError, match="hidden"):
            opened(path, sheet=name)


@pytest.mark.parametrize("name", ["Sheet", "SHEET"])
def test_two_sheets_of_one_name_are_not_read(tmp_path: Path, name: str) -> None:
    """A reader might give the hidden one for the other."""

    def edit(book: openpyxl.Workbook, _: Any) -> None:
        book.create_sheet("Other").append(["Rank"])
        book["Other"].sheet_state = "hidden"

    path, renamed = saved(tmp_path / "a.xlsx", ROWS, edit), tmp_path / "b.xlsx"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(renamed, "w") as target:
        for entry in source.infolist():
            target.writestr(entry, source.read(entry).replace(b'name="Other"', f'name="{name}"'.encode()))
    with pytest.raises(DataError, match="two sheets have the same name"):
        opened(renamed)


def test_a_sheet_is_chosen_by_name_or_number(tmp_path: Path) -> None:
    def edit(book: openpyxl.Workbook, _: Any) -> None:
        book.create_sheet("Other").append(["Rank"])
        book["Other"].append(["Chief"])

    path = saved(tmp_path / "a.xlsx", ROWS, edit)
    for name in ("Other", "2"):
        frame, _ = read(path, sheet=name)
        assert frame["Rank"].to_list() == ["Chief"]
    with pytest.raises(UsageError, match="2 sheets") as caught:
        opened(path)
    assert "--sheet 1 or 2" in caught.value.remedy
    with pytest.raises(UsageError):
        opened(path, sheet="Neither")


@pytest.mark.parametrize(
    ("cell", "count"), [("D1", 1), ("D3", 1), ("A7", 1), ("F9", 1), ("C2", 1), ("A9", 1), ("A40", 1)]
)
def test_cells_off_the_table_are_counted_and_not_read(tmp_path: Path, cell: str, count: int) -> None:
    def edit(_: Any, sheet: Any) -> None:
        sheet[cell] = "Kestrelby"

    frame, reader = read(saved(tmp_path / "a.xlsx", ROWS, edit))
    assert frame.height == 3
    assert "Kestrelby" not in str(frame.to_dicts())
    (finding,) = reader.findings
    assert (finding.channel, finding.count) == ("cells_off_the_table", count)


def test_a_declared_table(tmp_path: Path) -> None:
    rows: list[list[Any]] = [["Staff of June"], [], *([*row, None, "note"] for row in ROWS), [], ["more"]]
    path = saved(tmp_path / "a.xlsx", rows)
    frame, reader = read(path, table="A3:B6")
    assert frame.to_dicts() == [dict(zip(ROWS[0], row, strict=True)) for row in ROWS[1:]]
    assert reader.findings[0].count == 6
    frame, reader = read(path, table="$a$3:$b$5")
    assert frame.height == 2
    with pytest.raises(UsageError):
        opened(path, table="Nothing")


def test_a_table_by_its_name(tmp_path: Path) -> None:
    from openpyxl.worksheet.table import Table

    def edit(_: Any, sheet: Any) -> None:
        sheet.add_table(Table(displayName="Staff", ref="A1:B3"))

    frame, reader = read(saved(tmp_path / "a.xlsx", ROWS, edit), table="Staff")
    assert frame["Unit"].to_list() == ["A", "B"]
    assert reader.findings[0].count == 2


def test_merged_header_rows(tmp_path: Path) -> None:
    rows: list[list[Any]] = [["Rank", "Contact", None, "Unit"], [None, "Email", "Phone", None], ["Sgt", "e", "p", "u"]]

    def edit(_: Any, sheet: Any) -> None:
        for area in ("A1:A2", "B1:C1", "D1:D2"):
            sheet.merge_cells(area)

    path = saved(tmp_path / "a.xlsx", rows, edit)
    frame, reader = read(path, header_rows=2)
    assert frame.to_dicts() == [{"Rank": "Sgt", "Contact Email": "e", "Contact Phone": "p", "Unit": "u"}]
    assert reader.findings == ()


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([["Rank", "Rank"], ["a", "b"]], "columns A and B have the same name"),
        ([["Rank"]], "holds a header and no records"),
        ([[]], "no sheet that can be read"),
    ],
)
def test_tables_that_cannot_be_read(tmp_path: Path, rows: list[list[Any]], message: str) -> None:
    with pytest.raises((DataError, UsageError), match=message):
        read(saved(tmp_path / "a.xlsx", rows))


def test_a_header_that_breaks_off(tmp_path: Path) -> None:
    """An index without a name, as data frames write it, is off the table."""
    frame, reader = read(saved(tmp_path / "a.xlsx", [[None, "Rank"], [0, "a"], [1, "b"]]))
    assert frame.columns == ["Rank"]
    assert reader.findings[0].count == 2


def test_cells_at_the_end_of_the_world(tmp_path: Path) -> None:
    """Calamine would make room for all that lies between."""

    def edit(_: Any, sheet: Any) -> None:
        sheet["XFD1048576"] = "x"

    with pytest.raises(DataError, match="too far apart"):
        opened(saved(tmp_path / "a.xlsx", ROWS, edit))


def test_another_kind_under_that_name(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.xlsx", ROWS).rename(tmp_path / "a.ods")
    with pytest.raises(DataError, match="is xlsx and not ods") as caught:
        formats()["ods"].open(InputFile(path, "ods"), Dialect())
    assert "--from xlsx" in caught.value.remedy


@pytest.mark.parametrize("damage", [lambda text: text[: len(text) // 2], lambda text: text.replace("<v>", "<v>x", 3)])
def test_a_sheet_that_is_not_sound(tmp_path: Path, damage: Callable[[str], str]) -> None:
    path = saved(tmp_path / "a.xlsx", [["n"], [1], [2]])
    broken = tmp_path / "broken.xlsx"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(broken, "w") as target:
        for entry in source.infolist():
            text = source.read(entry)
            part = entry.filename == "xl/worksheets/sheet1.xml"
            target.writestr(entry, damage(text.decode()).encode() if part else text)
    with pytest.raises(DataError):
        read(broken)


def written(frame: pl.DataFrame, batches: int = 1) -> bytes:
    writer = formats()["xlsx"].create(WriterOptions(("a", "b")))
    size = max(1, -(-frame.height // batches))
    target = io.BytesIO()
    writer.write((writer.encode(frame[start : start + size]) for start in range(0, frame.height, size)), target)
    return target.getvalue()


def test_what_is_written_is_text_numbers_and_nothing_else(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "a": ["=1+1", "+44 7700", "@x", "007", None, "https://force.example", "12", "true"],
            "b": [None, "x", "{=a}", "x", "x", "x", "x", "x"],
            "a" + JSON_CELL: [None, None, None, None, None, None, "12", "true"],
        }
    )
    path = tmp_path / "out.xlsx"
    path.write_bytes(written(frame))
    sheet = openpyxl.load_workbook(path).active
    assert [cell.value for cell in sheet["A"]][1:] == [*frame["a"][:6], 12, True]
    assert {cell.data_type for cell in sheet["A"]} == {"s", "n", "b"}
    assert {cell.data_type for cell in sheet["B"]} == {"s", "n"}
    assert sheet.freeze_panes == "A2"
    assert sheet["A1"].font.bold
    assert sheet.column_dimensions["A"].width > sheet.column_dimensions["B"].width
    with zipfile.ZipFile(path) as package:
        assert not [name for name in package.namelist() if "docProps" in name or "calcChain" in name]
        assert b"<f" not in package.read("xl/worksheets/sheet1.xml")
        assert package.testzip() is None
    assert inspect_file(path).findings == ()


def test_the_same_cells_give_the_same_bytes() -> None:
    frame = pl.DataFrame({"a": [f"cell {n}" for n in range(50)], "b": ["x"] * 50})
    assert written(frame) == written(frame, 7)


def test_what_does_not_fit_on_a_sheet(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Refused, match="32,767"):
        written(pl.DataFrame({"a": ["x" * 32_768], "b": ["y"]}))
    monkeypatch.setattr(xlsx, "MOST_ROWS", 4)
    assert written(pl.DataFrame({"a": ["x"] * 3, "b": ["y"] * 3}))
    with pytest.raises(Refused, match="more records than the 3"):
        written(pl.DataFrame({"a": ["x"] * 4, "b": ["y"] * 4}))


def test_chunks_are_of_bounded_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_workbook, "CHUNK", 2)
    reader = opened(saved(tmp_path / "a.xlsx", ROWS))
    assert [len(chunk) for chunk in reader.chunks()] == [2, 1]


def by_xlsxwriter(rows: list[tuple[str | None, float | None]]) -> bytes:
    """The same rows as XlsxWriter itself writes them in constant memory."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, (text, amount) in enumerate(rows, 1):
            if text is not None:
                sheet.write_string(number, 0, text)
            if amount is not None:
                sheet.write(number, 27, amount)
    with zipfile.ZipFile(target) as package:
        xml = package.read("xl/worksheets/sheet1.xml")
    return xml.partition(b"<sheetData>")[2].partition(b"</sheetData>")[0]


texts = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs"]) | st.sampled_from("_x0041&<>\x07\r\n\t \ufffe"), min_size=1
)


@given(st.lists(st.tuples(st.none() | texts, st.none() | st.booleans() | st.integers(-(10**14), 10**14)), min_size=1))
def test_rows_are_those_of_xlsxwriter(rows: list[tuple[str | None, Any]]) -> None:
    """Byte for byte, but for texts that it takes for markup."""
    rows = [(None if text and text.startswith("<r>") and text.endswith("</r>") else text, cell) for text, cell in rows]
    names = [f"c{n}" for n in range(28)]
    empty = pl.DataFrame({name: [None] * len(rows) for name in names}, schema=dict.fromkeys(names, pl.String))
    literals = [None if cell is None else json.dumps(cell) for _, cell in rows]
    frame = empty.with_columns(
        pl.Series("c0", [text for text, _ in rows], dtype=pl.String),
        pl.Series("c27", literals, dtype=pl.String),
        pl.Series("c27" + JSON_CELL, literals, dtype=pl.String),
    )
    assert rows_xml(frame, names, 2) == by_xlsxwriter(rows)


def test_a_text_that_looks_like_markup_stays_text(tmp_path: Path) -> None:
    """XlsxWriter would put it into the sheet as it is."""
    path = tmp_path / "out.xlsx"
    path.write_bytes(written(pl.DataFrame({"a": ["<r><t>x</t></r>"], "b": ["</t></is></c>"]})))
    assert [cell.value for cell in openpyxl.load_workbook(path).active[2]] == ["<r><t>x</t></r>", "</t></is></c>"]


def test_numbers_that_a_sheet_would_round_are_text(tmp_path: Path) -> None:
    cells = ["999999999999999", "1000000000000000", "12345678901234567890", "-0.5", "1e20"]
    frame = pl.DataFrame({"a": cells, "b": cells, "a" + JSON_CELL: cells})
    path = tmp_path / "out.xlsx"
    path.write_bytes(written(frame))
    found = [row[0].value for row in openpyxl.load_workbook(path).active.iter_rows(min_row=2)]
    assert found == [999999999999999, "1000000000000000", "12345678901234567890", -0.5, "1e20"]
