"""Parquet files: what stands in footers, indexes and dictionaries, and between the columns."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass, field
from typing import Any

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from narrowgate.errors import DataError
from narrowgate.inspection.inspect import inspect_subject
from narrowgate.inspection.interface import Inspection, Subject
from narrowgate.inspection.parquet import thrift
from narrowgate.inspection.parquet.thrift import Field, Mapping, Sequence, Struct, decode, encode
from narrowgate.tables.formats.parquet import ParquetWriter
from narrowgate.tables.interface import WriterOptions


def look(data: bytes) -> Inspection:
    return inspect_subject(Subject(io.BytesIO(data)))


def found(data: bytes) -> dict[str, int]:
    inspection = look(data)
    assert inspection.kind == "parquet"
    return {finding.channel: finding.count for finding in inspection.findings}


def i32(value: int) -> Field:
    return Field(thrift.I32, value)


def i64(value: int) -> Field:
    return Field(thrift.I64, value)


def binary(value: bytes) -> Field:
    return Field(thrift.BINARY, value)


def inner(value: Struct) -> Field:
    return Field(thrift.STRUCT, value)


def listed(kind: int, *items: Any) -> Field:
    return Field(thrift.LIST, Sequence(kind, list(items)))


def pair(key: bytes, value: bytes) -> Struct:
    return Struct({1: binary(key), 2: binary(value)})


BOUNDS = Struct({3: i64(0), 5: binary(b"Weaver"), 6: binary(b"Archer")})
COUNTS = Struct({3: i64(0)})


@dataclass
class Made:
    """A file of one required column of texts, ``rank``, that is written by a dictionary."""

    dictionary: tuple[bytes, ...] = (b"Sergeant", b"Constable")
    cells: tuple[int, ...] = (0, 1, 1)
    """Positions in the dictionary."""
    plain: tuple[bytes, ...] = ()
    """Cells in a second page, without it."""
    before: bytes = b"PAR1"
    between: bytes = b""
    after: bytes = b""
    in_footer: bytes = b""
    rows: int | None = None
    repetition: int = 0
    metadata: dict[int, Field] = field(default_factory=dict)
    column: dict[int, Field] = field(default_factory=dict)
    chunk: dict[int, Field] = field(default_factory=dict)
    group: dict[int, Field] = field(default_factory=dict)
    page: dict[int, Field] = field(default_factory=dict)
    data_page: dict[int, Field] = field(default_factory=dict)
    column_index: Struct | None = None
    offset_index: Struct | None = None
    bloom: bytes = b""
    copy: bool = False

    def _page(self, kind: int, content: bytes, number: int, header: dict[int, Field]) -> bytes:
        fixed = {1: i32(kind), 2: i32(len(content)), 3: i32(len(content)), number: inner(Struct(header))}
        return encode(Struct(fixed | (self.page if kind == 0 else {}))) + content

    def _dictionary_page(self) -> bytes:
        texts = b"".join(len(each).to_bytes(4, "little") + each for each in self.dictionary)
        return self._page(2, texts, 7, {1: i32(len(self.dictionary)), 2: i32(0)})

    def _pages(self) -> bytes:
        pages = self._dictionary_page()
        runs = b"".join(bytes([2, cell]) for cell in self.cells)
        header = {2: i32(8), 3: i32(3), 4: i32(3)} | self.data_page
        pages += self._page(0, b"\x08" + runs, 5, {1: i32(len(self.cells))} | header)
        if self.plain:
            texts = b"".join(len(each).to_bytes(4, "little") + each for each in self.plain)
            pages += self._page(0, texts, 5, {1: i32(len(self.plain)), 2: i32(0), 3: i32(3), 4: i32(3)})
        return pages

    def data(self) -> bytes:
        rows = len(self.cells) + len(self.plain)
        body, pages = self.before, self._pages()
        start = len(body)
        column = {
            1: i32(6),
            2: listed(thrift.I32, 8),
            3: listed(thrift.BINARY, b"rank"),
            4: i32(0),
            5: i64(rows),
            6: i64(len(pages)),
            7: i64(len(pages)),
            9: i64(start + len(self._dictionary_page())),
            11: i64(start),
        } | self.column
        body += pages
        if self.copy:
            body += encode(Struct(column))
        chunk = {2: i64(0)} | self.chunk
        if self.bloom:
            column[14] = i64(len(body))
            algorithm = inner(Struct({1: inner(Struct())}))
            body += encode(Struct({1: i32(len(self.bloom)), 2: algorithm, 3: algorithm, 4: algorithm})) + self.bloom
        for at, index in ((6, self.column_index), (4, self.offset_index)):
            if index is not None:
                chunk |= {at: i64(len(body)), at + 1: i32(len(encode(index)))}
                body += encode(index)
        chunk.setdefault(3, inner(Struct(column)))
        group = {1: listed(12, Struct(chunk)), 2: i64(len(pages)), 3: i64(rows)} | self.group
        root = Struct({4: binary(b"schema"), 5: i32(1)})
        leaf = Struct({1: i32(6), 3: i32(self.repetition), 4: binary(b"rank"), 6: i32(0)})
        footer = {
            1: i32(1),
            2: listed(12, root, leaf),
            3: i64(rows if self.rows is None else self.rows),
            4: listed(12, Struct(group)),
        } | self.metadata
        end = encode(Struct(footer)) + self.in_footer
        return body + self.between + end + len(end).to_bytes(4, "little") + b"PAR1" + self.after


def test_a_plain_file() -> None:
    data = Made().data()
    assert pl.read_parquet(data).to_series().to_list() == ["Sergeant", "Constable", "Constable"]
    assert found(data) == {}


PAGE = Struct({1: i64(4), 2: i32(9), 3: i64(0)})
CHANNELS = {
    "parquet_metadata": Made(metadata={5: listed(12, pair(b"owner", b"Ada"), pair(b"note", b"x"))}),
    "parquet_schema_copy": Made(metadata={5: listed(12, pair(b"pandas", b"{}"))}),
    "parquet_column_metadata": Made(column={8: listed(12, pair(b"owner", b"Ada"))}),
    "parquet_created_by": Made(metadata={6: binary(b"some writer")}),
    "parquet_statistics": Made(column={12: inner(BOUNDS)}),
    "parquet_page_statistics": Made(data_page={5: inner(BOUNDS)}),
    "parquet_column_index": Made(
        column_index=Struct(
            {1: listed(thrift.TRUE, False), 2: listed(8, b"Archer"), 3: listed(8, b"Weaver"), 4: i32(0)}
        )
    ),
    "parquet_bloom_filter": Made(bloom=bytes(32)),
    "parquet_unused_dictionary": Made(dictionary=(b"Sergeant", b"Constable", b"Chief", b"Inspector")),
    "parquet_encrypted_columns": Made(chunk={8: inner(Struct({1: inner(Struct())}))}),
    "parquet_external_columns": Made(chunk={1: binary(b"other.parquet")}),
    "parquet_sorting": Made(group={4: listed(12, Struct({1: i32(0), 2: Field(1, True), 3: Field(1, False)}))}),
    "parquet_gap": Made(between=b"what was a column"),
    "parquet_trailing": Made(after=b"left over"),
    "parquet_unknown_fields": Made(metadata={32767: binary(b"an extension")}),
    "parquet_mismatch": Made(rows=2),
}


@pytest.mark.parametrize("channel", CHANNELS)
def test_every_channel_is_found(channel: str) -> None:
    counts = {"parquet_metadata": 2, "parquet_unused_dictionary": 2, "parquet_gap": 17, "parquet_trailing": 9}
    told = found(CHANNELS[channel].data())
    assert told.pop(channel) == counts.get(channel, 1)
    unread = channel in {"parquet_mismatch", "parquet_trailing"}  # its cells are not read, or cannot be
    assert told == ({"parquet_unverified_dictionary": 1} if unread else {})


@pytest.mark.parametrize(
    "made",
    [
        Made(column={12: inner(COUNTS)}),
        Made(offset_index=Struct({1: listed(12, PAGE)})),
        Made(copy=True),
        Made(column_index=Struct({1: listed(1, True), 2: listed(8, b""), 3: listed(8, b""), 4: i32(0)})),
        Made(plain=(b"Chief", b"Chief")),
    ],
    ids=["counts", "offset index", "copy of the metadata", "index of nothing", "a plain page"],
)
def test_what_tells_no_more_than_the_cells_is_no_finding(made: Made) -> None:
    assert found(made.data()) == {}


def test_a_copy_of_the_metadata_that_tells_more_is_a_gap() -> None:
    assert found(Made(column={12: inner(BOUNDS)}, copy=True).data()) == {"parquet_statistics": 1}
    hidden = encode(Struct({7: i64(len(Made()._pages())), 12: inner(BOUNDS)}))
    assert found(Made(between=hidden).data()) == {"parquet_gap": len(hidden)}


def test_values_of_plain_pages_do_not_make_up_for_those_of_the_dictionary() -> None:
    made = Made(dictionary=(b"Sergeant", b"Constable", b"Hidden"), plain=(b"Chief", b"Inspector"))
    assert found(made.data()) == {"parquet_unused_dictionary": 1}
    assert found(Made(dictionary=(b"Hidden",), cells=(), plain=(b"Chief",)).data()) == {"parquet_unused_dictionary": 1}


def test_a_dictionary_that_cannot_be_compared_is_said_to_be() -> None:
    assert found(Made(dictionary=(b"\xff\xfe", b"Constable")).data()) == {"parquet_unverified_dictionary": 1}
    assert found(Made(data_page={2: i32(7)}).data()) == {"parquet_unverified_dictionary": 1}


def test_unknown_fields_in_pages_and_types() -> None:
    assert found(Made(page={40: binary(b"hidden")}).data()) == {"parquet_unknown_fields": 1}
    assert found(Made(data_page={40: binary(b"hidden")}).data()) == {"parquet_unknown_fields": 1}
    column = Struct({1: i32(6), 3: i32(0), 4: binary(b"rank"), 10: inner(Struct({1: inner(Struct({9: i32(1)}))}))})
    made = Made(metadata={2: listed(12, Struct({4: binary(b"schema"), 5: i32(1)}), column)})
    assert found(made.data())["parquet_unknown_fields"] == 1


def test_bytes_before_the_columns_and_in_the_footer() -> None:
    assert found(Made(before=b"PAR1hidden").data()) == {"parquet_gap": 6}
    assert found(Made(before=b"hidden").data())["parquet_gap"] == 6
    assert found(Made(in_footer=b"hidden").data()) == {"parquet_gap": 6}


def test_zeros_that_fill_up_hold_nothing() -> None:
    (finding,) = look(Made(between=bytes(50)).data()).findings
    assert (finding.channel, finding.count, finding.holds, finding.severity) == ("parquet_gap", 50, 0, "low")
    (finding,) = look(Made(between=bytes(50) + b"\1").data()).findings
    assert (finding.count, finding.holds, finding.severity) == (51, None, "high")


def test_column_chunks_that_share_bytes_are_not_read() -> None:
    data = Made().data()
    footer = data[-8 - int.from_bytes(data[-8:-4], "little") : -8]
    metadata = decode(footer)[0]
    twice = metadata.with_structs(4, metadata.structs(4) * 2)
    twice.fields[3] = i64(6)
    end = encode(twice)
    shared = data[: -8 - len(footer)] + end + len(end).to_bytes(4, "little") + b"PAR1"
    assert found(shared) == {"parquet_mismatch": 1, "parquet_unverified_dictionary": 2}


def test_nothing_of_what_is_hidden_is_said() -> None:
    made = Made(metadata={5: listed(12, pair(b"Ada", b"Lovelace")), 6: binary(b"Ada")}, after=b"Ada", between=b"Ada")
    assert "Ada" not in repr(look(made.data()))


def test_floats_that_are_equal_are_not_the_same() -> None:
    target = io.BytesIO()
    cells = [0.0, -0.0, 1.5, float("nan"), None] * 40
    pl.DataFrame({"distance": cells}).write_parquet(target, statistics=False)
    assert "parquet_unused_dictionary" not in found(target.getvalue())
    assert found(target.getvalue()).keys() <= {"parquet_created_by", "parquet_schema_copy"}


def test_nested_columns_are_compared() -> None:
    target = io.BytesIO()
    cells = [[{"rank": "Constable", "years": [1, 2]}], [], None, [{"rank": "Chief", "years": []}]] * 30
    pl.DataFrame({"posts": cells, "number": range(120)}).write_parquet(target, statistics=False)
    assert found(target.getvalue()).keys() == {"parquet_created_by", "parquet_schema_copy"}


@pytest.mark.parametrize("rows", [1, 300, 60_000])
def test_a_release_is_clean(rows: int) -> None:
    frame = pl.DataFrame({"rank": ["Constable", None, "Chief"] * rows, "number": range(3 * rows)})
    writer = ParquetWriter(WriterOptions(names=tuple(frame.columns), dtypes=dict(frame.schema)))
    target = io.BytesIO()
    writer.write([writer.encode(frame)], target)
    assert found(target.getvalue()) == {}


@pytest.mark.parametrize(
    "data",
    [
        b"PAR1",
        b"PAR1" + bytes(20) + b"PAR1",
        Made().data()[:-1],
        Made().data()[:60],
        Made().data()[:-4] + b"PARE",
        Made().data()[:-8] + b"\xff\xff\xff\x7fPAR1",
        Made(column={5: i64(1 << 60)}).data(),
        Made(column={9: i64(-5), 11: i64(-9)}).data(),
        Made(metadata={2: listed(12)}).data(),
        Made(metadata={2: i32(1)}).data(),
        Made(metadata={4: listed(12, Struct({1: listed(12), 3: i64(3)}))}).data(),
        Made(chunk={6: i64(1 << 50), 7: i32(10)}).data(),
    ],
)
def test_what_cannot_be_followed_is_refused(data: bytes) -> None:
    with pytest.raises(DataError) as raised:
        look(data)
    assert raised.value.remedy


@pytest.mark.parametrize("number", [1 << 40, 1 << 62, -1])
def test_absurd_numbers_are_not_believed(number: int) -> None:
    assert found(Made(rows=number).data())["parquet_mismatch"] == 1
    assert found(Made(group={3: i64(number)}, rows=number).data())["parquet_mismatch"] >= 1


def nested(depth: int) -> bytes:
    return b"\x1c" * depth + bytes(depth + 1)


def test_structures_do_not_nest_forever() -> None:
    decode(nested(10))
    with pytest.raises(DataError):
        decode(nested(5000))
    with pytest.raises(DataError):
        decode(b"\x19" + b"\x19" * 5000)


SCALARS = st.one_of(
    st.builds(Field, st.just(thrift.TRUE), st.booleans()),
    st.builds(Field, st.just(thrift.BYTE), st.integers(-128, 127)),
    st.builds(Field, st.sampled_from([thrift.I16, thrift.I32]), st.integers(-(1 << 15), (1 << 15) - 1)),
    st.builds(Field, st.just(thrift.I64), st.integers(-(1 << 63), (1 << 63) - 1)),
    st.builds(Field, st.just(thrift.DOUBLE), st.floats(allow_nan=False)),
    st.builds(Field, st.just(thrift.BINARY), st.binary(max_size=30)),
)


def containers(values: st.SearchStrategy[Field]) -> st.SearchStrategy[Field]:
    def of_one_type(items: list[Field], kind: int) -> Field:
        alike = [each for each in items if each.type == items[0].type]
        return Field(kind, Sequence(alike[0].type, [each.value for each in alike]))

    def mapped(key: Field, items: list[Field]) -> Field:
        alike = [each for each in items if each.type == items[0].type]
        return Field(thrift.MAP, Mapping(key.type, alike[0].type, [(key.value, each.value) for each in alike]))

    some = st.lists(values, min_size=1, max_size=20)
    structs = st.dictionaries(st.integers(-300, 300), values, max_size=6)
    return st.one_of(
        st.builds(of_one_type, some, st.sampled_from([thrift.LIST, thrift.SET])),
        st.builds(mapped, SCALARS, some),
        st.builds(lambda fields: Field(thrift.STRUCT, Struct(fields)), structs),
    )


FIELDS = st.recursive(SCALARS, containers, max_leaves=20)


@given(st.dictionaries(st.integers(-40, 32767), FIELDS, max_size=8), st.binary(max_size=3))
@settings(max_examples=60, deadline=None)
def test_what_is_encoded_decodes_to_the_same(fields: dict[int, Field], behind: bytes) -> None:
    data = encode(Struct(fields))
    assert decode(data + behind) == (Struct(fields), len(data))
    assert encode(decode(data)[0]) == data


@given(st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
@example(b"\x19\xfc\xff\xff\xff\xff\xff\xff\xff\xff\x01")
@example(b"\x1b\xff\xff\xff\xff\x7f\x88")
def test_structures_of_noise(data: bytes) -> None:
    try:
        found, end = decode(data)
    except DataError:
        return
    assert end <= len(data)
    assert decode(encode(found))[0] == found or "nan" in repr(found)


BASES = [each.data() for each in (Made(), *CHANNELS.values(), Made(copy=True), Made(plain=(b"Chief",)))]


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    data = bytearray(draw(st.sampled_from(BASES)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data) - 1))
        match draw(st.sampled_from(["flip", "cut", "repeat"])):
            case "flip":
                data[at] = draw(st.integers(0, 255))
            case "cut":
                del data[at : at + draw(st.integers(1, 8))]
            case "repeat":
                data[at:at] = data[at : at + draw(st.integers(1, 30))]
    return bytes(data)


@given(damaged())
@settings(max_examples=250, deadline=None)
def test_damaged_files_are_looked_into_or_refused(data: bytes) -> None:
    with contextlib.suppress(DataError):
        assert look(data).kind == "parquet"
