"""gzip: headers that tell something, streams behind the first, and what their content holds."""

from __future__ import annotations

import contextlib
import gzip
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from narrowgate.errors import DataError
from narrowgate.inspection.inspect import inspect_subject
from narrowgate.inspection.interface import Inspection, Subject

RECORDS = b"rank,surname\nConstable,Lovelace\n"


def packed(data: bytes = RECORDS, filename: str = "", mtime: int = 0) -> bytes:
    target = io.BytesIO()
    with gzip.GzipFile(filename=filename, mode="wb", fileobj=target, mtime=mtime) as stream:
        stream.write(data)
    return target.getvalue()


def with_header(flags: int, more: bytes) -> bytes:
    plain = packed()
    return plain[:3] + bytes([flags]) + plain[4:10] + more + plain[10:]


def look(data: bytes, name: str = "export.csv.gz") -> Inspection:
    return inspect_subject(Subject(io.BytesIO(data), name))


def found(data: bytes, name: str = "export.csv.gz") -> dict[str, int]:
    inspection = look(data, name)
    assert inspection.kind == "gzip"
    return {finding.channel: finding.count for finding in inspection.findings}


def test_a_plain_stream_is_clean() -> None:
    assert found(packed()) == {}
    assert found(packed(RECORDS * 100_000)) == {}
    assert found(packed(), "EXPORT.CSV.GZ") == {}
    assert found(packed(), "export.csv") == {}


HEADERS = {
    "a name": packed(filename="Ada.csv"),
    "a time": packed(mtime=1_700_000_000),
    "a comment": with_header(0x10, b"Ada\0"),
    "a field": with_header(0x04, b"\7\0Ap\3\0Ada"),
}


@pytest.mark.parametrize("what", HEADERS)
def test_headers_that_tell_something(what: str) -> None:
    assert found(HEADERS[what]) == {"gzip_header": 1}
    assert "Ada" not in repr(look(HEADERS[what]))


def test_headers_that_tell_nothing() -> None:
    assert found(with_header(0x1F, b"\0\0" + b"\0\0" + b"\0\0")) == {}
    both = packed(filename="Ada.csv", mtime=9)
    assert found(both) == {"gzip_header": 2}


def test_streams_behind_the_first_are_looked_into() -> None:
    assert found(packed() + packed(b"Chief,\x00\n")) == {"gzip_members": 1, "text_nul": 1}
    assert found(packed() + packed(b"Chief,x\n", filename="Ada") * 3) == {"gzip_members": 3, "gzip_header": 3}


def test_bytes_behind_the_streams() -> None:
    assert found(packed() + b"hidden") == {"gzip_trailing": 6}
    assert found(packed() + b"\x1f") == {"gzip_trailing": 1}
    (finding,) = look(packed() + bytes(300_000)).findings
    assert (finding.channel, finding.count, finding.holds) == ("gzip_trailing", 300_000, 0)


def test_the_content_is_looked_into() -> None:
    assert found(packed(b"a,b\n1,2,3\n")) == {"cells_beyond_header": 1}
    assert found(packed(b'{"a": 1, "a": 2}'), "export.json.gz") == {"json_duplicate_keys": 1}
    assert found(packed(packed(filename="Ada")), "export.csv.gz.gz") == {"gzip_header": 1}
    with pytest.raises(DataError):
        look(packed(), "export.gz")
    with pytest.raises(DataError):
        look(packed(b""))


def test_containers_do_not_nest_forever() -> None:
    data = RECORDS
    for _ in range(8):
        data = packed(data)
    with pytest.raises(DataError):
        look(data, "export.csv" + ".gz" * 8)


@pytest.mark.parametrize(
    "data",
    [
        b"\x1f\x8b",
        packed()[:12],
        packed()[:-1],
        packed()[:-8] + bytes(8),
        packed()[:2] + b"\7" + packed()[3:],
        with_header(0x80, b""),
        with_header(0x08, b"x" * 200),
        with_header(0x04, b"\xff\xff"),
        packed()[:10] + b"\xff" * 30,
        packed() + packed()[:-3],
    ],
)
def test_what_is_not_sound_is_refused(data: bytes) -> None:
    with pytest.raises(DataError) as raised:
        look(data)
    assert raised.value.remedy


def test_bombs_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("narrowgate.inspection.formats.gzip.LARGEST", 1 << 20)
    with pytest.raises(DataError):
        look(packed(bytes(2 << 20)))
    monkeypatch.setattr("narrowgate.inspection.formats.gzip.MOST_MEMBERS", 5)
    with pytest.raises(DataError):
        look(packed() * 9)


@given(st.integers(0, len(packed(filename="Ada")) - 1), st.binary(max_size=6), st.integers(0, 3), st.booleans())
@settings(max_examples=200, deadline=None)
def test_damaged_streams_are_looked_into_or_refused(at: int, noise: bytes, cut: int, twice: bool) -> None:
    data = packed(filename="Ada") * (1 + twice)
    with contextlib.suppress(DataError):
        assert look(data[:at] + noise + data[at + cut :]).kind in {"gzip", "csv"}
