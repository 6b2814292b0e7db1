"""Rows of sheets, read quickly or by an XML parser: both must say the same. All data are invented."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from narrowgate.errors import DataError
from narrowgate.inspection.ooxml import sheet as ooxml_sheet
from narrowgate.inspection.ooxml.cells import NotPlain
from narrowgate.inspection.ooxml.facts import SheetFacts, StringUse
from narrowgate.inspection.ooxml.sheet import read_sheet
from narrowgate.inspection.ooxml.styles import Silence, Styles

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STYLES = Styles(frozenset({1}), {2: Silence(positive=True), 3: Silence(True, True, True, True)})
STRINGS = 40


@dataclass
class Reading:
    """What was made of a sheet."""

    facts: SheetFacts
    used: list[bool]
    quick: bool


def read(text: str | bytes, monkeypatch: pytest.MonkeyPatch, size: int = 1 << 20, *, slow: bool = False) -> Reading:
    data = text.encode() if isinstance(text, str) else text
    quick, original = [True], ooxml_sheet._around_rows

    def refused(*_: object) -> Iterator[bytes]:
        raise NotPlain

    def watched(*arguments: object) -> Iterator[bytes]:
        try:
            yield from (refused if slow else original)(*arguments)  # type: ignore[arg-type]
        except NotPlain:
            quick[0] = False
            raise

    def blocks() -> Iterable[bytes]:
        return (data[at : at + size] for at in range(0, len(data), size))

    strings = StringUse(STRINGS)
    with monkeypatch.context() as patch:
        patch.setattr(ooxml_sheet, "_around_rows", watched)
        facts = read_sheet(blocks, STYLES, strings, "sheet 1")
    return Reading(facts, [strings.is_used(index) for index in range(STRINGS)], quick[0])


@st.composite
def cell(draw: st.DrawFn, prefix: str, reference: str) -> str:
    text = draw(st.sampled_from(["x", "7", "-2.5", "a &amp; b", "Ärger", "a > b", "[1]Pay!A1", "'", "1&#48;"]))
    number = draw(st.sampled_from(["1", "-1", "0", "2.5E-3", ""]))
    kind, body = draw(
        st.sampled_from(
            [
                ("s", f"<{prefix}v>{draw(st.integers(0, STRINGS + 2))}</{prefix}v>"),
                ("s", ""),
                ("", f"<{prefix}v>{number}</{prefix}v>"),
                ("n", f"<{prefix}v/>"),
                ("b", f"<{prefix}v>1</{prefix}v>"),
                ("str", f"<{prefix}f>{text}</{prefix}f><{prefix}v>{text}</{prefix}v>"),
                ("str", f'<{prefix}f t="shared" si="0"/><{prefix}v xml:space="preserve">{text}</{prefix}v>'),
                ("", f"<{prefix}f>{text}</{prefix}f>"),
                ("inlineStr", f"<{prefix}is><{prefix}t>{text}</{prefix}t></{prefix}is>"),
                ("inlineStr", f"<{prefix}is><{prefix}r><{prefix}t/></{prefix}r></{prefix}is>"),
                ("inlineStr", f'<{prefix}is><{prefix}t>a</{prefix}t><{prefix}rPh sb="0" eb="1"/></{prefix}is>'),
                ("e", f"<{prefix}v>#N/A</{prefix}v>"),
            ]
        )
    )
    style = draw(st.sampled_from(["", "", "0", "1", "2", "3"]))
    attributes = [f'r="{reference}"'] if reference else []
    extra = [f's="{style}"'] if style else []
    extra += [f't="{kind}"'] if kind else []
    whole = " ".join(attributes + (extra if draw(st.booleans()) else extra[::-1]))
    head = f"<{prefix}c {whole}".rstrip()
    return f"{head}>{body}</{prefix}c>" if body else f"{head}/>"


LOOKS = ["", 'hidden="1"', 'hidden="false"', 'ht="0"', 'ht="15.5" customHeight="1"', 'outlineLevel="2"', 'spans="1:9"']
COLUMNS = ["A", "B", "C", "Z", "AA", "XFD"]


@st.composite
def sheet_data(draw: st.DrawFn, prefix: str) -> str:
    text, number = "", 0
    for _ in range(draw(st.integers(0, 6))):
        number += draw(st.sampled_from([1, 1, 1, 30]))
        numbered = draw(st.booleans()) or number > 1
        columns = draw(st.lists(st.sampled_from(COLUMNS), unique=True, max_size=4))
        row = "".join(draw(cell(prefix, f"{column}{number}")) for column in sorted(columns, key=COLUMNS.index))
        copies = draw(st.sampled_from([1, 1, 8]))
        for copy in range(copies):
            look = draw(st.sampled_from(LOOKS))
            head = f'<{prefix}row r="{number + copy}" {look}' if numbered else f"<{prefix}row {look}"
            body = row
            for column in columns:
                body = body.replace(f'r="{column}{number}"', f'r="{column}{number + copy}"')
            text += f"{head.strip()}>{body}</{prefix}row>" if body else f"{head.strip()}/>"
            text += draw(st.sampled_from(["", "", "\n"]))
        number += copies - 1
    return text


AROUND = (
    '<{p}sheetFormatPr zeroHeight="{zero}"/><{p}cols><{p}col min="2" max="3" width="9" hidden="1"/></{p}cols>'
    "<{p}sheetData>{rows}</{p}sheetData>"
    '<{p}autoFilter ref="A1:C9"><{p}filterColumn colId="0"><{p}filters/></{p}filterColumn></{p}autoFilter>'
    '<{p}mergeCells><{p}mergeCell ref="A1:B2"/></{p}mergeCells>'
)


@st.composite
def sheets(draw: st.DrawFn) -> str:
    prefix = draw(st.sampled_from(["", "", "x:"]))
    inside = AROUND.format(p=prefix, zero=draw(st.integers(0, 1)), rows=draw(sheet_data(prefix)))
    declared = draw(st.sampled_from(["", '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n']))
    namespace = f"xmlns:{prefix[:-1]}" if prefix else "xmlns"
    return f'{declared}<{prefix}worksheet {namespace}="{MAIN}">{inside}</{prefix}worksheet>'


@given(sheets(), st.sampled_from([1, 7, 64, 1 << 20]))
@settings(max_examples=250, deadline=None, derandomize=True)
def test_both_ways_say_the_same(text: str, size: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        quick, slow = read(text, patch, size), read(text, patch, slow=True)
    assert quick.facts == slow.facts
    assert quick.used == slow.used
    assert not slow.quick


def wrapped(inside: str) -> str:
    return f'<worksheet xmlns="{MAIN}"><sheetData>{inside}</sheetData></worksheet>'


ROW = '<row r="{n}" spans="1:3"><c r="A{n}" s="4" t="s"><v>{s}</v></c><c r="B{n}"><v>1.5</v></c><c r="C{n}"/></row>'


def test_rows_in_a_form_that_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    text = wrapped("".join(ROW.format(n=n, s=n % STRINGS) for n in range(1, 200)))
    found = read(text, monkeypatch, 1000)
    assert found.quick
    assert all(found.used)
    assert set(found.facts.grid.masks) == {0b11}
    assert list(found.facts.grid.rows) == list(range(199))


@pytest.mark.parametrize(
    ("inside", "rows"),
    [
        ('<!-- <row r="1"><c r="A1"><v>1</v></c></row> --><row r="2"><c r="A2"><v>1</v></c></row>', [1]),
        ('<row r="1"><c r="A1" t="inlineStr"><is><t><![CDATA[</t></is></c></row>]]></t></is></c></row>', [0]),
        ("<row r='1' hidden='1'><c r='A1'><v>1</v></c></row>", [0]),
        ('<row r="1" ><c r="A1" ><v >1</v ></c ></row >', [0]),
        ('<row\nr="&#50;"><c r="A2"><v>1</v></c></row>', [1]),
        ('<row r="2"><c r="&#65;2"><v>1</v></c></row>', [1]),
        ('<row r="2"><c r="a2"><v>1</v></c></row>', [1]),
        ('<row r="2"><c s="0" r="B2"><v>1</v></c></row>', [1]),
        (f'<x:row xmlns:x="{MAIN}" r="2"><x:c r="A2"><x:v>1</x:v></x:c></x:row>', [1]),
        ('<row r="1"><c r="A1"><v><?odd?>1</v></c></row>', [0]),
        ('<row r="1"><c r="A1"><v>1</v><extLst><ext uri="x"/></extLst></c></row>', [0]),
        ('<row r="1"><c r="A1"><v><![CDATA[1]]></v></c></row>', [0]),
        ('<row r="1"><c r="A1" t="s"><v> 3 </v></c></row>', [0]),
    ],
)
def test_what_is_not_in_plain_form_goes_to_the_parser(
    inside: str, rows: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = read(wrapped(inside), monkeypatch)
    assert not found.quick
    assert list(found.facts.grid.rows) == rows
    assert found.facts == read(wrapped(inside), monkeypatch, slow=True).facts


@pytest.mark.parametrize(
    "text",
    [
        wrapped('<row r="1"><c r="A1"><v>1</v></c></row>').encode("utf-16"),
        f'<worksheet xmlns="urn:other" xmlns:x="{MAIN}"><sheetData><row r="1"/></sheetData></worksheet>',
        f'<!DOCTYPE worksheet><worksheet xmlns="{MAIN}"><sheetData/></worksheet>',
        f'<?xml version="1.0" encoding="ISO-8859-1"?><worksheet xmlns="{MAIN}"><sheetData/></worksheet>',
        f'<worksheet xmlns="{MAIN}"><!-- <sheetData> --><sheetData/></worksheet>',
        f'<worksheet xmlns="{MAIN}"><extLst><sheetData><row/></sheetData></extLst><sheetData/></worksheet>',
        f'<worksheet xmlns="{MAIN}"/>',
    ],
)
def test_heads_that_are_not_in_plain_form(text: str | bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not read(text, monkeypatch).quick


def test_a_second_set_of_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    one = '<sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData>'
    text = f'<worksheet xmlns="{MAIN}">{one}{one.replace("1", "2")}</worksheet>'
    found = read(text, monkeypatch)
    assert not found.quick
    assert list(found.facts.grid.rows) == [0, 1]


def test_rows_out_of_order(monkeypatch: pytest.MonkeyPatch) -> None:
    found = read(wrapped("".join(ROW.format(n=n, s=0) for n in (5, 3, 9))), monkeypatch)
    assert list(found.facts.grid.rows) == [2, 4, 8]


@pytest.mark.parametrize(
    "text",
    [
        wrapped('<row r="1"><c r="A1"><v>1</v></c>'),
        wrapped('<row r="1"><c r="A2"><v>1</v></c></row>'),
        wrapped('<row r="1"><c r="A1"><v>&nope;</v><v><b></v></c></row>'),
        f'<worksheet xmlns="{MAIN}"><sheetData>',
    ],
)
def test_what_is_not_sound(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DataError, match="sheet 1: "):
        read(text, monkeypatch)


def test_text_that_is_no_utf8(monkeypatch: pytest.MonkeyPatch) -> None:
    text = wrapped('<row r="1"><c r="A1" t="str"><v>?</v></c></row>').encode().replace(b"?", b"\xff")
    with pytest.raises(DataError):
        read(text, monkeypatch)
