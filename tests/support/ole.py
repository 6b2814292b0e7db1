"""A small writer of compound files ([MS-CFB] 2) and of BIFF8 records ([MS-XLS] 2.1.4), for tests."""

from __future__ import annotations

import struct
from collections.abc import Mapping

SECTOR, MINI, CUT_OFF = 512, 64, 4096
_END, _FREE, _TABLE, _LIST = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD, 0xFFFFFFFC
_STORAGE, _STREAM, _ROOT = 1, 2, 5


def compound(
    streams: Mapping[str, bytes],
    *,
    free: bytes = b"",
    pad: bytes = b"\0",
    deleted: str = "",
    deepest_first: bool = False,
) -> bytes:
    """A compound file.

    Args:
        streams: by their paths, ``storage/stream``.
        free: what stands in a sector that is free.
        pad: the byte with which the last sector of a stream is filled.
        deleted: the name of an entry that nothing leads to.
        deepest_first: whether entries of deeper storages come first in the directory.
    """
    body, fat = bytearray(), list[int]()

    def put(data: bytes, filler: bytes = b"\0") -> int:
        if not data:
            return _END
        start, count = len(fat), -(-len(data) // SECTOR)
        body.extend(data.ljust(count * SECTOR, filler))
        fat.extend([*range(start + 1, start + count), _END])
        return start

    small, mini_fat, places = bytearray(), list[int](), dict[str, int]()
    for path, data in streams.items():
        if len(data) >= CUT_OFF:
            places[path] = put(data, pad)
        elif data:
            places[path], count = len(mini_fat), -(-len(data) // MINI)
            small.extend(data.ljust(count * MINI, pad))
            mini_fat.extend([*range(places[path] + 1, places[path] + count), _END])
    if free:
        body.extend(free.ljust(SECTOR, b"\0"))
        fat.append(_FREE)
    mini_stream = put(bytes(small))
    minis = -(-len(mini_fat) * 4 // SECTOR)
    mini_table = put(struct.pack(f"<{len(mini_fat)}I", *mini_fat), b"\xff")
    directory = put(_directory(streams, places, (mini_stream, len(small)), deleted, deepest_first))
    tables, lists = 1, 0
    while (len(fat) + tables + lists) * 4 > tables * SECTOR:
        tables += 1
        lists = -(-max(0, tables - 109) // 127)
    first = len(fat)
    fat.extend([_TABLE] * tables + [_LIST] * lists)
    table = struct.pack(f"<{len(fat)}I", *fat).ljust(tables * SECTOR, b"\xff")
    sectors = [*range(first, first + tables)]
    more = b""
    for number in range(lists):
        following = _END if number == lists - 1 else first + tables + number + 1
        listed = sectors[109 + number * 127 :][:127]
        more += struct.pack("<128I", *listed, *[_FREE] * (127 - len(listed)), following)
    numbers = (0, tables, directory, 0, CUT_OFF, mini_table, minis, first + tables if lists else _END, lists)
    head = struct.pack("<8s16x5H6x9I", bytes.fromhex("d0cf11e0a1b11ae1"), 62, 3, 0xFFFE, 9, 6, *numbers)
    head += struct.pack("<109I", *(sectors + [_FREE] * 109)[:109])
    return head + bytes(body) + table + more


def _directory(
    streams: Mapping[str, bytes],
    places: Mapping[str, int],
    mini_stream: tuple[int, int],
    deleted: str,
    deepest_first: bool,
) -> bytes:
    paths = {""}
    for path in streams:
        steps = path.split("/")
        paths |= {"/".join(steps[:depth]) for depth in range(1, len(steps) + 1)}
    up = -1 if deepest_first else 1
    order = ["", *sorted(paths - {""}, key=lambda path: (up * path.count("/"), path))]
    numbers = {path: number for number, path in enumerate(order)}
    entries = []
    for path in order:
        children = [each for each in order if each and each.rpartition("/")[0] == path]
        siblings = [each for each in order if each and path and each.rpartition("/")[0] == path.rpartition("/")[0]]
        after = siblings[siblings.index(path) + 1 :] if path else []
        right = numbers[after[0]] if after else _FREE
        child = numbers[children[0]] if children and path not in streams else _FREE
        if not path:
            entries.append(_entry("Root Entry", _ROOT, _FREE, child, *mini_stream))
        elif path in streams:
            data = streams[path]
            entries.append(_entry(path.rpartition("/")[2], _STREAM, right, _FREE, places.get(path, _END), len(data)))
        else:
            entries.append(_entry(path.rpartition("/")[2], _STORAGE, right, child, 0, 0))
    if deleted:
        entries.append(_entry(deleted, _STREAM, _FREE, _FREE, _END, 0))
    return b"".join(entries)


def _entry(name: str, kind: int, right: int, child: int, start: int, size: int) -> bytes:
    raw = name.encode("utf-16-le")
    head = struct.pack("<64sH2B3I", raw, len(raw) + 2, kind, 1, _FREE, right, child)
    return head + struct.pack("<16xI2Q3I", 0, 0, 0, start, size, 0)


def record(kind: int, data: bytes = b"") -> bytes:
    """One BIFF8 record."""
    return struct.pack("<2H", kind, len(data)) + data


def text(said: str, size: int = 2) -> bytes:
    """A string with its length in ``size`` bytes ([MS-XLS] 2.5.294)."""
    return len(said).to_bytes(size, "little") + b"\1" + said.encode("utf-16-le")


def biff(sheets: Mapping[str, bytes], *, globals_: bytes = b"", states: Mapping[str, int] | None = None) -> bytes:
    """A workbook stream.

    Args:
        sheets: the records of each, by name.
        globals_: further records of the globals.
        states: of sheets that are not visible worksheets: 1 hidden, 2 very hidden, +256 for each type of sheet.
    """

    def begin(kind: int) -> bytes:
        return record(0x0809, struct.pack("<4H2I", 0x0600, kind, 0, 0, 0, 0))

    end = record(0x000A)
    listed = sum(len(record(0x0085, b"\0" * 6 + text(name, 1))) for name in sheets)
    offset = len(begin(5)) + len(globals_) + listed + len(end)
    lists, bodies = b"", b""
    for name, body in sheets.items():
        lists += record(0x0085, struct.pack("<IH", offset + len(bodies), (states or {}).get(name, 0)) + text(name, 1))
        bodies += begin(0x10) + body + end
    return begin(5) + globals_ + lists + end + bodies


def xls(workbook: bytes, others: Mapping[str, bytes] | None = None, *, free: bytes = b"", pad: bytes = b"\0") -> bytes:
    """A legacy workbook. Its main stream is padded with zeros, as Excel does."""
    return compound({"Workbook": workbook.ljust(CUT_OFF, b"\0"), **(others or {})}, free=free, pad=pad)


def number(row: int, column: int, value: float = 7.0, style: int = 0) -> bytes:
    """A cell with a number."""
    return record(0x0203, struct.pack("<3Hd", row, column, style, value))


def shared(row: int, column: int, at: int, style: int = 0) -> bytes:
    """A cell with a shared string."""
    return record(0x00FD, struct.pack("<3HI", row, column, style, at))


def row(number_: int, height: int = 255, flags: int = 0) -> bytes:
    """What a row looks like."""
    return record(0x0208, struct.pack("<6HBBH", number_, 0, 1, height, 0, 0, flags, 1, 15))


def columns(first: int, last: int, width: int = 2560, flags: int = 0) -> bytes:
    """What columns look like."""
    return record(0x007D, struct.pack("<6H", first, last, width, 15, flags, 0))


def strings(*said: str, more: bytes = b"") -> bytes:
    """The shared strings; ``more`` is what further strings there are, as bytes, one of them."""
    count = len(said) + (1 if more else 0)
    return record(0x00FC, struct.pack("<2I", count, count) + b"".join(map(text, said)) + more)


def format_(font: int = 0, code: int = 0, pattern: int = 0, fore: int = 0x40) -> bytes:
    """A cell format."""
    flags = struct.pack("<2HHH6xIH", font, code, 0, 0, pattern << 26, fore | 0x41 << 7)
    return record(0x00E0, flags)


def font(colour: int) -> bytes:
    """A font."""
    return record(0x0031, struct.pack("<4H", 200, 0, colour, 400) + b"\0" * 6 + text("Any", 1))


def property_set(kind: str, properties: Mapping[int, bytes]) -> bytes:
    """A stream of properties ([MS-OLEPS] 2.21), typed already. ``kind`` is the format's bytes in hexadecimal."""
    places, values = b"", b""
    for number_, value in properties.items():
        places += struct.pack("<2I", number_, 8 + 8 * len(properties) + len(values))
        values += value.ljust(-(-len(value) // 4) * 4, b"\0")
    body = struct.pack("<2I", 8 + len(places) + len(values), len(properties)) + places + values
    return struct.pack("<2HI16xI16sI", 0xFFFE, 0, 0, 1, bytes.fromhex(kind), 48) + body


def said(value: str) -> bytes:
    """A text as a typed property."""
    raw = value.encode() + b"\0"
    return struct.pack("<2I", 0x1E, len(raw)) + raw
