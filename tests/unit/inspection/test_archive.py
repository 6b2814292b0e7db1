"""ZIP archives: what two readers might read differently is found."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from narrowgate.errors import DataError
from narrowgate.inspection.archive import Archive
from narrowgate.inspection.inspect import inspect_subject
from narrowgate.inspection.interface import Subject
from narrowgate.tables._pack import Pack

MEMBERS = {"records.csv": b"rank\nConstable\n" * 40, "photos/a.txt": b"x" * 100, "empty.csv": b""}


def plain(members: dict[str, bytes] = MEMBERS, **options: int) -> bytes:
    """An archive without anything hidden."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in members.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = options.get("method", zipfile.ZIP_DEFLATED)
            made.writestr(info, data)
    return target.getvalue()


def found(data: bytes) -> dict[str, int]:
    return {finding.channel: finding.count for finding in Archive(io.BytesIO(data)).findings}


def test_a_plain_archive() -> None:
    archive = Archive(io.BytesIO(plain()))
    assert archive.findings == ()
    assert {member.name: b"".join(archive.blocks(member)) for member in archive.members} == MEMBERS
    archive.require_sound("it")


def test_a_streamed_archive_has_descriptors() -> None:
    class Unseekable(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: int) -> int:
            raise OSError

        def tell(self) -> int:
            raise OSError

    target = Unseekable()
    with zipfile.ZipFile(target, "w") as made:
        for name, data in MEMBERS.items():
            made.writestr(zipfile.ZipInfo(name), data)
    archive = Archive(io.BytesIO(target.getvalue()))
    assert archive.findings == ()
    assert all(map(archive.verify, archive.members))


def test_what_we_write_ourselves() -> None:
    target = io.BytesIO()
    pack = Pack(target)
    for name, data in MEMBERS.items():
        pack.add(name, data)
    pack.close()
    archive = Archive(target)
    assert archive.findings == ()
    with zipfile.ZipFile(target) as other:
        assert {name: other.read(name) for name in other.namelist()} == MEMBERS
        assert other.testzip() is None


@pytest.mark.parametrize(
    ("name", "channel"),
    [
        ("../secret.csv", "zip_suspicious_name"),
        ("a/../../secret.csv", "zip_suspicious_name"),
        ("/etc/passwd", "zip_suspicious_name"),
        ("C:/secret.csv", "zip_suspicious_name"),
        ("a\\b.csv", "zip_suspicious_name"),
        ("a//b.csv", "zip_suspicious_name"),
        ("./a.csv", "zip_suspicious_name"),
        ("a\x1b[31m.csv", "zip_suspicious_name"),
        ("a\u202egpj.csv", "zip_suspicious_name"),
        ("RECORDS.csv", "zip_duplicate_name"),
        ("records.csv/", "zip_duplicate_name"),
        ("records.csv/inside.csv", "zip_duplicate_name"),
        ("ｒecords.csv", "zip_duplicate_name"),
    ],
)
def test_names(name: str, channel: str) -> None:
    data = plain({**MEMBERS, name: b""})
    assert found(data) == {channel: 1}
    with pytest.raises(DataError):
        Archive(io.BytesIO(data)).require_sound("it")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_the_same_name_twice() -> None:
    target = io.BytesIO(plain())
    with zipfile.ZipFile(target, "a") as made:
        made.writestr(zipfile.ZipInfo("records.csv"), b"other")
    assert found(target.getvalue()) == {"zip_duplicate_name": 1}


def test_bytes_before_and_behind() -> None:
    assert found(b"#!/bin/sh\n" + plain()) == {"zip_prefix": 10}
    assert found(plain() + b"more") == {"zip_trailing": 4}


def test_comments_times_and_extras() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as made:
        made.comment = b"by Una"
        info = zipfile.ZipInfo("a.csv", (2026, 6, 1, 12, 0, 0))
        info.comment, info.extra = b"mine", struct.pack("<HH4s", 0x7875, 4, b"1000")
        made.writestr(info, b"x")
    assert found(target.getvalue()) == {"zip_comment": 10, "zip_times": 1, "zip_extra_field": 1}


def test_bytes_between_members() -> None:
    target = io.BytesIO()
    pack = Pack(target)
    pack.add("a.csv", b"x" * 50)
    pack._write(b"hidden")
    pack.add("b.csv", b"y" * 50)
    pack.close()
    assert found(target.getvalue()) == {"zip_gap": 6}


def entry(offset: int, name: bytes = b"b.csv") -> tuple[bytes, bytes]:
    """A local header with ten stored bytes, and an entry of the directory for one at ``offset``."""
    data = b"0123456789"
    told = (0, 0, 0, 0x21, zlib.crc32(data), 10, 10, len(name), 0)
    local = struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, *told) + name + data
    central = struct.pack("<4s6H3I5H2I", b"PK\x01\x02", 20, 20, *told, 0, 0, 0, 0, offset) + name
    return local, central


def archived(body: bytes, *entries: bytes) -> bytes:
    directory = b"".join(entries)
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, len(entries), len(entries), len(directory), len(body), 0)
    return body + directory + end


def test_members_that_share_bytes() -> None:
    """Two names for the same bytes: what a bomb is made of."""
    local, first = entry(0)
    _, second = entry(0)
    assert found(archived(local, first, second)) == {"zip_duplicate_name": 1, "zip_overlap": 1}


def test_headers_that_differ() -> None:
    local, _ = entry(0)
    _, other = entry(0, b"c.csv")
    assert found(archived(local, other)) == {"zip_header_mismatch": 1}


def test_encrypted_and_odd_methods() -> None:
    data = bytearray(plain({"a.csv": b"x" * 100}))
    at = data.index(b"PK\x01\x02")
    data[6] |= 1
    data[at + 8] |= 1
    assert found(bytes(data)) == {"zip_encrypted": 1}
    assert found(plain({"a.csv": b"x" * 100}, method=zipfile.ZIP_LZMA)) == {"zip_method": 1}


def test_a_bomb_is_found_without_unpacking() -> None:
    assert found(plain({"a.csv": b"\0" * (40 << 20)})) == {"zip_bomb": 1}


def test_a_member_that_lies_about_its_size(tmp_path: Path) -> None:
    data = bytearray(plain({"a.csv": b"x" * 1000}))
    at = data.index(b"PK\x01\x02")
    struct.pack_into("<I", data, 22, 10)
    struct.pack_into("<I", data, at + 24, 10)
    archive = Archive(io.BytesIO(bytes(data)))
    assert not archive.verify(archive.members[0])
    findings = inspect_subject(Subject(io.BytesIO(bytes(data)))).findings
    assert "zip_broken_member" in {finding.channel for finding in findings}


def test_an_archive_within_an_archive() -> None:
    data = plain({"inner.zip": plain({"innermost.zip": plain() + b"more"})})
    inspection = inspect_subject(Subject(io.BytesIO(data)))
    assert {finding.channel for finding in inspection.findings} >= {"zip_nested", "zip_trailing"}


def test_containers_without_end() -> None:
    data = plain()
    for _ in range(8):
        data = plain({"inner.zip": data})
    inspection = inspect_subject(Subject(io.BytesIO(data)))
    assert "zip_unknown_member" in {finding.channel for finding in inspection.findings}


@settings(max_examples=300)
@given(
    changes=st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), max_size=6),
    cut=st.integers(1, 4000),
    moved=st.tuples(st.integers(0, 400), st.integers(0, 400)),
)
def test_broken_archives(changes: list[tuple[int, int]], cut: int, moved: tuple[int, int]) -> None:
    """Either a typed error, or an archive whose sound members can be read; never anything else."""
    data = bytearray(plain())
    for place, value in changes:
        data[place % len(data)] = value
    start, size = moved
    data[start:start] = data[start : start + size]
    try:
        inspect_subject(Subject(io.BytesIO(bytes(data[:cut])), "it.zip"))
    except DataError:
        return
    archive = Archive(io.BytesIO(bytes(data[:cut])))
    for member in archive.members:
        archive.verify(member)
