"""What every format owes (``tables/interface.py``): reading, writing, and the two together."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import os
import zipfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from narrowgate.errors import DataError, FileError, InputError, NarrowgateError
from narrowgate.model.decision import CsvDialect
from narrowgate.model.source import Dialect
from narrowgate.tables.bundle import contents
from narrowgate.tables.files import OutputFile
from narrowgate.tables.formats import _delimited, _json, _workbook, format_named, formats, parquet
from narrowgate.tables.input import InputFile
from narrowgate.tables.interface import TableReader, WriterOptions
from narrowgate.tables.packing import split_packing
from support.officers import officer, officers, open_document, read_records, workbook, write_records

TEXT_FORMATS = ["csv", "tsv", "json", "ndjson"]
WRITTEN = sorted(name for name, each in formats().items() if each.is_written)
READ = [*WRITTEN, "ods"]
"""Those that the tests can write; xls and xlsb are read in tests/unit/tables/test_workbooks.py."""
PACKED = [f"{name}{packing}" for packing in ("", ".gz", ".zip") for name in READ]
RELEASES = [name for name in PACKED if not name.startswith("ods")]


def opened(path: Path, name: str) -> TableReader:
    kind, packing = format_named(name)
    file = InputFile(path, kind.name, packing, kind.suffixes)
    try:
        return kind.open(file, Dialect())
    except NarrowgateError:
        file.close()
        raise


def read(path: Path, name: str, wanted: dict[str, str] | None = None) -> pl.DataFrame:
    reader = opened(path, name)
    try:
        fields = wanted or {column: column for column in reader.columns}
        return pl.concat([reader.frame(chunk, fields) for chunk in reader.chunks()], how="diagonal")
    finally:
        reader.close()


def written(frames: list[pl.DataFrame], name: str, path: Path, **options: Any) -> bytes:
    kind, packing = format_named(name)
    writer = kind.create(WriterOptions(tuple(frames[0].columns), **options))
    with OutputFile(path, kind.name, packing) as output:
        with output.stream() as stream, contents(stream, packing, kind.suffixes[0]) as (table, _):
            writer.write((writer.encode(frame) for frame in frames), table)
        output.seal()
        output.publish()
    return path.read_bytes()


@pytest.fixture(params=["small", "usual"])
def chunks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of a size that a few records fill, and of the usual size."""
    if request.param == "small":
        monkeypatch.setattr(_delimited, "CHUNK", 64)
        monkeypatch.setattr(_delimited, "BLOCK", 7)
        monkeypatch.setattr(_json, "CHUNK", 64)
        monkeypatch.setattr(parquet, "ROWS", 3)
        monkeypatch.setattr(_workbook, "CHUNK", 3)


def test_a_format_is_found_by_being_there() -> None:
    assert sorted(formats()) == ["csv", "json", "ndjson", "ods", "parquet", "tsv", "xls", "xlsb", "xlsx"]
    suffixes = [suffix for each in formats().values() for suffix in each.suffixes]
    assert len(set(suffixes)) == len(suffixes)


@pytest.mark.usefixtures("chunks")
@pytest.mark.parametrize("name", PACKED)
def test_reads_what_is_there(tmp_path: Path, name: str) -> None:
    rows = [officer(warrant_number=f"{n:03}", unit="a, b\t“c”", home_address="1 Mill Lane,\nSaltby") for n in range(40)]
    path = write_records(tmp_path / f"export.{name}", rows)
    assert read(path, name).to_dicts() == rows


@pytest.mark.parametrize("name", PACKED)
def test_reads_only_what_is_wanted_under_the_fields_name(tmp_path: Path, name: str) -> None:
    path = write_records(tmp_path / f"export.{name}", officers(3))
    frame = read(path, name, {"forename": "surname", "rank": "rank"})
    assert frame.columns == ["surname", "rank"]
    assert frame["surname"].to_list() == ["Tamsin"] * 3


@pytest.mark.parametrize("name", PACKED)
def test_an_empty_cell_is_null(tmp_path: Path, name: str) -> None:
    path = write_records(
        tmp_path / f"export.{name}", [{"forename": "Ada", "surname": ""}, {"forename": "", "surname": "Marsh"}]
    )
    assert read(path, name).to_dicts() == [{"forename": "Ada", "surname": None}, {"forename": None, "surname": "Marsh"}]


@pytest.mark.parametrize("name", PACKED)
def test_digests_the_file_as_it_lies(tmp_path: Path, name: str) -> None:
    path = write_records(tmp_path / f"export.{name}", officers(50))
    reader = opened(path, name)
    for _ in reader.chunks():
        pass
    digest = reader.digest()
    reader.close()
    assert digest.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (digest.bytes, digest.format) == (path.stat().st_size, name)


@pytest.mark.parametrize("name", PACKED)
def test_a_file_that_is_cut_short(tmp_path: Path, name: str) -> None:
    whole = write_records(tmp_path / f"export.{name}", officers(200)).read_bytes()
    path = tmp_path / f"cut.{name}"
    for keep in (len(whole) // 2, 20):
        path.write_bytes(whole[:keep])
        with pytest.raises(DataError) as caught:
            read(path, name)
        assert "cut." in caught.value.message


@pytest.mark.parametrize("name", PACKED)
def test_a_file_of_nothing(tmp_path: Path, name: str) -> None:
    path = tmp_path / f"nothing.{name}"
    kind, packing = split_packing(name)
    path.write_bytes(repacked(b"", f"nothing.{kind}", packing))
    with pytest.raises(DataError):
        read(path, name)
    path.write_bytes(b"")
    with pytest.raises(DataError):
        read(path, name)


NO_RECORDS = {
    "csv": b"forename,surname\n",
    "tsv": b"forename\tsurname\n",
    "json": b"[]",
    "ndjson": b"\n",
    "xlsx": workbook([{"forename": "", "surname": ""}]),
    "ods": open_document([{"forename": "", "surname": ""}]),
}


def repacked(data: bytes, name: str, packing: str) -> bytes:
    """``data`` as the content of a gzip file, or of a ZIP's one member."""
    if packing == "gz":
        return gzip.compress(data)
    if packing == "zip":
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w") as bundle:
            bundle.writestr(name, data)
        return target.getvalue()
    return data


@pytest.mark.parametrize("name", PACKED)
def test_no_records(tmp_path: Path, name: str) -> None:
    buffer = io.BytesIO()
    pl.DataFrame(schema={"forename": pl.String}).write_parquet(buffer)
    kind, packing = split_packing(name)
    path = tmp_path / f"none.{name}"
    path.write_bytes(repacked(NO_RECORDS.get(kind, buffer.getvalue()), f"none.{kind}", packing))
    with pytest.raises(DataError, match="no records"):
        read(path, name)


@pytest.mark.parametrize("name", PACKED)
def test_no_such_file_and_a_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileError):
        read(tmp_path / f"missing.{name}", name)
    with pytest.raises(FileError):
        read(tmp_path, name)


@pytest.mark.parametrize("name", PACKED)
def test_a_file_that_changes_while_it_is_read(tmp_path: Path, name: str) -> None:
    path = write_records(tmp_path / f"export.{name}", officers(50))
    reader = opened(path, name)
    os.utime(path, (0, 0))
    with pytest.raises(DataError, match="changed while"):
        for _ in reader.chunks():
            pass
    reader.close()


@pytest.mark.parametrize("name", RELEASES)
def test_writes_what_another_reads(tmp_path: Path, name: str) -> None:
    rows = [
        {"forename": "Zoë", "unit": 'a, "b"\tc'},
        {"forename": None, "unit": "=1+1"},
        {"forename": "007", "unit": "x\ny"},
    ]
    path = tmp_path / f"release.{name}"
    written([pl.DataFrame(rows)], name, path)
    assert read_records(path) == rows


@pytest.mark.parametrize("name", RELEASES)
def test_a_release_of_no_records_is_sound(tmp_path: Path, name: str) -> None:
    path = tmp_path / f"release.{name}"
    empty = pl.DataFrame(schema={"forename": pl.String, "rank": pl.String})
    for frames in ([empty], [empty, empty]):
        written(frames, name, path)
        assert read_records(path) == []


@pytest.mark.parametrize("name", RELEASES)
@settings(max_examples=15)
@given(data=st.data())
def test_bytes_depend_on_records_and_not_on_batches(tmp_path: Path, name: str, data: st.DataObject) -> None:
    rows = data.draw(st.integers(1, 60))
    frame = pl.DataFrame(
        {"a": [f"value {n * 7919}" for n in range(rows)], "b": [str(n) if n % 3 else None for n in range(rows)]}
    )
    cuts = sorted(data.draw(st.sets(st.integers(1, rows), max_size=6)) | {0, rows})
    batches = [frame[start:end] for start, end in pairwise(cuts)]
    whole = written([frame], name, tmp_path / f"whole.{name}")
    assert written(batches, name, tmp_path / f"parts.{name}") == whole


cells = st.text(
    st.characters(codec="utf-8", exclude_characters="\0\r", exclude_categories=["Cs"]), min_size=1, max_size=20
)


@pytest.mark.parametrize("name", WRITTEN)
@settings(max_examples=60)
@given(rows=st.lists(st.fixed_dictionaries({"a": st.none() | cells, "b": cells}), min_size=1, max_size=20))
def test_what_is_written_is_what_is_read(tmp_path: Path, name: str, rows: list[dict[str, str | None]]) -> None:
    path = tmp_path / f"file.{name}"
    written([pl.DataFrame(rows, schema={"a": pl.String, "b": pl.String})], name, path)
    assert read(path, name).to_dicts() == rows
    assert read_records(path) == rows or name in {"csv", "tsv", "xlsx"}


@pytest.mark.parametrize("name", RELEASES)
def test_nothing_of_time_or_place_in_a_release(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pl.DataFrame({"a": ["x"] * 100})
    one = written([frame], name, tmp_path / f"one.{name}")
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    other = written([frame], name, tmp_path / f"another-name.{name}")
    assert one == other


# Delimited text


def delimited(tmp_path: Path, text: str | bytes, **dialect: Any) -> pl.DataFrame:
    path = tmp_path / "export.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    reader = format_named("csv")[0].open(InputFile(path, "csv"), Dialect(**dialect))
    return pl.concat([reader.frame(chunk, {c: c for c in reader.columns}) for chunk in reader.chunks()])


@pytest.mark.usefixtures("chunks")
@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        ("a,b\n1,2\n3,4\n", {}),
        ("a,b\r\n1,2\r\n3,4\r\n", {}),
        ("a,b\n1,2\n3,4", {}),
        ("a,b\n1,2\n3,4\n\n\n\r\n", {}),
        ("\ufeffa,b\n1,2\n3,4\n", {}),
        ('"a","b"\n"1","2"\n"3","4"\n', {}),
        ("a;b\n1;2\n3;4\n", {"delimiter": ";"}),
        ("a|b\n1|2\n3|4\n", {"delimiter": "|"}),
        ("'a','b'\n'1','2'\n'3','4'\n", {"quote": "'"}),
        ("a,b\n1,2\n3,4\n".encode("utf-16"), {"encoding": "utf-16"}),
        ("a,b\n1,2\n3,4\n".encode("utf-8-sig"), {"encoding": "utf-8-sig"}),
        ("a,b\n1,2\n3,4\n".encode("cp037"), {"encoding": "cp037"}),
    ],
)
def test_dialects(tmp_path: Path, text: str | bytes, dialect: dict[str, Any]) -> None:
    assert delimited(tmp_path, text, **dialect).rows() == [("1", "2"), ("3", "4")]


@pytest.mark.usefixtures("chunks")
def test_quoted_cells(tmp_path: Path) -> None:
    cells = ["x,y", 'say ""hi""', "two\nlines", "\n", "", "a,\nb\n\n,c", " spaced "]
    rows = "".join(f'"{cell}",{n}\n' for n, cell in enumerate(cells * 9))
    expected = [(cell.replace('""', '"') or None, str(n)) for n, cell in enumerate(cells * 9)]
    assert delimited(tmp_path, "text,n\n" + rows).rows() == expected


def test_windows_1252(tmp_path: Path) -> None:
    text = "forename\nZoë\nRenée €\n".encode("cp1252")
    assert delimited(tmp_path, text, encoding="windows-1252")["forename"].to_list() == ["Zoë", "Renée €"]
    with pytest.raises(DataError, match=r"export\.csv:2: this is not UTF-8") as caught:
        delimited(tmp_path, text)
    assert "--encoding" in caught.value.remedy


def test_quotes_can_be_ordinary(tmp_path: Path) -> None:
    assert delimited(tmp_path, "height\n5'10\"\n6'1\"\n6'\n", quote=None)["height"].to_list() == [
        "5'10\"",
        "6'1\"",
        "6'",
    ]


@pytest.mark.usefixtures("chunks")
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b,c\n1,2,3\n1,2\n1,2,3\n", ":3: 2 cells under 3 headers"),
        ("a,b,c\n1,2,3\n1,2,3,4\n1,2,3\n", ":3: 4 cells under 3 headers"),
        ("a,b,c\n1,2,3\n1,2,3,\n1,2,3\n", ":3: 4 cells under 3 headers"),
        ("a,b,c\n1,2,3\n1,2,3,,,x\n1,2,3\n", ":3: 6 cells under 3 headers"),
        # One short and one long, so that neither cells nor delimiters are missing in all.
        ("a,b,c\n1,2\n1,2,3,\n", ":2: 2 cells under 3 headers"),
        ("a,b,c\n1,2,3\n\n1,2,3\n", ":3: 0 cells under 3 headers"),
        ('a,b,c\n1,"2\n2",3\n1,2\n', ":4: 2 cells under 3 headers"),
        ('a,b\n1,"2\n', ":2: a quote is opened and not closed"),
        ('a,b\n1,x"2\n3,4\n', ":2: a quote is opened and not closed"),
        ('a,b\n1,x"2"\n3,4\n' + "5,6\n" * 5, None),
        ("a,b\n1,2\n1,\0\n", ":3: there is a NUL byte"),
        (b"a,b\n1,2\n\xff,2\n", ":3: this is not UTF-8"),
        ("a,b\r1,2\r", ":1: a carriage return stands alone"),
        ("a,b\n1,2\r3,4\n", ":2: a carriage return stands alone"),
        ("a,a\n1,2\n", ":1: columns 1 and 2 have the same name"),
        ("a,,c\n1,2,3\n", ":1: column 2 has no name"),
        ("\na,b\n1,2\n", ":1: the header is a blank line"),
        ('a"b,c"d\n1,2\n', None),
        ("a,b\n", "a header and no records"),
        (",".join(f"c{n}" for n in range(1001)) + "\n", "1001 columns are more than 1000"),
    ],
)
def test_malformed(tmp_path: Path, text: str | bytes, message: str | None) -> None:
    """Each gets one line that says where; a few that RFC 4180 forbids and that cannot be misread may pass."""
    if message is None:
        try:
            delimited(tmp_path, text)
        except DataError:
            return
        return
    with pytest.raises(DataError) as caught:
        delimited(tmp_path, text)
    assert message in caught.value.message
    assert "\n" not in caught.value.message


def test_a_record_without_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_delimited, "LONGEST_RECORD", 1 << 20)
    for text in ("a,b\n" + "x" * (9 << 20), 'a,b\n1,"' + "x\n" * (9 << 19)):
        with pytest.raises(DataError, match="a record is longer than 1 MiB"):
            delimited(tmp_path, text)
    for text in ("x" * (3 << 20), '"' + "\n" * (3 << 20), 'a,"b\n' + "1,2\n" * (1 << 20)):
        with pytest.raises(DataError, match="the header does not end"):
            delimited(tmp_path, text)


@pytest.mark.usefixtures("chunks")
@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('a,b,c\n1,"x,2\n3,"y,4\n', 2),
        ('a,b,c\n"1\n2",x,3\n1,x"y"z,2\n', 4),
        ('a,b,c\n"1\n2",x,3\n1,""x"",2\n', 4),
        ('a,b,c\n"1\n2",x,3\n1,"x"y,2\n', 4),
    ],
)
def test_quotes_that_stand_inside_cells(tmp_path: Path, text: str, line: int) -> None:
    """Read leniently, one record would swallow the next."""
    with pytest.raises(DataError, match=f":{line}: a quote stands inside a cell"):
        delimited(tmp_path, text)


@pytest.mark.usefixtures("chunks")
@given(rows=st.lists(st.lists(st.text('a",\n ', max_size=6), min_size=2, max_size=3), min_size=1, max_size=4))
def test_agrees_with_strict_csv(tmp_path: Path, rows: list[list[str]]) -> None:
    """What is read is what Python reads strictly, and no record reaches another."""
    text = "a,b\n" + "".join(",".join(row) + "\n" for row in rows)
    try:
        expected = list(csv.reader(io.StringIO(text.rstrip("\n") + "\n", newline=""), strict=True))[1:]
        sound = all(len(row) == 2 for row in expected)
    except csv.Error:
        sound = False
    try:
        found = delimited(tmp_path, text).rows()
    except DataError:
        return
    if sound:
        assert [[cell or "" for cell in row] for row in found] == expected
    else:
        assert len(found) == text.rstrip("\n").count("\n"), "a malformed record swallowed another"


def test_an_unclosed_quote_is_told_quickly(tmp_path: Path) -> None:
    """Work grows with the file, not with its square: this would take minutes."""
    text = "a,b\n1,2\n" + '1,"x\n' + "y,2\n" * (2 << 20)
    with pytest.raises(DataError, match=":3: a quote is opened and not closed"):
        delimited(tmp_path, text)


@pytest.mark.parametrize(
    "change",
    [
        {"delimiter": "é"},
        {"delimiter": "\n"},
        {"quote": "\0"},
        {"encoding": "klingon"},
        {"encoding": "rot13"},
        {"encoding": "unicode_escape"},
    ],
)
def test_dialects_that_cannot_be(tmp_path: Path, change: dict[str, str]) -> None:
    with pytest.raises(InputError) as caught:
        delimited(tmp_path, "a,b\n1,2\n", **change)
    assert caught.value.remedy


@pytest.mark.usefixtures("chunks")
@settings(max_examples=300)
@given(text=st.text('ab,"\n\r \0é', max_size=60).map(lambda text: f"h1,h2\n{text}"))
def test_any_text_reads_or_is_malformed(tmp_path: Path, text: str) -> None:
    """Whatever comes in, it is read as Python's csv module reads it, or it is a DataError."""
    import csv

    try:
        rows = delimited(tmp_path, text).rows()
    except DataError:
        return
    plain = text.replace("\r\n", "\n").rstrip("\n") + "\n"
    expected = [tuple(cell or None for cell in row) for row in csv.reader(io.StringIO(plain, newline=""))][1:]
    assert rows == expected


@pytest.mark.parametrize("name", ["csv", "tsv"])
def test_csv_as_the_agreement_says(tmp_path: Path, name: str) -> None:
    frame = pl.DataFrame({"a": ["x;y", "é"], "b": ["1", None]})
    dialect = CsvDialect(delimiter=";", line_ending="crlf", bom=True)
    data = written([frame], name, tmp_path / "out", csv=dialect)
    expected = 'a;b\r\n"x;y";1\r\né;\r\n' if name == "csv" else "a\tb\r\nx;y\t1\r\né\t\r\n"
    assert data == b"\xef\xbb\xbf" + expected.encode()


# JSON


def parsed(tmp_path: Path, text: str, name: str, wanted: dict[str, str] | None = None) -> pl.DataFrame:
    path = tmp_path / f"export.{name}"
    path.write_text(text, encoding="utf-8")
    return read(path, name, wanted)


NESTED = {
    "forename": "Ada",
    "contact": {"email": "a@b.example", "phones": [{"kind": "home", "number": "1"}, {"kind": "work", "number": "2"}]},
    "tags": ["x", "y"],
    "empty": {},
    "none": None,
}


@pytest.mark.usefixtures("chunks")
@pytest.mark.parametrize("name", ["json", "ndjson"])
def test_columns_are_dotted_paths(tmp_path: Path, name: str) -> None:
    text = json.dumps([NESTED] * 5) if name == "json" else (json.dumps(NESTED) + "\n") * 5
    path = tmp_path / f"export.{name}"
    path.write_text(text)
    expected = {
        "forename",
        "contact.email",
        "contact.phones[].kind",
        "contact.phones[].number",
        "tags[]",
        "none",
        "empty",
    }
    assert set(opened(path, name).columns) == expected
    frame = read(
        path, name, {"contact.email": "email", "contact.phones[1].number": "phone", "contact.phones[7].kind": "x"}
    )
    assert frame.rows() == [("a@b.example", "2", None)] * 5


@pytest.mark.usefixtures("chunks")
@pytest.mark.parametrize("name", ["json", "ndjson"])
def test_a_column_may_come_late(tmp_path: Path, name: str) -> None:
    rows = [{"a": "1"}] * 50 + [{"b": "2"}]
    text = json.dumps(rows) if name == "json" else "\n".join(map(json.dumps, rows))
    assert parsed(tmp_path, text, name).rows() == [("1", None)] * 50 + [(None, "2")]


@pytest.mark.usefixtures("chunks")
@pytest.mark.parametrize("name", ["json", "ndjson"])
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": "1", "a": "2"}', ":1: a key is there twice"),
        ('{"a": {"b": 1, "b": 2}}', "a key is there twice"),
        ('{"a": NaN}', "not JSON"),
        ('{"a": 01}', "not JSON"),
        ("{'a': 1}", "not JSON"),
        ('{"a": "\\ud800"}', "not"),
        ('{"a": "\x01"}', "not JSON"),
        ('["a"]', "no object"),
        ("7", "no object"),
        ('{"a": 1', "not JSON"),
        ("[" * 5000, "not JSON"),
    ],
)
def test_malformed_json(tmp_path: Path, name: str, text: str, message: str) -> None:
    whole = f'[{{"a": "0"}},\n{text}]' if name == "json" else f'{{"a": "0"}}\n{text}\n'
    with pytest.raises(DataError) as caught:
        parsed(tmp_path, whole, name)
    assert message.removeprefix(":1") in caught.value.message


@pytest.mark.parametrize("text", ['{"a": 1}', '"x"', "[1] [2]", '[{"a": 1}] x', '[{"a": "1"},]', '[{"a": "1"}', "[,]"])
def test_not_an_array_of_records(tmp_path: Path, text: str) -> None:
    with pytest.raises(DataError):
        parsed(tmp_path, text, "json")


@pytest.mark.usefixtures("chunks")
def test_a_comma_after_the_last_record_of_a_chunk(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"comma"):
        parsed(tmp_path, "[" + ", ".join(['{"a": "1"}'] * 60) + ", ]", "json")


def test_two_records_on_a_line(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="more than one record"):
        parsed(tmp_path, '{"a": "1"}, {"a": "2"}\n', "ndjson")


def test_blank_lines_are_no_records(tmp_path: Path) -> None:
    assert parsed(tmp_path, '\n{"a": "1"}\n\r\n  \n{"a": "2"}\n\n', "ndjson").height == 2


@pytest.mark.parametrize("name", ["json", "ndjson"])
def test_a_byte_order_mark_is_none_of_the_records(tmp_path: Path, name: str) -> None:
    text = '[{"a": "1"}]' if name == "json" else '{"a": "1"}'
    assert parsed(tmp_path, "\ufeff" + text, name).rows() == [("1",)]


TRICKY = [
    {"a": "}, {", "b": {"c": [{"d": "},{"}, {"d": "]"}]}},
    {"a": '\\"},{\\"', "b": {"c": []}},
    {"a": "]", "b": {"c": [{"d": "x"}, {"d": "y"}]}},
]


@settings(max_examples=60)
@given(chunk=st.integers(1, 200), spaced=st.booleans(), count=st.integers(1, 20))
def test_records_are_told_apart_wherever_a_chunk_ends(tmp_path: Path, chunk: int, spaced: bool, count: int) -> None:
    rows = TRICKY * count
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_json, "CHUNK", chunk)
        text = json.dumps(rows, indent=1 if spaced else None)
        assert parsed(tmp_path, text, "json", {"a": "a"})["a"].to_list() == [row["a"] for row in rows]


# Types


def test_json_types_survive(tmp_path: Path) -> None:
    rows = [{"a": "007", "b": 7, "c": 1.5, "d": True, "e": None}, {"a": 7, "b": "7", "c": 2, "d": False, "e": "x"}]
    for source in ("json", "ndjson"):
        frame = read(write_records(tmp_path / f"export.{source}", rows), source)
        for target in ("json", "ndjson"):
            path = tmp_path / f"release.{target}"
            kind, _ = format_named(target)
            writer = kind.create(WriterOptions(("a", "b", "c", "d", "e")))
            with path.open("wb") as file:
                writer.write([writer.encode(frame)], file)
            assert read_records(path) == rows


def test_an_object_where_a_value_belongs_is_no_value(tmp_path: Path) -> None:
    frame = parsed(tmp_path, '[{"a": {"x": 1}}, {"a": [1]}, {"a": "b"}, {"a": 1e999}]', "json", {"a": "a"})
    assert frame["a"].to_list() == ["\0", "\0", "b", "\0"]


def test_parquet_types_are_told(tmp_path: Path) -> None:
    from datetime import date, datetime

    frame = pl.DataFrame(
        {
            "text": ["007"],
            "whole": [7],
            "broken": [1.5],
            "truth": [True],
            "day": [date(2026, 6, 1)],
            "midnight": [datetime(2026, 6, 1)],
            "moment": [datetime(2026, 6, 1, 12, 30)],
            "nested": [{"email": "a@b.example", "deep": {"x": 1}}],
            "list": [["a", "b"]],
            "bytes": [b"\xff\x00"],
            "word": pl.Series(["a"], dtype=pl.Categorical),
        }
    )
    path = tmp_path / "export.parquet"
    frame.write_parquet(path)
    reader = opened(path, "parquet")
    texts = {name: cells.to_list()[0] for name, cells in read(path, "parquet").to_dict().items() if "\0" not in name}
    assert texts == {
        "text": "007",
        "whole": "7",
        "broken": "1.5",
        "truth": "true",
        "day": "2026-06-01",
        "midnight": "2026-06-01",
        "moment": "2026-06-01T12:30:00",
        "nested.email": "a@b.example",
        "nested.deep.x": "1",
        "list[]": "\0",
        "bytes": "\0",
        "word": "a",
    }
    assert set(reader.typed) == {"whole", "broken", "truth", "day", "midnight", "moment", "nested.deep.x"}
    reader.close()


def test_a_packed_parquet_file_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    path = write_records(tmp_path / "export.parquet.gz", officers(3))
    assert read(path, "parquet.gz").height == 3
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(DataError):
        read(path, "parquet.gz")
    assert list(scratch.iterdir()) == []


def test_a_parquet_release_tells_nothing_of_the_export(tmp_path: Path) -> None:
    """Nor does it hold statistics, by which a reader could tell more than the cells."""
    data = written([pl.DataFrame({"a": ["x", "y"]})], "parquet", tmp_path / "release.parquet")
    metadata = pl.read_parquet_metadata(io.BytesIO(data))
    assert set(metadata) <= {"ARROW:schema"}
    assert b"min" not in data


def test_text_formats_hold_no_companions() -> None:
    assert set(TEXT_FORMATS) < set(WRITTEN)


@pytest.mark.parametrize("name", ["json", "ndjson"])
@pytest.mark.parametrize(
    "record",
    [
        {"p.type": "response", "p": {"type": "covert"}},
        {"p[]": "response", "p": ["covert"]},
        {"p": {"a.b": 1, "a": {"b": 2}}},
    ],
)
def test_keys_that_read_like_nested_ones(tmp_path: Path, name: str, record: dict[str, Any]) -> None:
    with pytest.raises(DataError, match="reads like a nested one"):
        parsed(tmp_path, json.dumps([record]) if name == "json" else json.dumps(record), name)


def test_parquet_columns_that_read_like_nested_ones(tmp_path: Path) -> None:
    path = tmp_path / "export.parquet"
    pl.DataFrame({"p": [{"type": "covert"}], "p.type": ["response"]}).write_parquet(path)
    with pytest.raises(DataError, match="reads like a nested one"):
        opened(path, "parquet")


@pytest.mark.parametrize("name", ["json", "ndjson"])
def test_the_order_of_columns_does_not_depend_on_runs(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows: list[dict[str, Any]] = [{"w": {"e": "1"}, "f": "2", "l": []}] * 50 + [{"w": {"p": "3"}, "l": [{"x": 1}]}]
    text = json.dumps(rows) if name == "json" else "\n".join(map(json.dumps, rows))
    path = tmp_path / f"export.{name}"
    path.write_text(text)
    whole = opened(path, name).columns
    monkeypatch.setattr(_json, "CHUNK", 16)
    assert opened(path, name).columns == whole == ("w.e", "w.p", "f", "l[].x")


def test_whole_numbers_kept_as_floats(tmp_path: Path) -> None:
    path = tmp_path / "export.parquet"
    pl.DataFrame({"a": [1000000.0, None, 1.5]}).write_parquet(path)
    assert read(path, "parquet")["a"].to_list() == ["1000000", None, "1.5"]


def test_parquet_that_makes_polars_panic(tmp_path: Path) -> None:
    path = tmp_path / "export.parquet"
    pl.DataFrame({"a": pl.Series([2**62]).cast(pl.Datetime("ms"))}).write_parquet(path)
    with pytest.raises(DataError, match="not sound Parquet"):
        read(path, "parquet")
