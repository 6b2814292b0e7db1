"""Looks over releases by means that share nothing with the inspectors: what is not on a short list is a fault."""

from __future__ import annotations

import gzip
import re
import struct
import zipfile
from io import BytesIO

_PARTS = {
    "[Content_Types].xml",
    "_rels/.rels",
    "xl/workbook.xml",
    "xl/_rels/workbook.xml.rels",
    "xl/styles.xml",
    "xl/theme/theme1.xml",
    "xl/worksheets/sheet1.xml",
}
_ELEMENTS = {
    *("worksheet", "dimension", "sheetViews", "sheetView", "pane", "selection", "sheetFormatPr", "cols", "col"),
    *("sheetData", "row", "c", "is", "t", "v", "pageMargins"),
}
_ATTRIBUTES = re.compile(r"\s(hidden|state|ht|zeroHeight|collapsed|outlineLevel|tooltip|descr|codeName)=")
_JPEG = {0xD8, 0xE0, 0xDB, 0xC0, 0xC4, 0xDA}
_DAY_ONE = (1980, 1, 1, 0, 0, 0)


def faults(data: bytes) -> list[str]:
    """What a release holds that it should not; of ZIPs, in their members too."""
    if data.startswith(b"\x1f\x8b"):
        return ["more than content in its header"] * (data[3:8] != b"\0" * 5) + faults(gzip.decompress(data))
    if data.startswith(b"PK"):
        return _package(data)
    if data.startswith(b"\xff\xd8"):
        return _jpeg(data)
    if data.startswith(b"\x89PNG"):
        return _png(data)
    if data.startswith(b"PAR1"):
        return [word for word in ("ARROW", "polars", "Polars", "pandas") if word.encode() in data[-4096:]]
    return ["a NUL byte"] if b"\0" in data else []


def _package(data: bytes) -> list[str]:
    found: list[str] = []
    with zipfile.ZipFile(BytesIO(data)) as package:
        found += ["a comment"] * bool(package.comment)
        sizes = 0
        for entry in package.infolist():
            sizes += entry.compress_size + 76 + 2 * len(entry.filename.encode())
            odd = entry.extra or entry.comment or entry.date_time != _DAY_ONE or entry.flag_bits & ~0x800
            found += [f"{entry.filename} has more than content"] * bool(odd or entry.external_attr)
        found += ["bytes besides members"] * (sizes + 22 != len(data))
        names = package.namelist()
        if "xl/workbook.xml" in names:
            found += [f"a part {name}" for name in set(names) - _PARTS]
            sheet = package.read("xl/worksheets/sheet1.xml").decode()
            elements = set(re.findall(r"<([A-Za-z0-9:]+)", sheet))
            found += [f"an element {name}" for name in elements - _ELEMENTS]
            book = package.read("xl/workbook.xml").decode()
            found += [
                f"an attribute {name}" for name in _ATTRIBUTES.findall(sheet.replace('state="frozen"', "") + book)
            ]
            found += ["more than one sheet"] * (book.count("<sheet ") != 1)
            found += ["names"] * ("<definedName" in book)
        else:
            for name in names:
                found += [f"{name}: {fault}" for fault in faults(package.read(name))]
    return found


def _jpeg(data: bytes) -> list[str]:
    found, position = [], 0
    while position < len(data):
        mark, kind = data[position : position + 2]
        if mark != 0xFF or kind not in _JPEG:
            found.append(f"a segment {kind:02x}")
        if kind == 0xD8:
            position += 2
            continue
        size = struct.unpack_from(">H", data, position + 2)[0]
        found += ["more than JFIF's header"] * (kind == 0xE0 and size != 16)
        position += 2 + size
        if kind == 0xDA:
            break
    rest = data[position:].replace(b"\xff\x00", b"")
    return found + ["bytes behind its end"] * (rest.find(b"\xff") != len(rest) - 2 or not rest.endswith(b"\xff\xd9"))


def _png(data: bytes) -> list[str]:
    kinds, position = [], 8
    while position < len(data):
        size, kind = struct.unpack_from(">I4s", data, position)
        kinds.append(kind)
        position += 12 + size
    return [f"a chunk {kind!r}" for kind in kinds if kind not in {b"IHDR", b"IDAT", b"IEND"}]
