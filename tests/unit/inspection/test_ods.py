"""OpenDocument spreadsheets: every channel in a small file of its own, and files that are broken."""

from __future__ import annotations

import io
import zipfile
from functools import cache
from pathlib import Path

import pytest
import python_calamine
from hypothesis import given, settings
from hypothesis import strategies as st

from narrowgate.errors import DataError
from narrowgate.inspection.inspect import inspect_subject
from narrowgate.inspection.interface import Inspection, Subject
from narrowgate.inspection.ods.remarks import watched
from narrowgate.inspection.sheets import Area, Sheet
from narrowgate.inspection.tally import Tally

TYPE = "application/vnd.oasis.opendocument.spreadsheet"
_SPACES = (
    "office table text style number:datastyle draw:drawing svg:svg-compatible fo:xsl-fo-compatible form script meta"
    " config manifest"
)
SPACES = " ".join(
    f'xmlns:{short.partition(":")[0]}="urn:oasis:names:tc:opendocument:xmlns:{short.rpartition(":")[2]}:1.0"'
    for short in _SPACES.split()
)
SPACES += ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xlink="http://www.w3.org/1999/xlink"'
SPACES += ' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'

STYLES = """
<style:style style:name="hidden" style:family="table"><style:table-properties table:display="false"/></style:style>
<style:style style:name="flat" style:family="table-row">
 <style:table-row-properties style:row-height="0cm"/></style:style>
<style:style style:name="fitting" style:family="table-row">
 <style:table-row-properties style:row-height="0cm" style:use-optimal-row-height="true"/></style:style>
<style:style style:name="narrow" style:family="table-column">
 <style:table-column-properties style:column-width="0.002in"/></style:style>
<style:style style:name="white" style:family="table-cell"><style:text-properties fo:color="#FFFFFF"/></style:style>
<style:style style:name="on-red" style:family="table-cell" style:parent-style-name="white">
 <style:table-cell-properties fo:background-color="#ff0000"/></style:style>
<style:style style:name="red-on-red" style:family="table-cell" style:parent-style-name="on-red">
 <style:text-properties fo:color="#fe0101"/></style:style>
<style:style style:name="away" style:family="table-cell">
 <style:table-cell-properties style:cell-protect="hidden-and-protected"/></style:style>
<number:number-style style:name="nothing-0"/>
<number:text-style style:name="nothing">
 <style:map style:condition="value()&gt;0" style:apply-style-name="nothing-0"/>
 <style:map style:condition="value()&lt;0" style:apply-style-name="nothing-0"/></number:text-style>
<number:number-style style:name="whitish"><style:text-properties fo:color="#ffffff"/><number:number/>
</number:number-style>
<number:number-style style:name="plain"><number:number number:decimal-places="2"/></number:number-style>
<style:style style:name="silent" style:family="table-cell" style:data-style-name="nothing"/>
<style:style style:name="whitish" style:family="table-cell" style:data-style-name="whitish"/>
<style:style style:name="shown" style:family="table-cell" style:data-style-name="plain"/>
<style:style style:name="white-run" style:family="text"><style:text-properties fo:color="#ffffff"/></style:style>
<style:style style:name="no-run" style:family="text"><style:text-properties text:display="none"/></style:style>
<style:style style:name="black-run" style:family="text"><style:text-properties fo:color="#000000"/></style:style>
"""


def part(root: str, body: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><office:{root} {SPACES}>{body}</office:{root}>'


def content(tables: str, *, styles: str = STYLES, extra: str = "") -> str:
    body = f"<office:automatic-styles>{styles}</office:automatic-styles>{extra}"
    return part(
        "document-content", f"{body}<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
    )


def cell(said: object = 7, **attributes: str) -> str:
    told = "".join(f' table:{name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    kind = f'float" office:value="{said}' if isinstance(said, int | float) else "string"
    return f'<table:table-cell office:value-type="{kind}"{told}><text:p>{said}</text:p></table:table-cell>'


def rows(*cells: str, **attributes: str) -> str:
    told = "".join(f' table:{name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    return f"<table:table-row{told}>{''.join(cells)}</table:table-row>"


def table(*body: str, name: str = "One", more: str = "") -> str:
    return f'<table:table table:name="{name}" {more}>{"".join(body)}</table:table>'


def packed(members: dict[str, str | bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in members.items():
            made.writestr(zipfile.ZipInfo(name), data)
    return target.getvalue()


def ods(tables: str, members: dict[str, str | bytes] | None = None, *, listed: bool = True, **options: str) -> bytes:
    parts = {"mimetype": TYPE, "content.xml": content(tables, **options), **(members or {})}
    entries = "".join(f'<manifest:file-entry manifest:full-path="{name}"/>' for name in parts if listed)
    space = 'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"'
    return packed({**parts, "META-INF/manifest.xml": f"<manifest:manifest {space}>{entries}</manifest:manifest>"})


def look(data: bytes) -> Inspection:
    return inspect_subject(Subject(io.BytesIO(data), "some.ods"))


Channels = dict[str, tuple[int, int | None, str]]


def found(data: bytes) -> Channels:
    """Each channel with its count, what it holds, and where. No channel is at two places in most tests."""
    inspection = look(data)
    assert inspection.kind == "ods"
    channels = {each.channel: (each.count, each.holds, each.where) for each in inspection.findings}
    assert len(channels) == len(inspection.findings)
    return channels


def of_sheet(*body: str, more: str = "") -> Channels:
    return found(ods(table(*body, more=more)))


def with_part(name: str, data: str | bytes) -> Channels:
    return found(ods(table(rows(cell())), {name: data}))


def sheets(data: bytes) -> tuple[Sheet, ...]:
    workbook = look(data).workbook
    assert workbook is not None
    return workbook.sheets


def only_sheet(*body: str) -> Sheet:
    (sheet,) = sheets(ods(table(*body)))
    return sheet


def test_a_clean_spreadsheet() -> None:
    data = ods(
        table(rows(cell("Rank"), cell("Post")), rows(cell(1), '<table:table-cell table:number-columns-repeated="99"/>'))
    )
    inspection = look(data)
    assert inspection.kind == "ods"
    assert inspection.findings == ()
    assert sheets(data) == (Sheet("One", "", True, "visible", Area(0, 0, 1, 1)),)


@pytest.mark.parametrize("kind", [TYPE, TYPE + "-template", "", "application/zip"])
def test_it_is_known_by_its_content(kind: str) -> None:
    members: dict[str, str | bytes] = {"content.xml": content(table(rows(cell())))}
    assert look(packed({"mimetype": kind, **members} if kind else members)).kind == "ods"
    assert look(packed({"mimetype": "application/zip", "content.xml": part("document-content", "")})).kind == "zip"


def test_sheets_are_numbered_as_the_reader_numbers_them(tmp_path: Path) -> None:
    tables = table(rows(cell()), name="B") + table(name="A", more='table:style-name="hidden"')
    tables += table(rows(cell()), name="'file:///any.ods'#$C", more='table:style-name="hidden"') + table(name="D")
    path = tmp_path / "some.ods"
    path.write_bytes(ods(tables))
    listed = python_calamine.CalamineWorkbook.from_path(path).sheets_metadata
    ours = sheets(path.read_bytes())
    assert [sheet.name for sheet in ours] == [sheet.name for sheet in listed]
    assert [sheet.visibility for sheet in ours] == ["visible", "hidden", "hidden", "visible"]
    assert [(each.channel, each.where, each.holds, each.severity) for each in look(path.read_bytes()).findings] == [
        ("hidden_sheet", "sheet 3", 1, "high"),
        ("external_cache", "sheet 3", None, "high"),
        ("hidden_sheet", "sheet 2", 0, "low"),
    ]


def test_rows_that_cannot_be_seen() -> None:
    body = (
        rows(cell(), cell()),
        rows(cell(), cell(), visibility="collapse", number_rows_repeated="3"),
        rows(visibility="collapse", number_rows_repeated="5"),
        rows(cell(), visibility="filter"),
        rows(cell(), style_name="flat"),
        rows(cell(), style_name="fitting"),
        '<table:table-row-group table:display="false">',
        rows(cell()),
        "</table:table-row-group><table:table-row-group>",
        rows(cell()),
        "</table:table-row-group>",
    )
    assert of_sheet(*body) == {
        "hidden_rows": (9, 7, "sheet 1"),
        "filtered_rows": (1, 1, "sheet 1"),
        "zero_height_rows": (1, 1, "sheet 1"),
        "grouped_rows": (2, None, "sheet 1"),
    }
    assert only_sheet(*body).hidden_rows == {1, 2, 3, 9, 10, 12}


def test_columns_that_cannot_be_seen() -> None:
    body = (
        "<table:table-column/>",
        '<table:table-column table:visibility="collapse" table:number-columns-repeated="2"/>',
        '<table:table-column table:style-name="narrow"/>',
        '<table:table-column-group table:display="false"><table:table-column/></table:table-column-group>',
        '<table:table-column table:visibility="collapse" table:number-columns-repeated="16000"/>',
        rows(cell(number_columns_repeated="5")),
    )
    assert of_sheet(*body) == {
        "hidden_columns": (16003, 3, "sheet 1"),
        "zero_width_columns": (1, 1, "sheet 1"),
        "grouped_columns": (1, None, "sheet 1"),
    }
    assert only_sheet(*body).hidden_columns == {1, 2, 3, 4}


def test_a_million_rows_and_columns_stay_repeats() -> None:
    blank = '<table:table-cell table:number-columns-repeated="16383"/>'
    body = (rows(cell(), blank), rows(blank, visibility="collapse", number_rows_repeated="1048575"))
    assert of_sheet(*body) == {"hidden_rows": (1048575, 0, "sheet 1")}
    assert only_sheet(*body).hidden_rows == frozenset()
    full = rows(cell(number_columns_repeated="16384"), number_rows_repeated="1048576")
    assert only_sheet(full).extent == Area(0, 0, 1048575, 16383)


@pytest.mark.parametrize(
    ("style", "said", "hidden"),
    [
        ("white", 7, True),
        ("on-red", 7, False),
        ("red-on-red", 7, True),
        ("silent", 7, True),
        ("silent", -7, True),
        ("silent", "Any", True),
        ("whitish", 7, True),
        ("shown", 7, False),
        ("shown", "Any", False),
        ("away", 7, False),
        ("unknown", 7, False),
    ],
)
def test_cells_that_do_not_show_what_they_hold(style: str, said: int | str, hidden: bool) -> None:
    body = rows(cell(), cell(said, style_name=style, number_columns_repeated="2"), number_rows_repeated="2")
    assert of_sheet(body) == ({"unreadable_cells": (4, None, "sheet 1")} if hidden else {})
    assert only_sheet(body).unreadable == ({(0, 1), (0, 2), (1, 1), (1, 2)} if hidden else set())


def test_cells_take_the_look_of_their_row_or_column() -> None:
    column = '<table:table-column/><table:table-column table:default-cell-style-name="white"/>'
    body = (column, rows(cell(), cell()), rows(cell(), cell(), default_cell_style_name="white"))
    assert only_sheet(*body).unreadable == {(0, 1), (1, 0), (1, 1)}


def test_default_styles_are_inherited() -> None:
    default = (
        '<office:styles><style:default-style style:family="table-cell"><style:text-properties fo:color="#ffffff"/>'
        '</style:default-style></office:styles><office:automatic-styles><style:style style:name="red-on-red"'
        ' style:family="table-cell"/></office:automatic-styles>'
    )
    members: dict[str, str | bytes] = {"styles.xml": part("document-styles", default)}
    data = ods(table(rows(cell(), cell(style_name="on-red"), cell(style_name="red-on-red"))), members)
    assert sheets(data)[0].unreadable == {(0, 0), (0, 2)}


def test_content_that_protection_hides() -> None:
    assert of_sheet(rows(cell(style_name="away")), more='table:protected="true"') == {
        "unreadable_cells": (1, None, "sheet 1"),
        "protection": (1, None, "sheet 1"),
    }


@pytest.mark.parametrize(
    ("runs", "hidden"),
    [
        ('Any <text:span text:style-name="white-run">more</text:span>', True),
        ('Any <text:span text:style-name="no-run">more</text:span>', True),
        ('Any <text:span text:style-name="white-run"> </text:span>', False),
        ('<text:span text:style-name="black-run">Any</text:span>', False),
        (
            '<text:span text:style-name="white-run"><text:span text:style-name="black-run">A</text:span></text:span>',
            False,
        ),
    ],
)
def test_runs_of_text_that_are_not_shown(runs: str, hidden: bool) -> None:
    assert of_sheet(rows(cell(runs))) == ({"unreadable_cells": (1, None, "sheet 1")} if hidden else {})


def test_a_run_shows_in_a_white_cell() -> None:
    assert of_sheet(rows(cell('<text:span text:style-name="black-run">A</text:span>', style_name="white"))) == {}


def test_covered_and_far_cells() -> None:
    covered = '<table:covered-table-cell office:value-type="string"><text:p>Any</text:p></table:covered-table-cell>'
    body = (rows(cell(number_columns_spanned="2", number_rows_spanned="1"), covered, "<table:covered-table-cell/>"),)
    assert of_sheet(*body) == {"covered_cells": (1, None, "sheet 1")}
    assert only_sheet(*body).merged == (Area(0, 0, 0, 1),)
    gap = rows(number_rows_repeated="20")
    wide = '<table:table-cell table:number-columns-repeated="10"/>'
    far = (rows(cell(), wide, cell()), rows(cell(), number_rows_repeated="3"), gap, rows(cell()))
    assert of_sheet(*far) == {"far_cells": (2, None, "sheet 1")}
    near = (rows(cell()), rows(number_rows_repeated="19"), rows(cell(), wide.replace("10", "9"), cell()))
    assert of_sheet(*near) == {}


def test_comments() -> None:
    note = (
        "<office:annotation><dc:creator>Ada</dc:creator><dc:date>2020</dc:date><text:p>Any</text:p></office:annotation>"
    )
    channels = of_sheet(rows(f"<table:table-cell>{note}</table:table-cell>", cell(note + "A")))
    assert channels == {"comments": (2, None, "sheet 1"), "comment_authors": (2, None, "sheet 1")}
    assert only_sheet(rows(f"<table:table-cell>{note}</table:table-cell>")).extent is None


def test_tracked_changes() -> None:
    change = (
        "<table:tracked-changes><table:cell-content-change><office:change-info><dc:creator>Ada</dc:creator>"
        '</office:change-info><table:previous><table:change-track-table-cell office:value-type="float"'
        ' office:value="3"/></table:previous></table:cell-content-change><table:deletion/></table:tracked-changes>'
    )
    assert found(ods(change + table(rows(cell())))) == {
        "revisions": (2, None, "content.xml"),
        "comment_authors": (1, None, "content.xml"),
    }


SHEET_PARTS = {
    "scenarios": ("<table:scenario/>", 1),
    "event_macros": ("<office:event-listeners><script:event-listener/></office:event-listeners>", 1),
    "embedded_objects": ("<office:forms><form:form><form:text/><form:listbox/></form:form></office:forms>", 2),
    "external_links": ('<table:table-source xlink:href="../other.ods"/>', 1),
    "foreign_markup": ('<any:thing xmlns:any="urn:any"/>', 1),
    "hidden_names": ('<table:named-range table:name="A" table:hidden="true"/>', 1),
    "defined_names": (
        "<table:named-expressions><table:named-expression/><table:named-range/></table:named-expressions>",
        2,
    ),
    "shapes": (
        (
            "<table:shapes><draw:frame><draw:text-box><text:p>Any</text:p></draw:text-box></draw:frame><draw:rect/>"
            '<draw:line draw:display="none"/><draw:g><svg:title>Any</svg:title><draw:circle><svg:desc/></draw:circle>'
            "</draw:g></table:shapes>"
        ),
        3,
    ),
}


@pytest.mark.parametrize("channel", SHEET_PARTS)
def test_what_stands_around_cells(channel: str) -> None:
    markup, count = SHEET_PARTS[channel]
    assert of_sheet(markup, rows(cell())) == {channel: (count, None, "sheet 1")}


DOCUMENT_PARTS = {
    "validation": ("<table:content-validations><table:content-validation/></table:content-validations>", 1, None),
    "pivot_values": (
        "<table:data-pilot-table><table:data-pilot-member/><table:data-pilot-member/></table:data-pilot-table>",
        2,
        None,
    ),
    "connections": ("<table:database-source-sql/>", 1, None),
    "database_ranges": ("<table:database-ranges><table:database-range/></table:database-ranges>", 1, None),
    "filters": ("<table:filter><table:filter-and><table:filter-condition/></table:filter-and></table:filter>", 1, 1),
    "label_ranges": ("<table:label-ranges><table:label-range/></table:label-ranges>", 1, None),
    "hidden_text": ("<text:hidden-text/>", 1, None),
    "external_cache": (
        (
            "<table:dde-links><table:dde-link><table:table><table:table-row>"
            '<table:table-cell office:value-type="float"/></table:table-row></table:table></table:dde-link>'
            "</table:dde-links>"
        ),
        1,
        None,
    ),
    "tables_beside_sheets": (f"<table:table>{rows(cell())}</table:table>", 1, None),
}


@pytest.mark.parametrize("channel", DOCUMENT_PARTS)
def test_what_stands_around_sheets(channel: str) -> None:
    markup, count, holds = DOCUMENT_PARTS[channel]
    assert found(ods(table(rows(cell())) + markup)) == {channel: (count, holds, "content.xml")}


def test_formulas_and_hyperlinks_that_lead_out() -> None:
    formula = "of:=['file:///any.ods'#$A.A1]+1"
    own = "of:=[.A1]&amp;&quot;#&quot;"
    link = '<text:a xlink:href="{}">Any</text:a>'
    body = rows(
        cell(formula=formula), cell(formula=own), cell(link.format("https://example.org")), cell(link.format("#A"))
    )
    assert of_sheet(body) == {"external_formulas": (1, None, "sheet 1"), "external_links": (1, None, "sheet 1")}


def test_structure_that_readers_take_differently() -> None:
    other = '<table-row xmlns="urn:any"/>'
    for body in (other, rows(cell() + table(rows(cell()))), rows(cell(cell())), rows(rows(cell()))):
        inspection = look(ods(table(body)))
        assert [each.channel for each in inspection.findings if each.unsound] == ["foreign_tables"]


def test_properties() -> None:
    about = (
        "<office:meta><meta:initial-creator>Ada</meta:initial-creator><dc:creator>Ada</dc:creator>"
        "<dc:title> </dc:title>"
        '<meta:user-defined meta:name="A">1</meta:user-defined><meta:user-defined meta:name="B"/>'
        "<meta:creation-date>2020</meta:creation-date><meta:generator>Any</meta:generator>"
        '<meta:template xlink:href="/a"/>'
        "</office:meta>"
    )
    assert with_part("meta.xml", part("document-meta", about)) == {
        "authors": (2, None, "meta.xml"),
        "custom_properties": (1, None, "meta.xml"),
        "properties": (2, None, "meta.xml"),
        "paths": (1, None, "meta.xml"),
    }


def test_remarks_in_the_markup() -> None:
    data = ods(table("<!-- any words -->", rows(cell())), {"meta.xml": part("document-meta", "<?any words?>")})
    assert [(each.channel, each.count, each.where) for each in look(data).findings] == [
        ("xml_remarks", 1, "content.xml"),
        ("xml_remarks", 1, "meta.xml"),
    ]
    long = "<a>" + "b" * (1 << 18)
    blocks = [long.encode()[at : at + 1000] for at in range(0, len(long), 1000)]
    cut = [b"<?xml version='1.0'?><a><", b"?b?><!-", b"-c--></a>"]
    for given_, count in ((blocks, 0), (cut, 2)):
        tally = Tally()
        assert list(watched(given_, tally)) == given_
        assert sum(each.count for each in tally.findings("it")) == count


def test_settings() -> None:
    items = {"PrinterName": "Any", "PrinterSetup": "AAA=", "Path": "file:///home/ada", "Zoom": "100", "Empty": ""}
    told = "".join(f'<config:config-item config:name="{k}">{v}</config:config-item>' for k, v in items.items())
    assert with_part("settings.xml", part("document-settings", told)) == {
        "printer_settings": (1, None, "settings.xml"),
        "paths": (1, None, "settings.xml"),
    }


def test_headers_and_footers() -> None:
    page = (
        "<office:master-styles><style:master-page><style:header><text:p>Any <text:page-number>1</text:page-number>"
        "</text:p></style:header><style:header-left><text:p/></style:header-left><style:footer><text:p>A</text:p>"
        "</style:footer></style:master-page></office:master-styles>"
    )
    assert with_part("styles.xml", part("document-styles", page)) == {"headers_footers": (2, None, "styles.xml")}


@pytest.mark.parametrize(
    ("name", "channel"),
    [
        ("Thumbnails/thumbnail.png", "thumbnail"),
        ("Basic/Standard/Module1.xml", "macros"),
        ("Scripts/python/any.py", "macros"),
        ("Configurations2/accelerator/current.xml", "configuration"),
        ("Versions/Version1", "earlier_versions"),
        ("Pictures/any.svm", "pictures"),
        ("ObjectReplacements/Object 1", "object_pictures"),
        ("any.bin", "unknown_parts"),
    ],
)
def test_parts(name: str, channel: str) -> None:
    assert with_part(name, b"x") == {channel: (1, None, "the archive")}
    assert with_part(name, b"") == {}


def test_parts_that_are_only_lists() -> None:
    assert with_part("Basic/Standard/script-lb.xml", b"x") == {}
    rdf = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">{}</rdf:RDF>'
    assert with_part("manifest.rdf", rdf.format("<rdf:Description/>")) == {}
    assert with_part("manifest.rdf", rdf.format('<rdf:Description><a:b xmlns:a="urn:a"/></rdf:Description>')) == {
        "rdf_statements": (1, None, "manifest.rdf")
    }


def test_parts_that_the_manifest_does_not_list() -> None:
    data = ods(table(rows(cell())), {"Pictures/any.svm": b"x"}, listed=False)
    assert found(data)["orphan_parts"] == (2, None, "the archive")


def test_signatures() -> None:
    assert with_part("META-INF/documentsignatures.xml", "<a><Signature/><Signature/></a>") == {
        "signatures": (2, None, "the archive")
    }


def test_embedded_objects_and_charts() -> None:
    chart = part(
        "document-content", f"<office:body><office:chart>{table(rows(cell(), cell()))}</office:chart></office:body>"
    )
    assert with_part("Object 1/content.xml", chart) == {"chart_cache": (2, None, "part 3")}
    assert with_part("Object 1/content.xml", part("document-content", "<office:chart/>")) == {
        "embedded_objects": (1, 0, "part 3")
    }
    assert with_part("Object 1/content.xml", content(table())) == {"embedded_objects": (1, None, "part 3")}
    assert with_part("Object 1", b"x") == {"embedded_objects": (1, None, "part 3")}
    inner = look(ods(table(rows(cell())), {"Object 1": ods(table(more='table:style-name="hidden"'))})).findings
    assert [(each.channel, each.where) for each in inner] == [
        ("embedded_objects", "part 3"),
        ("hidden_sheet", "part 3: sheet 1"),
    ]


def test_what_archives_hide() -> None:
    assert found(b"before" + ods(table(rows(cell())))) == {"zip_prefix": (6, None, "the archive")}


ENCRYPTED = (
    '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><m:file-entry m:full-path="content.xml">'
    "<m:encryption-data/></m:file-entry></m:manifest>"
)


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"META-INF/manifest.xml": ENCRYPTED}, "encrypted"),
        ({"META-INF/manifest.xml": "<a"}, "well-formed"),
        ({}, r"no content\.xml"),
        ({"content.xml": part("document-content", "")}, "no spreadsheet"),
        ({"content.xml": content(table())[:-9]}, "well-formed"),
        ({"content.xml": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}, "entities"),
        ({"content.xml": content(table(rows(cell(), number_rows_repeated="many")))}, "no number"),
        ({"content.xml": content(table(rows(cell(), number_rows_repeated="1048577")))}, "beyond 1,048,576 rows"),
        ({"content.xml": content(table(rows(cell(number_columns_repeated="16385"))))}, "beyond 16,384 columns"),
        ({"content.xml": content(table() + table())}, "the same name"),
        ({"content.xml": content(table()), "meta.xml": "<a"}, "well-formed"),
    ],
)
def test_what_cannot_be_followed(members: dict[str, str | bytes], message: str) -> None:
    with pytest.raises(DataError, match=message):
        look(packed({"mimetype": TYPE, **members}))


def test_too_much_is_hidden_to_be_told_one_by_one() -> None:
    many = rows(cell(style_name="white", number_columns_repeated="100"), number_rows_repeated="1000000")
    with pytest.raises(DataError, match="hidden"):
        look(ods(table(many)))


@cache
def sample() -> str:
    note = "<office:annotation><dc:creator>Ada</dc:creator><text:p>Any</text:p></office:annotation>"
    shape = "<table:shapes><draw:frame><svg:title>Any</svg:title></draw:frame></table:shapes>"
    body = (rows(cell(), cell(note), number_rows_repeated="2"), rows(cell("A"), visibility="filter"))
    group = f"<table:table-row-group>{rows(cell('<text:span>A</text:span>'))}</table:table-row-group>"
    return content(table(shape, "<table:table-column/>", *body, group) + table(name="Two"), styles=STYLES[:700])


PIECES = st.sampled_from(
    "<table:table> </table:table> <table:table-row> </table:table-row> <text:span> </text:span> <draw:g> </draw:g>"
    ' <office:automatic-styles> </office:automatic-styles> 0 -1 "'.split()
)


@settings(max_examples=150)
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 30), PIECES), min_size=1, max_size=4))
def test_damaged_markup_ends_in_findings_or_in_a_data_error(damage: list[tuple[float, int, str]]) -> None:
    raw = sample()
    for at, cut, piece in damage:
        place = int(at * len(raw))
        raw = raw[:place] + piece + raw[place + cut :]
    try:
        inspection = look(packed({"mimetype": TYPE, "content.xml": raw}))
    except DataError:
        return
    assert inspection.kind == "ods"


@settings(max_examples=100)
@given(st.lists(st.sampled_from(range(12)), min_size=2, max_size=14))
def test_elements_in_any_order_end_in_findings_or_in_a_data_error(order: list[int]) -> None:
    names = "table:table table:table-row table:table-cell text:span draw:g office:annotation table:filter".split()
    names += ["office:automatic-styles", "style:style", "table:table-row-group", "svg:title", "table:tracked-changes"]
    nested = "".join(f'<{names[at]} table:name="A">x' for at in order)
    nested += "".join(f"y</{names[at]}>" for at in reversed(order))
    try:
        inspection = look(packed({"mimetype": TYPE, "content.xml": content(nested)}))
    except DataError:
        return
    assert inspection.kind == "ods"


@settings(max_examples=100)
@given(st.data())
def test_damaged_archives_end_in_findings_or_in_a_data_error(data: st.DataObject) -> None:
    raw = bytearray(ods(table(rows(cell()))))
    for _ in range(data.draw(st.integers(1, 6))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    del raw[data.draw(st.integers(len(raw) // 2, len(raw))) :]
    try:
        inspection = look(bytes(raw))
    except DataError:
        return
    assert inspection.kind in {"ods", "zip"}
