"""Tables in text: characters nobody sees, cells beyond the header, keys that an object has twice."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from narrowgate.errors import DataError
from narrowgate.inspection.inspect import inspect_subject
from narrowgate.inspection.interface import Inspection, Subject
from narrowgate.inspection.text import characters as text_module

RECORDS = "rank,surname,number\nConstable,Lovelace,1\nSergeant,Müller,2\n"


def look(data: bytes | str, name: str = "export.csv") -> Inspection:
    return inspect_subject(Subject(io.BytesIO(data.encode() if isinstance(data, str) else data), name))


def found(data: bytes | str, name: str = "export.csv") -> dict[str, int]:
    inspection = look(data, name)
    assert inspection.kind == name.rpartition(".")[2].replace("jsonl", "ndjson")
    return {finding.channel: finding.count for finding in inspection.findings}


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
def test_plain_tables_are_clean(mark: bytes, end: str, last: bool) -> None:
    text = RECORDS if last else RECORDS.removesuffix("\n")
    assert found(mark + text.replace("\n", end).encode()) == {}
    assert found(mark + text.replace(",", "\t").replace("\n", end).encode(), "export.tsv") == {}
    assert found(mark + text.replace(",", ";").replace("\n", end).encode()) == {}


CHARACTERS = {
    "text_nul": "\0",
    "text_control_characters": "\x07\x85\x0b",
    "text_escapes": "\x1b\x9b",
    "text_invisible_characters": "\u200b\u200d\u00ad\ufeff\u2060\ufe0f\U000e0100\u3164",
    "text_bidirectional_controls": "\u202e\u2066",
    "text_tag_characters": "\U000e0041\U000e007f",
}


@pytest.mark.parametrize("channel", CHARACTERS)
def test_characters_that_nobody_sees(channel: str) -> None:
    characters = CHARACTERS[channel]
    count = {channel: len(characters)}
    hidden = RECORDS.replace("Lovelace", f"Love{'x'.join(characters)}lace")
    assert found(hidden) == count
    assert found(hidden.encode("utf-16")) == count
    assert found(hidden.encode("utf-32")) == count
    record = {"surname": characters + "\t\r\n äö \U0001f46e"}
    assert found(json.dumps([record], ensure_ascii=True), "export.json") == count
    assert found(json.dumps(record, ensure_ascii=False).encode(), "export.ndjson")[channel] >= 1
    assert found(json.dumps(record, ensure_ascii=True), "export.jsonl") == count


def test_escapes_of_backslashes_are_none() -> None:
    assert found(r'["a\\u200b", "\/\n\"\\"]', "export.json") == {}
    assert found(r'["\\\u200B", "\b"]', "export.json") == {"text_invisible_characters": 1, "text_control_characters": 1}
    assert found(r'["\ud83d\udc6e", "\udb40\udc41"]', "export.json") == {"text_tag_characters": 1}


def test_characters_over_the_ends_of_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "a,b\n" + "ä\u200b,\U000e0041ß\n" * 50
    for size in (4, 5, 6, 7, 11):
        monkeypatch.setattr(text_module, "BLOCK", size)
        assert found(text) == {"text_invisible_characters": 50, "text_tag_characters": 50}
        assert found(text.encode("utf-16")) == {"text_invisible_characters": 50, "text_tag_characters": 50}


def test_other_encodings_are_said_to_be() -> None:
    assert found(RECORDS.encode("latin-1")) == {"text_not_utf8": 1}
    assert found("a,b\nÃ,x©\n".encode("latin-1")) == {"text_not_utf8": 2}
    assert found("a,b\nä,1\n".encode() + b"\xff,\x00\n") == {"text_not_utf8": 1, "text_nul": 1}
    assert found(b"a,b\n1,\xe2\x80") == {"text_not_utf8": 2}
    with pytest.raises(DataError):
        look(b"\xff\xfea\0b")
    with pytest.raises(DataError):
        look(b'["\xe4"]', "export.json")


WIDE = {
    "a,b\n1,2,3\n": 1,
    "a,b\n1,2\n1,2,3,4\n1\n": 2,
    "a,b\n1,2\n1,2\n1,2,,\n1,2, ,x": 1,
    "a,b\n1\n1,2,x\n": 1,
    'a,b\n"1,1","2,2","3,3"\n': 1,
    'a,b\n"1\n1,1",2,"3"\n': 1,
    '"a,1",b\n1,2,"say ""3, 4"""\n': 1,
    "a;b\n1;2;3\n": 1,
    "a\n1,2\n": 1,
    "a,b\r\n1,2,3\r\n": 1,
    "a,b\r1,2,3\r": 1,
}


@pytest.mark.parametrize("text", WIDE)
@pytest.mark.parametrize("size", [1 << 20, 5])
def test_cells_beyond_the_header(text: str, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_module, "BLOCK", size)
    assert found(text) == {"cells_beyond_header": WIDE[text]}
    assert look(text).findings[0].hides_cells


NARROW = [
    'a,b\n"1,1","2,2"\n',
    'a,b\n"1\n1,1",2\n',
    'a,b\n"",2\n"say ""a, b""",2\r\n',
    "a,b\n1\n1,2,\n1,2,,,\n",
    'a\n""""\n',
]


@pytest.mark.parametrize("text", NARROW)
@pytest.mark.parametrize("size", [1 << 20, 5])
def test_records_as_wide_as_the_header_or_narrower(text: str, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_module, "BLOCK", size)
    assert found(text) == {}


@pytest.mark.parametrize("text", ["a,b\n,\n1,2\n", 'a,b\n1,2\n"",""\n"","x"\n', "a,b\r\n1,2\r\n,\r\n", "a\n\n1\n"])
def test_rows_of_nothing_hide_nothing(text: str) -> None:
    assert found(text) == {}


def test_quotes_where_readers_disagree() -> None:
    assert found('a,b\n1,2\n5" pipe,3" nail\n') == {"text_misplaced_quotes": 2}
    assert found('a,b\n1, "2"\n') == {"text_misplaced_quotes": 1}
    assert found('a,b\n1,"2\n') == {"text_misplaced_quotes": 1}
    assert look('a,b\n1,"2\n').findings[0].unsound


def test_keys_that_an_object_has_twice() -> None:
    assert found('[{"a": 1, "b": {"c": 1, "c": 2, "c": 3}, "a": 4}]', "export.json") == {"json_duplicate_keys": 3}
    assert found('{"a": 1}\n{"a": 1, "a": 2}\n', "export.ndjson") == {"json_duplicate_keys": 1}
    assert found(r'{"a": 1, "\u0061": 2}', "export.json") == {"json_duplicate_keys": 1}
    assert found('[{"a": 1}, {"a": 1}]', "export.json") == {}


def test_text_behind_a_value() -> None:
    assert found("[1]  hidden \n", "export.json") == {"json_trailing": 6}
    assert found('{"a": 1} {"b": 2}\n\n{"c": 3}', "export.ndjson") == {"json_trailing": 8}
    assert found('\ufeff{"a": 1}\r\n \n', "export.json") == {}


@pytest.mark.parametrize("name", ["export.json", "export.ndjson"])
@pytest.mark.parametrize("text", ["{", "nonsense", "[" * 100_000, '{"a": 1', "9" * 5000, '{"Ada": Lovelace}'])
def test_what_is_no_json_is_refused(name: str, text: str) -> None:
    with pytest.raises(DataError) as raised:
        look(text, name)
    assert raised.value.remedy
    assert "Ada" not in str(raised.value)


def test_lines_too_long_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("text.delimited", "formats.ndjson"):
        monkeypatch.setattr(f"narrowgate.inspection.{module}.LONGEST", 1 << 20)
    for name in ("export.csv", "export.ndjson"):
        with pytest.raises(DataError):
            look(b"x" * (3 << 20), name)
    with pytest.raises(DataError):
        look(b"a,b\n" + b'"\n"' + b'xxxxxxx"\n"' * (1 << 19))
    assert found(b"a,b\n" + b'"' + b",x\n" * (1 << 20)) == {"text_misplaced_quotes": 1}


def test_too_much_json_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("narrowgate.inspection.formats.json.LARGEST", 5)
    with pytest.raises(DataError):
        look("[1, 2]", "export.json")


def test_nothing_of_what_is_hidden_is_said() -> None:
    for text in ("Ada,b\n1,2,Ada\n", "Ada\u200b\n"):
        assert "Ada" not in repr(look(text))
    assert "Ada" not in repr(look('{"Ada": 1, "Ada": 2} Ada', "export.json"))


def test_a_large_table_takes_no_time() -> None:
    line = "Constable,Lovelace,1980-01-01,headquarters,active,a long enough text for a cell\n"
    data = ("a,b,c,d,e,f\n" + line * 400_000).encode()
    start = time.perf_counter()
    assert found(data) == {}
    assert time.perf_counter() - start < 2  # 30 MB; a tenth of a second, where nothing else runs


CELL = st.text(st.sampled_from('ab ,"\r\nä'), max_size=5)


@given(st.lists(st.lists(CELL, min_size=2, max_size=4), min_size=1, max_size=8), st.sampled_from([3, 7, 1 << 20]))
@settings(max_examples=150, deadline=None)
def test_cells_beyond_are_those_that_csv_reads(rows: list[list[str]], size: int) -> None:
    header = [f"column {number}" for number in range(2)]
    target = io.StringIO(newline="")
    csv.writer(target, quoting=csv.QUOTE_ALL).writerows([header, *rows])
    read = list(csv.reader(io.StringIO(target.getvalue(), newline="")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_module, "BLOCK", size)
        told = found(target.getvalue())
    assert told.get("cells_beyond_header", 0) == sum(bool(cell) for row in read for cell in row[2:])
    assert told.get("text_misplaced_quotes", 0) == 0


@given(st.binary(max_size=80), st.sampled_from(["x.csv", "x.tsv", "x.json", "x.ndjson"]), st.booleans())
@settings(max_examples=300, deadline=None)
def test_noise_is_looked_into_or_refused(noise: bytes, name: str, behind: bool) -> None:
    data = b'[{"a": "b", "c": 1}]\na,b\n' + noise if behind else noise
    with contextlib.suppress(DataError):
        assert all(finding.count > 0 for finding in look(data, name).findings)
