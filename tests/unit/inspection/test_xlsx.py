"""Hidden data in workbooks of Office Open XML. All names and data are invented."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field
from xml.sax.saxutils import quoteattr

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.comments import Comment
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from narrowgate.errors import DataError
from narrowgate.inspection.inspect import inspect_subject
from narrowgate.inspection.interface import Inspection, Subject
from narrowgate.inspection.ooxml.facts import names_other_file
from narrowgate.inspection.ooxml.kinds import is_standard
from narrowgate.inspection.ooxml.styles import Silence, silence
from narrowgate.inspection.ooxml.workbook import is_constant
from narrowgate.inspection.sheets import Area, Sheet

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT_MAIN = "http://purl.oclc.org/ooxml/spreadsheetml/main"
STRICT_OFFICE = "http://purl.oclc.org/ooxml/officeDocument/relationships"
SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml."
MS = "application/vnd.ms-excel."
DECLARED = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
Part = tuple[str, str, bytes]
"""Content type, relationship type, content."""


@dataclass
class Book:
    """A workbook to be written by hand."""

    sheets: list[str] = field(default_factory=lambda: [rows("A1")])
    states: list[str] = field(default_factory=list)
    strings: list[str] = field(default_factory=list)
    styles: str = ""
    workbook: str = ""
    """Behind the sheets."""
    around: dict[str, Part] = field(default_factory=dict)
    """Parts that the workbook leads to."""
    beside: dict[str, Part] = field(default_factory=dict)
    """Parts that the first sheet leads to."""
    top: dict[str, Part] = field(default_factory=dict)
    """Parts that the package leads to."""
    loose: dict[str, bytes] = field(default_factory=dict)
    links: str = ""
    """Relationships of the first sheet, to outside."""
    main: str = MAIN
    office: str = OFFICE
    types: dict[str, str] = field(default_factory=dict)

    def parts(self) -> dict[str, bytes]:
        count = len(self.sheets)
        states = self.states + [""] * count
        entries = "".join(
            f'<sheet name="Secret{n}" sheetId="{n}" {states[n - 1]} r:id="s{n}"/>' for n in range(1, count + 1)
        )
        found = {
            "xl/workbook.xml": f'<workbook xmlns="{self.main}" xmlns:r="{self.office}"><sheets>{entries}</sheets>'
            f"{self.workbook}</workbook>",
        }
        self.types["xl/workbook.xml"] = self.types.get("xl/workbook.xml", SHEET_TYPE + "sheet.main+xml")
        relations = [(f"s{n}", f"{self.office}/worksheet", f"worksheets/sheet{n}.xml") for n in range(1, count + 1)]
        for number, sheet in enumerate(self.sheets, 1):
            found[f"xl/worksheets/sheet{number}.xml"] = (
                sheet if "<worksheet" in sheet else f'<worksheet xmlns="{self.main}">{sheet}</worksheet>'
            )
            self.types[f"xl/worksheets/sheet{number}.xml"] = SHEET_TYPE + "worksheet+xml"
        for name, text in (("sharedStrings", self._strings()), ("styles", self.styles)):
            if text:
                found[f"xl/{name}.xml"] = text
                self.types[f"xl/{name}.xml"] = f"{SHEET_TYPE}{name}+xml"
                relations.append((name, f"{self.office}/{name}", f"/xl/{name}.xml"))
        relations += [(f"a{n}", part[1], f"/{name}") for n, (name, part) in enumerate(self.around.items())]
        beside = [(f"b{n}", part[1], f"/{name}") for n, (name, part) in enumerate(self.beside.items())]
        top = [(f"t{n}", part[1], name) for n, (name, part) in enumerate(self.top.items())]
        found["xl/_rels/workbook.xml.rels"] = relationships(relations)
        if beside or self.links:
            found["xl/worksheets/_rels/sheet1.xml.rels"] = relationships(beside, self.links)
        found["_rels/.rels"] = relationships([("main", f"{self.office}/officeDocument", "xl/workbook.xml"), *top])
        data = {name: (DECLARED + text).encode() for name, text in found.items()}
        for name, (content_type, _, content) in (self.around | self.beside | self.top).items():
            data[name] = content
            self.types[name] = content_type
        return data | self.loose | {"[Content_Types].xml": self._content_types()}

    def write(self) -> bytes:
        return zipped(self.parts())

    def _strings(self) -> str:
        items = "".join(text if text.startswith("<") else f"<si><t>{text}</t></si>" for text in self.strings)
        return f'<sst xmlns="{self.main}" count="1">{items}</sst>' if items else ""

    def _content_types(self) -> bytes:
        types = "".join(f'<Override PartName="/{name}" ContentType="{kind}"/>' for name, kind in self.types.items())
        namespace = "http://schemas.openxmlformats.org/package/2006/content-types"
        rels = "application/vnd.openxmlformats-package.relationships+xml"
        default = (
            f'<Default Extension="rels" ContentType="{rels}"/><Default Extension="xml" ContentType="application/xml"/>'
        )
        return f'{DECLARED}<Types xmlns="{namespace}">{default}{types}</Types>'.encode()


def relationships(relations: list[tuple[str, str, str]], more: str = "") -> str:
    inside = "".join(f'<Relationship Id="{i}" Type="{kind}" Target="{to}"/>' for i, kind, to in relations)
    namespace = "http://schemas.openxmlformats.org/package/2006/relationships"
    return f'<Relationships xmlns="{namespace}">{inside}{more}</Relationships>'


def zipped(parts: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return file.getvalue()


def rows(*cells: str, **attributes: str) -> str:
    """Sheet data: each argument is the cells of one row, such as ``A1 B1``; attributes by row, ``r2='hidden="1"'``."""
    text = ""
    for row in cells:
        number = "".join(c for c in row.split()[0] if c.isdigit())
        inside = "".join(f'<c r="{cell}"><v>7</v></c>' for cell in row.split())
        text += f'<row r="{number}" {attributes.get(f"r{number}", "")}>{inside}</row>'
    return f"<sheetData>{text}</sheetData>"


def inspected(data: bytes | Book) -> Inspection:
    return inspect_subject(Subject(io.BytesIO(data.write() if isinstance(data, Book) else data)))


def amounts(data: bytes | Book) -> dict[str, tuple[int, int | None]]:
    """Count and values of each channel, which must be at one place."""
    found: dict[str, tuple[int, int | None]] = {}
    for finding in inspected(data).findings:
        assert finding.channel not in found
        found[finding.channel] = finding.count, finding.holds
    return found


def shown(data: bytes | Book, number: int = 1) -> Sheet:
    workbook = inspected(data).workbook
    assert workbook is not None
    return workbook.sheets[number - 1]


def part(kind: str, body: str, office: str = OFFICE) -> Part:
    return SHEET_TYPE + kind + "+xml", f"{office}/{kind}", (DECLARED + body).encode()


def test_a_plain_workbook_hides_nothing() -> None:
    found = inspected(Book([rows("A1 B1", "A2 B2", "A3")]))
    assert found.kind == "xlsx"
    assert found.findings == ()
    assert found.workbook is not None
    (sheet,) = found.workbook.sheets
    assert (sheet.name, sheet.part, sheet.is_table) == ("Secret1", "xl/worksheets/sheet1.xml", True)
    assert (sheet.visibility, sheet.extent) == ("visible", Area(0, 0, 2, 1))
    assert not sheet.hidden_rows | sheet.hidden_columns
    assert not sheet.unreadable


@pytest.mark.parametrize(
    "main_type",
    [
        SHEET_TYPE + "template.main+xml",
        MS + "sheet.macroEnabled.main+xml",
        MS + "template.macroEnabled.main+xml",
        MS + "addin.macroEnabled.main+xml",
    ],
)
def test_other_kinds_of_workbook(main_type: str) -> None:
    assert inspected(Book(types={"xl/workbook.xml": main_type})).kind == "xlsx"


def test_the_strict_form() -> None:
    book = Book([rows("A1", "A2", r2='hidden="true"')], main=STRICT_MAIN, office=STRICT_OFFICE, strings=["nobody"])
    assert amounts(book) == {"hidden_rows": (1, 1), "orphan_strings": (1, None)}


def test_other_packages_are_no_workbooks() -> None:
    word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    assert inspected(Book(types={"xl/workbook.xml": word})).kind == "zip"
    assert inspected(zipped({"a.csv": b"a,b\n1,2\n"})).kind == "zip"


def test_names_with_backslashes_and_of_odd_case() -> None:
    parts = Book([rows("A1", "A2", r2='hidden="1"')]).parts()
    odd = {name.replace("/", "\\").replace("sheet1", "Sheet1"): data for name, data in parts.items()}
    found = inspected(zipped(odd))
    assert found.kind == "xlsx"
    assert {"zip_suspicious_name", "hidden_rows"} == {each.channel for each in found.findings}


def test_hidden_sheets() -> None:
    sheets = [rows("A1"), rows("A1 B1", "A2"), rows("A1 B1"), "<sheetData/>"]
    book = Book(sheets, ["", 'state="hidden"', 'state="veryHidden"', 'state="hidden"'])
    found = [(each.channel, each.where, each.holds, each.severity) for each in inspected(book).findings]
    assert found == [
        ("hidden_sheet", "sheet 2", 3, "high"),
        ("very_hidden_sheet", "sheet 3", 2, "high"),
        ("hidden_sheet", "sheet 4", 0, "low"),
    ]
    assert [shown(book, n).visibility for n in (1, 2, 3, 4)] == ["visible", "hidden", "very hidden", "hidden"]


def test_sheets_that_are_no_tables() -> None:
    book = Book([rows("A1")] * 3)
    book.types |= {"xl/workbook.xml": SHEET_TYPE + "sheet.main+xml"}
    parts = book.parts()
    for number, kind in ((1, "dialogsheet"), (2, "chartsheet")):
        parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(
            f'sheet{number}.xml" ContentType="{SHEET_TYPE}worksheet+xml'.encode(),
            f'sheet{number}.xml" ContentType="{SHEET_TYPE}{kind}+xml'.encode(),
        )
    relations = parts["xl/_rels/workbook.xml.rels"]
    parts["xl/_rels/workbook.xml.rels"] = relations.replace(
        f'Id="s3" Type="{OFFICE}/worksheet'.encode(),
        b'Id="s3" Type="http://schemas.microsoft.com/office/2006/relationships/xlMacrosheet',
    )
    data = zipped(parts)
    assert {(each.channel, each.where) for each in inspected(data).findings} == {
        ("dialog_sheets", "sheet 1"),
        ("macro_sheets", "sheet 3"),
    }
    assert [shown(data, n).is_table for n in (1, 2, 3)] == [False, False, False]


def test_a_sheet_without_a_part() -> None:
    parts = Book([rows("A1"), rows("A1")]).parts()
    del parts["xl/worksheets/sheet2.xml"]
    data = zipped(parts)
    assert amounts(data) == {"sheet_part_missing": (1, None)}
    assert shown(data, 2).part == ""
    assert not shown(data, 2).is_table


def test_hidden_rows() -> None:
    sheet = rows("A1 B1", "A2 B2", "A3", "A4 B4", "A5", r2='hidden="1"', r3='ht="0" customHeight="1"', r5='hidden="0"')
    book = Book([sheet.replace("</sheetData>", '<row r="9" hidden="true"/></sheetData>')])
    assert amounts(book) == {"hidden_rows": (2, 2), "zero_height_rows": (1, 1)}
    assert shown(book).hidden_rows == {1, 2}


def test_rows_hidden_by_default() -> None:
    sheet = rows("A1", "A2 B2", "A3", r1='ht="15"', r3='hidden="0"')
    book = Book(['<sheetFormatPr defaultRowHeight="15" zeroHeight="1"/>' + sheet])
    assert amounts(book) == {"zero_height_rows": (1, 2)}
    assert shown(book).hidden_rows == {1}


def test_grouped_rows_and_columns() -> None:
    columns = '<cols><col min="2" max="3" width="9" outlineLevel="1"/></cols>'
    book = Book([columns + rows("A1", "A2 B2", r2='outlineLevel="2"')])
    assert amounts(book) == {"grouped_rows": (1, 2), "grouped_columns": (2, 1)}


def test_rows_that_a_filter_hides() -> None:
    sheet = rows("A1", "A2", "A3", "A4", "A5", r1='hidden="1"', r3='hidden="1"', r5='hidden="1"')
    filtered = '<autoFilter ref="A1:A4"><filterColumn colId="0"><filters><filter val="x"/></filters></filterColumn>'
    assert amounts(Book([sheet + filtered + "</autoFilter>"])) == {
        "filtered_rows": (1, 1),
        "hidden_rows": (2, 2),
        "filters": (1, None),
    }
    idle = '<autoFilter ref="A1:A4"><filterColumn colId="0" hiddenButton="1"/></autoFilter>'
    assert amounts(Book([sheet + idle])) == {"hidden_rows": (3, 3)}


def test_tables() -> None:
    table = (
        f'<table xmlns="{MAIN}" id="1" displayName="Staff" ref="A1:B3" comment="on leave">'
        '<autoFilter ref="A1:B3"><filterColumn colId="1"><customFilters/></filterColumn></autoFilter>'
        '<tableColumns count="1"><tableColumn id="1" name="x" totalsRowLabel="Total"/></tableColumns></table>'
    )
    book = Book([rows("A1 B1", "A2 B2", "A3", r2='hidden="1"')], beside={"xl/tables/table1.xml": part("table", table)})
    assert amounts(book) == {
        "filtered_rows": (1, 2),
        "filters": (1, None),
        "hidden_totals": (1, None),
        "name_comments": (1, None),
    }
    assert shown(book).tables == {"Staff": Area(0, 0, 2, 1)}


def test_hidden_columns() -> None:
    columns = (
        '<cols><col min="1" max="1" width="8"/><col min="2" max="3" width="8" hidden="1"/>'
        '<col min="5" max="5" width="0"/></cols>'
    )
    book = Book([columns + rows("A1 B1 C1 D1 E1", "A2 C2")])
    assert amounts(book) == {"hidden_columns": (2, 3), "zero_width_columns": (1, 1)}
    assert shown(book).hidden_columns == {1, 2, 4}


def test_columns_of_no_width_by_default() -> None:
    sheet = '<sheetFormatPr defaultColWidth="0"/><cols><col min="1" max="1" width="8"/></cols>' + rows("A1 B1")
    assert amounts(Book([sheet])) == {"zero_width_columns": (16383, 1)}


def styled(fonts: list[str], fills: list[str], formats: list[str], codes: list[str]) -> str:
    def each(name: str, items: list[str]) -> str:
        return f"<{name}>{''.join(items)}</{name}>"

    numbered = [f'<numFmt numFmtId="{164 + n}" formatCode={quoteattr(code)}/>' for n, code in enumerate(codes)]
    whole = each("numFmts", numbered) + each("fonts", fonts) + each("fills", fills) + each("cellXfs", formats)
    return f'<styleSheet xmlns="{MAIN}">{whole}</styleSheet>'


def font(colour: str = "") -> str:
    return f"<font>{f'<color {colour}/>' if colour else ''}</font>"


def fill(pattern: str, colour: str = "") -> str:
    inside = f"<fgColor {colour}/>" if colour else ""
    return f'<fill><patternFill patternType="{pattern}">{inside}</patternFill></fill>'


@pytest.mark.parametrize(
    ("ink", "ground", "unseen"),
    [
        ('rgb="FFFFFFFF"', fill("none"), True),
        ('rgb="FFFDFDFD"', fill("none"), True),
        ('rgb="FF000000"', fill("none"), False),
        ('theme="0"', fill("none"), True),
        ('theme="1"', fill("none"), False),
        ('theme="0" tint="-0.5"', fill("none"), False),
        ('indexed="9"', fill("none"), True),
        ('indexed="65"', fill("none"), True),
        ('rgb="FF336699"', fill("solid", 'rgb="FF336699"'), True),
        ('rgb="FFFFFFFF"', fill("solid", 'rgb="FF336699"'), False),
        ('rgb="FFFFFFFF"', fill("gray125"), False),
        ('rgb="FFFFFFFF"', '<fill><gradientFill degree="90"/></fill>', False),
        ("", fill("solid", 'rgb="FF000000"'), True),
        ("", fill("none"), False),
    ],
)
def test_text_in_the_colour_of_its_ground(ink: str, ground: str, unseen: bool) -> None:
    formats = ['<xf fontId="0" fillId="0"/>', '<xf fontId="1" fillId="1"/>']
    styles = styled([font(), font(ink)], [fill("none"), ground], formats, [])
    sheet = (
        '<sheetData><row r="1"><c r="A1"><v>1</v></c><c r="B1" s="1"><v>1</v></c><c r="C1" s="1"/></row></sheetData>'
    )
    book = Book([sheet], styles=styles)
    assert amounts(book) == ({"unreadable_cells": (1, None)} if unseen else {})
    assert shown(book).unreadable == ({(0, 1)} if unseen else frozenset())


def test_a_theme_of_its_own() -> None:
    names = "dk1 lt1 dk2 lt2 accent1".split()
    colours = "".join(f'<a:{name}><a:srgbClr val="{n}{n}{n}{n}{n}{n}"/></a:{name}>' for n, name in enumerate(names))
    theme = (
        f'<a:theme xmlns:a="urn:a"><a:themeElements><a:clrScheme>{colours}</a:clrScheme></a:themeElements></a:theme>'
    )
    styles = styled([font('theme="4"')], [fill("solid", 'rgb="FF444444"')], ['<xf fontId="0" fillId="0"/>'], [])
    around = {"xl/theme/theme1.xml": part("theme", theme)}
    assert amounts(Book(styles=styles, around=around)) == {"unreadable_cells": (1, None)}


def test_heads_of_coloured_tables_can_be_read() -> None:
    styles = styled([font('theme="0"')], [fill("none")], ['<xf fontId="0" fillId="0"/>'], [])
    table = f'<table xmlns="{MAIN}" name="T" ref="A1:A2"><tableStyleInfo name="TableStyleMedium2"/></table>'
    book = Book([rows("A1", "A2")], styles=styles, beside={"xl/tables/table1.xml": part("table", table)})
    assert shown(book).unreadable == {(1, 0)}


def test_formats_that_show_nothing() -> None:
    codes = [";;;", ";;", "0;;;@", '"";""', "[Red]General"]
    formats = [f'<xf numFmtId="{164 + n}"/>' for n in range(len(codes))]
    cells = [("n", style, str(value)) for style in range(len(codes)) for value in (5, -5, 0)]
    cells += [("str", style, "x") for style in range(len(codes))] + [("e", 0, "#N/A"), ("b", 0, "1"), ("b", 1, "1")]
    sheet = "".join(
        f'<row r="{n}"><c r="A{n}" s="{style}" t="{kind}"><v>{value}</v></c></row>'
        for n, (kind, style, value) in enumerate(cells, 1)
    )
    book = Book([f"<sheetData>{sheet}</sheetData>"], styles=styled([], [], formats, codes))
    hidden = {cells[row] for row, _ in shown(book).unreadable}
    assert hidden == {
        *(("n", style, value) for style in (0, 1, 3) for value in ("5", "-5", "0")),
        *(("n", 2, value) for value in ("-5", "0")),
        ("str", 0, "x"),
        ("b", 0, "1"),
    }


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (";;;", Silence(True, True, True, True)),
        ("General", Silence()),
        ("", Silence()),
        ('"-"', Silence()),
        ('" "', Silence(positive=True, zero=True)),
        ("[Blue];[Red];;", Silence(True, True, True, True)),
        ("_(* ;_(* ", Silence(True, True, True)),
        ("[>5];0", Silence()),
        ("[h]:mm", Silence()),
        ("0;;", Silence(negative=True, zero=True)),
        ("\\ ;;;@", Silence(True, True, True)),
        ("[$€]", Silence()),
        ('"', Silence(positive=True, zero=True)),
    ],
)
def test_what_number_formats_do_not_show(code: str, expected: Silence) -> None:
    assert silence(code) == expected


def test_far_cells() -> None:
    assert amounts(Book([rows("A1", "A2", "A22", "A43")])) == {"far_cells": (1, None)}
    assert amounts(Book([rows("A1", "A2", "A22", "A42")])) == {}
    assert amounts(Book([rows("A1 K1 U1", "A2 B2", "A3")])) == {}
    assert amounts(Book([rows("A1 M1 X1", "A2 B2", "A3")])) == {"far_cells": (2, None)}


def test_covered_cells() -> None:
    merged = '<mergeCells count="2"><mergeCell ref="A1:B2"/><mergeCell ref="D1:D3"/></mergeCells>'
    book = Book([rows("A1 B1 C1 D1", "A2 C2", "D3") + merged])
    assert amounts(book) == {"covered_cells": (3, None)}
    assert shown(book).merged == (Area(0, 0, 1, 1), Area(0, 3, 2, 3))


def test_cells_hold_something_or_not() -> None:
    cells = (
        '<c r="A2"/><c r="B2" s="1"></c><c r="C2"><v></v></c><c r="D2"><v/></c>'
        '<c r="E2" t="inlineStr"><is><t/></is></c><c r="F2"><f>1+1</f></c>'
        '<c r="G2" t="inlineStr"><is><t>x</t></is></c><c r="H2" t="inlineStr"><is><r><t>x</t></r></is></c>'
        '<c r="I2" t="str"><f>A1</f><v></v></c><c r="J2" t="b"><v>0</v></c>'
    )
    for prefix in ("", "<!-- -->"):
        sheet = f'<sheetData>{prefix}<row r="2" hidden="1">{cells}</row></sheetData>'
        found = {each.channel: each.holds for each in inspected(Book([sheet])).findings}
        assert found["hidden_rows"] == 5


def test_rows_and_cells_without_numbers_count_on() -> None:
    sheet = (
        "<sheetData><row><c><v>1</v></c><c><v>2</v></c></row><row/>"
        '<row hidden="1"><c><v>1</v></c><c r="D3"><v>2</v></c><c><v>3</v></c></row>'
        '<row r="7"><c><v>1</v></c></row><row hidden="1"><c><v>1</v></c></row></sheetData>'
    )
    for text in (sheet, sheet.replace("<sheetData>", "<sheetData><!-- -->")):
        book = shown(Book([text]))
        assert book.hidden_rows == {2, 7}
        assert book.extent == Area(0, 0, 7, 4)


def test_strings_that_no_cell_shows() -> None:
    cells = '<c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>3</v></c>'
    strings = ["one", "two", "<si><t/></si>", "<si><r><t>four</t></r></si>", '<si><t xml:space="preserve"> </t></si>']
    hidden = '<sheetData><row r="1"><c r="A1" t="s"><v>1</v></c></row></sheetData>'
    sheet = f'<sheetData><row r="1">{cells}</row></sheetData>'
    assert amounts(Book([sheet], strings=strings)) == {"orphan_strings": (2, None)}
    both = Book([sheet, hidden], ["", 'state="hidden"'], strings=strings[:4])
    assert amounts(both) == {"hidden_sheet": (1, 1)}


def test_readings_of_texts() -> None:
    reading = '<rPh sb="0" eb="1"><t>y</t></rPh>'
    cells = f'<c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>x</t>{reading}</is></c>'
    book = Book([f'<sheetData><row r="1">{cells}</row></sheetData>'], strings=[f"<si><t>x</t>{reading}{reading}</si>"])
    assert {(each.where, each.channel, each.count) for each in inspected(book).findings} == {
        ("sheet 1", "phonetics", 1),
        ("xl/sharedStrings.xml", "phonetics", 2),
    }


RULES = (
    '<dataValidations><dataValidation type="list"><formula1>"a,b"</formula1></dataValidation>'
    '<dataValidation type="whole"><formula1>1</formula1></dataValidation>'
    '<dataValidation type="whole" prompt="x"><formula1>1</formula1></dataValidation></dataValidations>'
)
LATER_RULES = (
    '<extLst><ext uri="{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}"><x:dataValidation xmlns:x="urn:x" type="list">'
    "<x:formula1><x:f>B1:B2</x:f></x:formula1></x:dataValidation></ext></extLst>"
)
SPARKLINE = '<extLst><ext uri="{05C60535-1F16-4fd2-B633-F4F36F0B64E0}"><x:sparkline xmlns:x="urn:x"/></ext></extLst>'
PAGES = "<headerFooter><oddHeader>x</oddHeader><oddFooter/><evenFooter>y</evenFooter></headerFooter>"
VIEWS = "<customSheetViews><customSheetView><autoFilter/></customSheetView></customSheetViews>"


@pytest.mark.parametrize(
    ("extra", "channel", "count"),
    [
        ('<scenarios><scenario name="x"/><scenario name="y"/></scenarios>', "scenarios", 2),
        (VIEWS, "custom_views", 1),
        ('<customProperties><customPr name="x"/></customProperties>', "sheet_properties", 1),
        ('<sheetProtection sheet="1" password="CC"/>', "protection", 1),
        (PAGES, "headers_footers", 2),
        ('<hyperlinks><hyperlink ref="A1" tooltip="x"/><hyperlink ref="A2"/></hyperlinks>', "link_tooltips", 1),
        ('<extLst><ext uri="{0BADF00D-0000-0000-0000-000000000000}"/></extLst>', "unknown_extensions", 1),
        (RULES, "validation", 2),
        (LATER_RULES, "validation", 1),
        (SPARKLINE, "sparklines", 1),
    ],
)
def test_what_stands_around_the_cells(extra: str, channel: str, count: int) -> None:
    assert amounts(Book([rows("A1") + extra])) == {channel: (count, None)}


def test_formulas_that_name_other_files() -> None:
    cells = "".join(f'<c r="A{n}"><f>{f}</f><v>1</v></c>' for n, f in enumerate(["[1]Pay!A1", "T[1]", '"[1]x!"'], 1))
    sheet = "".join(f'<row r="{n}">{c}</c></row>' for n, c in enumerate(cells.split("</c>")[:-1], 1))
    assert amounts(Book([f"<sheetData>{sheet}</sheetData>"])) == {"external_formulas": (1, None)}


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("[1]Sheet1!A1", True),
        ("SUM('[2]Pay 2023'!A1:A9)", True),
        ("'C:\\hr\\[pay.xlsx]Q1'!A1", True),
        ("[1]!Rate", True),
        ("Staff[Pay]", False),
        ("Staff[[#Headers],[Pay]]", False),
        ("Staff[Pay]+Other!A1", False),
        ("IF(A1,&quot;[1]a!&quot;,2)", False),
        ("A1+B1", False),
    ],
)
def test_names_of_other_files(formula: str, expected: bool) -> None:
    assert names_other_file(formula) is expected


def test_defined_names() -> None:
    names = (
        '<definedName name="_xlnm.Print_Area" localSheetId="0">Secret1!A1</definedName>'
        '<definedName name="_xlnm._FilterDatabase" hidden="1" localSheetId="0">Secret1!A1</definedName>'
        '<definedName name="rate">0.25</definedName><definedName name="who" comment="x">"Ada"</definedName>'
        '<definedName name="old" hidden="1">[1]Pay!A1</definedName><definedName name="lost">#REF!</definedName>'
    )
    assert amounts(Book(workbook=f"<definedNames>{names}</definedNames>")) == {
        "defined_names": (3, None),
        "hidden_names": (1, None),
        "name_constants": (2, None),
        "name_comments": (1, None),
        "external_formulas": (1, None),
    }


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("1", True),
        ("-2.5E+3", True),
        ('"a""b"', True),
        ("{1,2;3,4}", True),
        ("TRUE", True),
        ("Sheet1!A1", False),
        ("", False),
    ],
)
def test_constants(formula: str, expected: bool) -> None:
    assert is_constant(formula) is expected


@pytest.mark.parametrize(
    ("extra", "channel"),
    [
        ('<workbookProtection lockStructure="1"/>', "protection"),
        ('<fileSharing userName="Ada"/>', "authors"),
        ('<customWorkbookViews><customWorkbookView name="x"/></customWorkbookViews>', "custom_views"),
        ('<x:absPath xmlns:x="urn:x" url="C:\\Users\\ada\\"/>', "paths"),
    ],
)
def test_what_the_workbook_says(extra: str, channel: str) -> None:
    assert amounts(Book(workbook=extra)) == {channel: (1, None)}


COMMENTS = (
    f'<comments xmlns="{MAIN}"><authors><author>Ada</author><author/></authors>'
    "<commentList><comment/><comment/></commentList></comments>"
)
CHART = (
    '<c:chartSpace xmlns:c="urn:c"><c:numCache><c:ptCount val="2"/><c:pt idx="0"><c:v>1</c:v></c:pt><c:pt idx="1"/>'
    '</c:numCache><c:multiLvlStrCache><c:lvl><c:pt idx="0"/></c:lvl></c:multiLvlStrCache></c:chartSpace>'
)
DRAWING = (
    '<d:wsDr xmlns:d="urn:d" xmlns:a="urn:a"><d:sp><d:cNvPr id="1" name="x" descr="a face"/></d:sp>'
    '<d:sp><d:cNvPr id="2" hidden="1"/></d:sp><d:pic><d:cNvPr id="4" name="y"/></d:pic>'
    '<d:grpSp><d:cNvPr id="3"/><d:sp><a:t>text</a:t><a:t>more</a:t></d:sp></d:grpSp></d:wsDr>'
)
LEGACY = (
    '<xml xmlns:v="urn:v"><v:shape id="1"><v:textbox><div>a<br>b</div></v:textbox>'
    '<x:ClientData ObjectType="Note"/></v:shape><v:shape id="2"><v:textbox><font>Press</font></v:textbox>'
    '<x:ClientData ObjectType="Button"></x:ClientData></v:shape></xml>'
)
PIVOT = (
    f'<pivotCacheDefinition xmlns="{MAIN}" refreshedBy="Ada"><cacheFields><cacheField>'
    '<sharedItems><s v="a"/><n v="1"/><m/></sharedItems><fieldGroup><groupItems><s v="b"/></groupItems></fieldGroup>'
    "</cacheField></cacheFields></pivotCacheDefinition>"
)
TWO_LINKS = "<connections><connection/><connection/></connections>"
TOPICS = "<t><tp><v>1</v><stp>a</stp></tp></t>"
VBA = "http://schemas.microsoft.com/office/2006/relationships/vbaProject"
PARTS: list[tuple[str, Part, dict[str, int]]] = [
    ("xl/comments7.xml", part("comments", COMMENTS), {"comments": 2, "comment_authors": 1}),
    ("xl/comments/comment1.xml", part("comments", COMMENTS), {"comments": 2, "comment_authors": 1}),
    (
        "xl/odd/names.xml",
        ("application/xml", f"{OFFICE}/comments", COMMENTS.encode()),
        {"comments": 2, "comment_authors": 1},
    ),
    (
        "xl/odd/names.xml",
        (SHEET_TYPE + "comments+xml", "urn:nothing/known", COMMENTS.encode()),
        {"comments": 2, "comment_authors": 1},
    ),
    (
        "xl/threadedComments/threadedComment1.xml",
        (MS + "threadedcomments+xml", "urn:x/threadedComment", b"<x><threadedComment/></x>"),
        {"comments": 1},
    ),
    ("xl/persons/person.xml", (MS + "person+xml", "urn:x/person", b"<x><person/></x>"), {"comment_authors": 1}),
    ("xl/connections.xml", part("connections", TWO_LINKS), {"connections": 2}),
    ("xl/queryTables/queryTable1.xml", part("queryTable", "<queryTable/>"), {"connections": 1}),
    (
        "xl/externalLinks/externalLink1.xml",
        part("externalLink", "<externalLink><cell><v>1</v></cell><cell/><value><val>2</val></value></externalLink>"),
        {"external_cache": 2, "external_links": 1},
    ),
    (
        "xl/pivotCache/pivotCacheDefinition1.xml",
        part("pivotCacheDefinition", PIVOT),
        {"pivot_values": 3, "pivot_author": 1},
    ),
    (
        "xl/pivotCache/pivotCacheRecords1.xml",
        part("pivotCacheRecords", "<pivotCacheRecords><r><x/></r><r/><r ></r></pivotCacheRecords>"),
        {"pivot_records": 3},
    ),
    (
        "xl/pivotCache/pivotCacheRecords2.xml",
        part("pivotCacheRecords", '<p:pivotCacheRecords xmlns:p="urn:p"><p:r/><p:r/></p:pivotCacheRecords>'),
        {"pivot_records": 2},
    ),
    (
        "xl/revisions/revisionHeaders.xml",
        part("revisionHeaders", '<headers><header userName="Ada"/></headers>'),
        {"revisions": 1, "authors": 1},
    ),
    ("xl/revisions/revisionLog1.xml", part("revisionLog", "<revisions><rcc/><rrc/></revisions>"), {"revisions": 2}),
    ("xl/revisions/userNames.xml", part("userNames", "<users><userInfo/></users>"), {"authors": 1}),
    ("xl/charts/chart1.xml", part("chart", CHART), {"chart_cache": 3}),
    ("xl/drawings/drawing1.xml", part("drawing", DRAWING), {"shapes": 3}),
    (
        "xl/drawings/vmlDrawing1.vml",
        ("application/vnd.openxmlformats-officedocument.vmlDrawing", f"{OFFICE}/vmlDrawing", LEGACY.encode()),
        {"shapes": 1},
    ),
    ("xl/printerSettings/printerSettings1.bin", part("printerSettings", "x"), {"printer_settings": 1}),
    (
        "xl/slicerCaches/slicerCache1.xml",
        (MS + "slicerCache+xml", "urn:x/slicerCache", b"<d><items><i/><i/></items></d>"),
        {"slicer_items": 2},
    ),
    ("xl/volatileDependencies.xml", part("volatileDependencies", TOPICS), {"volatile_values": 2}),
    ("xl/xmlMaps.xml", ("application/xml", f"{OFFICE}/xmlMaps", b"<MapInfo><Map/></MapInfo>"), {"xml_maps": 1}),
    ("xl/richData/rdrichvalue.xml", (MS + "rdrichvalue+xml", "urn:x/rdRichValue", b"<rvData/>"), {"rich_data": 1}),
    (
        "xl/model/item.data",
        ("application/vnd.openxmlformats-officedocument.model+data", f"{OFFICE}/powerPivotData", b"12345"),
        {"data_model": 5},
    ),
    (
        "xl/embeddings/oleObject1.bin",
        ("application/vnd.openxmlformats-officedocument.oleObject", f"{OFFICE}/oleObject", b"x"),
        {"embedded_objects": 1},
    ),
    (
        "xl/activeX/activeX1.xml",
        ("application/vnd.ms-office.activeX+xml", f"{OFFICE}/control", b"<ocx/>"),
        {"embedded_objects": 1},
    ),
    ("xl/activeX/activeX1.bin", ("application/vnd.ms-office.activeX", "urn:x/activeXControlBinary", b"x"), {}),
    (
        "xl/ctrlProps/ctrlProp1.xml",
        (MS + "controlproperties+xml", f"{OFFICE}/ctrlProp", b"<x/>"),
        {"embedded_objects": 1},
    ),
    ("xl/media/image1.emf", ("image/x-emf", f"{OFFICE}/image", b"\1\0\0\0"), {"pictures": 1}),
    (
        "xl/vbaProject.bin",
        ("application/vnd.ms-office.vbaProject", VBA, b"x"),
        {"macros": 1, "broken_parts": 1},
    ),
    ("customXml/item1.xml", ("application/xml", f"{OFFICE}/customXml", b"<case/>"), {"custom_xml": 1}),
    (
        "customXml/item2.xml",
        ("application/xml", f"{OFFICE}/customXml", '<DataMashup xmlns="urn:m">AA==</DataMashup>'.encode("utf-16")),
        {"mashup": 88},
    ),
    ("xl/secret.xml", ("application/x-odd", "urn:nothing/known", b"<x/>"), {"unknown_parts": 1}),
    ("xl/calcChain.xml", part("calcChain", "<calcChain><c/></calcChain>"), {}),
    ("xl/charts/style1.xml", ("application/vnd.ms-office.chartstyle+xml", "urn:x/chartStyle", b"<x/>"), {}),
]


@pytest.mark.parametrize(("name", "content", "expected"), PARTS)
@pytest.mark.parametrize("place", ["around", "beside"])
def test_parts(name: str, content: Part, expected: dict[str, int], place: str) -> None:
    book = Book(around={name: content}) if place == "around" else Book(beside={name: content})
    findings = inspected(book).findings
    assert {each.channel: each.count for each in findings} == expected
    if is_standard(name):
        assert {each.where for each in findings} <= {name, "the package"}
    else:
        assert not any("odd" in each.where or "secret" in each.where for each in findings)


CORE = (
    '<c:coreProperties xmlns:c="urn:c" xmlns:d="urn:d"><d:creator>Ada</d:creator><d:title>x</d:title><d:subject/>'
    "<c:keywords>pay</c:keywords><d:created>2020-01-01</d:created></c:coreProperties>"
)
APP = (
    '<Properties xmlns:v="urn:v"><Company>x</Company><Manager></Manager><Application>Excel</Application>'
    "<HeadingPairs><v:vector><v:variant><v:lpstr>Worksheets</v:lpstr></v:variant></v:vector></HeadingPairs>"
    "<TitlesOfParts><v:vector><v:lpstr>a</v:lpstr><v:lpstr>b</v:lpstr></v:vector></TitlesOfParts></Properties>"
)
PACKAGE = "application/vnd.openxmlformats-package."
META = "http://schemas.openxmlformats.org/package/2006/relationships/metadata"


def test_properties() -> None:
    office = "application/vnd.openxmlformats-officedocument."
    custom = b"<Properties><property><lpwstr>x</lpwstr></property></Properties>"
    book = Book(
        top={
            "docProps/core.xml": (PACKAGE + "core-properties+xml", f"{META}/core-properties", CORE.encode()),
            "docProps/app.xml": (office + "extended-properties+xml", f"{OFFICE}/extended-properties", APP.encode()),
            "docProps/custom.xml": (office + "custom-properties+xml", f"{OFFICE}/custom-properties", custom),
            "docProps/thumbnail.jpeg": ("image/jpeg", f"{META}/thumbnail", b"\xff\xd8\xff\xd9"),
            "docMetadata/LabelInfo.xml": (
                "application/vnd.ms-office.classificationlabels+xml",
                "http://schemas.microsoft.com/office/2020/02/relationships/classificationlabels",
                b"<labelList><label/></labelList>",
            ),
            "_xmlsignatures/sig1.xml": (
                PACKAGE + "digital-signature-xmlsignature+xml",
                "urn:x/digital-signature/signature",
                b'<Signature xmlns="urn:s"/>',
            ),
        }
    )
    assert {(each.channel, each.where.rpartition("/")[2], each.count) for each in inspected(book).findings} == {
        ("authors", "core.xml", 3),
        ("properties", "core.xml", 1),
        ("authors", "app.xml", 1),
        ("sheet_titles", "app.xml", 2),
        ("properties", "app.xml", 1),
        ("custom_properties", "custom.xml", 1),
        ("thumbnail", "thumbnail.jpeg", 1),
        ("sensitivity_labels", "LabelInfo.xml", 1),
        ("signatures", "sig1.xml", 1),
    }


def test_links_to_outside() -> None:
    link = '<Relationship Id="x{n}" Type="{kind}" Target="file:///C:/hr/pay.xlsx" TargetMode="External"/>'
    kinds = [f"{OFFICE}/hyperlink", f"{OFFICE}/hyperlink", f"{OFFICE}/oleObject"]
    book = Book(links="".join(link.format(n=n, kind=kind) for n, kind in enumerate(kinds)))
    assert amounts(book) == {"hyperlinks": (2, None), "external_links": (1, None)}


def test_a_workbook_within_the_workbook() -> None:
    inner = Book([rows("A1"), rows("A1")], ["", 'state="hidden"']).write()
    content = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    book = Book(beside={"xl/embeddings/Microsoft_Excel_Sheet1.xlsx": (content, f"{OFFICE}/package", inner)})
    found = {each.channel: each for each in inspected(book).findings}
    assert found.keys() == {"embedded_objects", "hidden_sheet"}
    assert found["hidden_sheet"].where == "xl/embeddings/Microsoft_Excel_Sheet1.xlsx: sheet 2"
    assert not found["hidden_sheet"].hides_cells


def test_parts_that_nothing_leads_to() -> None:
    book = Book(loose={"xl/comments9.xml": COMMENTS.encode(), "xl/worksheets/_rels/gone.xml.rels": b"<Relationships/>"})
    assert amounts(book) == {"orphan_parts": (2, None)}
    book.types["xl/comments9.xml"] = SHEET_TYPE + "comments+xml"
    assert amounts(book) == {"orphan_parts": (2, None), "comments": (2, None), "comment_authors": (1, None)}


def test_parts_that_cannot_be_followed() -> None:
    book = Book(beside={"xl/comments1.xml": part("comments", "<comments><comment>")})
    assert amounts(book) == {"broken_parts": (1, None)}
    (finding,) = inspected(book).findings
    assert finding.unsound


def test_comments_and_instructions_in_the_xml() -> None:
    body = f'<?odd thing?><connections xmlns="{MAIN}"><!-- case 12 --><connection/></connections>'
    book = Book(["<!-- x -->" + rows("A1")], around={"xl/connections.xml": part("connections", body)})
    found = {(each.where, each.count) for each in inspected(book).findings if each.channel == "xml_remarks"}
    assert found == {("xl/connections.xml", 2), ("xl/worksheets/sheet1.xml", 1)}


def test_protection_that_protects_nothing() -> None:
    assert amounts(Book(workbook="<workbookProtection/>")) == {"protection": (1, 0)}
    assert amounts(Book([rows("A1") + '<sheetProtection objects="1"/>'])) == {"protection": (1, 0)}


def test_names_that_somebody_gave_are_not_told() -> None:
    assert is_standard("xl/worksheets/sheet12.xml")
    assert is_standard("docProps/core.xml")
    assert not is_standard("xl/worksheets/Ada.xml")
    assert not is_standard("xl/ada/sheet1.xml")
    told = " ".join(str(each) for each in inspected(Book(states=['state="hidden"'])).findings)
    assert "sheet 1" in told
    assert "Secret" not in told


def test_pictures_are_looked_into() -> None:
    text = PngInfo()
    text.add_text("Author", "Ada")
    picture = io.BytesIO()
    Image.new("RGB", (2, 2)).save(picture, "png", pnginfo=text)
    book = Book(beside={"xl/media/image1.png": ("image/png", f"{OFFICE}/image", picture.getvalue())})
    findings = inspected(book).findings
    assert findings
    assert all(each.where.startswith("xl/media/image1.png: ") for each in findings)
    assert "pictures" not in {each.channel for each in findings}


def test_what_openpyxl_writes() -> None:
    workbook, file = openpyxl.Workbook(), io.BytesIO()
    sheet = workbook.active
    assert sheet is not None
    sheet["A1"], sheet["B2"], sheet["C3"] = "Ada", 12, "=B2*2"
    sheet["A1"].comment = Comment("on leave", "Grace")
    sheet.row_dimensions[2].hidden = True
    sheet.column_dimensions["C"].hidden = True
    workbook.create_sheet("other").sheet_state = "veryHidden"
    workbook.save(file)
    found = {each.channel: (each.count, each.holds) for each in inspected(file.getvalue()).findings}
    assert found["comments"] == (1, None)
    assert found["hidden_rows"] == (1, 1)
    assert found["hidden_columns"] == (1, 1)
    assert found["very_hidden_sheet"] == (1, 0)
    assert "orphan_parts" not in found
    assert "unknown_parts" not in found


def test_what_xlsxwriter_writes() -> None:
    file = io.BytesIO()
    workbook = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet = workbook.add_worksheet()
    white = workbook.add_format({"font_color": "#FFFFFF"})
    for row in range(30):
        sheet.write_row(row, 0, ["a", "b", row])
    sheet.write(3, 1, "hidden", white)
    sheet.set_row(5, None, None, {"hidden": True})
    sheet.set_column(2, 2, None, None, {"hidden": True})
    sheet.merge_range("E1:F2", "whole")
    sheet.data_validation("A40", {"validate": "list", "source": ["x", "y"]})
    chart = workbook.add_chart({"type": "column"})
    chart.add_series({"values": "=Sheet1!$C$1:$C$30"})
    sheet.insert_chart("H2", chart)
    workbook.close()
    found = {each.channel: (each.count, each.holds) for each in inspected(file.getvalue()).findings}
    assert found["unreadable_cells"] == (1, None)
    assert found["hidden_rows"] == (1, 3)
    assert found["hidden_columns"] == (1, 30)
    assert found["validation"] == (1, None)
    assert found["chart_cache"] == (30, None)
    assert not found.keys() & {"orphan_parts", "unknown_parts", "covered_cells", "orphan_strings", "unknown_extensions"}
    assert shown(file.getvalue()).unreadable == {(3, 1)}


@pytest.mark.parametrize(
    "part_name", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/sharedStrings.xml"]
)
@pytest.mark.parametrize("damage", ["cut", "entities", "not XML"])
def test_malformed_parts(part_name: str, damage: str) -> None:
    parts = Book(styles=styled([], [], [], []), strings=["a"]).parts()
    whole = parts[part_name]
    declared = b'<!DOCTYPE x [<!ENTITY a "b">]>'
    parts[part_name] = {"cut": whole[:-9], "entities": whole.replace(b"?>", b"?>" + declared, 1), "not XML": b"{}"}[
        damage
    ]
    with pytest.raises(DataError):
        inspected(zipped(parts))


@pytest.mark.parametrize(
    "sheet",
    [
        '<sheetData><row r="1"><c r="A2"><v>1</v></c></row></sheetData>',
        '<sheetData><row r="1"><c r="nowhere"><v>1</v></c></row></sheetData>',
        '<sheetData><row r="1048577"><c r="A1048577"><v>1</v></c></row></sheetData>',
        '<sheetData><row r="0"><c><v>1</v></c></row></sheetData>',
        '<sheetData><row r="1" ht="tall"><c r="A1"><v>1</v></c></row></sheetData>',
        '<sheetData><row r="1"><c r="XFE1"><v>1</v></c></row></sheetData>',
        '<sheetData><row r="1"><c r="A1" t="s"><v>one</v></c></row></sheetData>',
        '<sheetData><row r="1"><c r="A1" s="x"><v>1</v></c></row></sheetData>',
        '<cols><col min="3" max="1"/></cols><sheetData/>',
        '<cols><col min="nan" max="1"/></cols><sheetData/>',
    ],
)
def test_malformed_sheets(sheet: str) -> None:
    with pytest.raises(DataError, match="sheet 1"):
        inspected(Book([sheet]))


WHOLE = Book(
    ["<cols><col min='2' max='2' hidden='1'/></cols>" + rows("A1 B1", "A2", r2='hidden="1"'), rows("A1")],
    ["", 'state="hidden"'],
    strings=["a", "b"],
    styles=styled([font('theme="0"')], [fill("none")], ['<xf fontId="0" fillId="0"/>'], [";;;"]),
    workbook='<definedNames><definedName name="x">1</definedName></definedNames>',
    beside={"xl/comments1.xml": part("comments", COMMENTS), "xl/drawings/drawing1.xml": part("drawing", DRAWING)},
).parts()


@st.composite
def damaged(draw: st.DrawFn, data: bytes) -> bytes:
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        size = draw(st.integers(0, 12))
        new = draw(
            st.sampled_from([b"", b"\0", b"<", b'"', b"/>", b"9" * 30, b"<!--", b"&lt;", data[at : at + size] * 2])
        )
        data = data[:at] + new + data[at + size :]
    return data


@given(st.data())
@settings(max_examples=150, deadline=None, derandomize=True)
def test_damaged_parts_are_bad_data_or_findings(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(WHOLE)))
    try:
        found = inspected(zipped(WHOLE | {name: data.draw(damaged(WHOLE[name]))}))
    except DataError:
        return
    assert found.kind in {"xlsx", "zip"}


@given(damaged(zipped(WHOLE)))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_damaged_files_are_bad_data_or_findings(data: bytes) -> None:
    try:
        found = inspected(data)
    except DataError:
        return
    assert found.findings
