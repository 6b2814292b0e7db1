"""Invented officers, and files that hold them."""

from __future__ import annotations

import gzip
import io
import json
import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import openpyxl
import polars as pl

OFFICER: dict[str, str] = {
    "employee_number": "E4000001",
    "warrant_number": "0200001",
    "pay_number": "P0048213",
    "national_insurance_number": "QQ123456C",
    "forename": "Tamsin",
    "surname": "Kestrelby",
    "rank": "Sergeant",
    "unit": "Coastal Team 4",
    "posting": "response",
    "status": "active",
    "email": "tamsin.kestrelby@force.example",
    "phone": "07700 900123",
    "home_address": "12 Mill Lane, Saltby",
    "home_postcode": "ZZ1 1AB",
    "date_of_birth": "1984-05-17",
    "joined_on": "2009-03-02",
    "left_on": "2026-04-30",
    "salary": "41200",
    "bank_sort_code": "00-00-01",
    "bank_account_number": "98765432",
    "vetting_level": "MV",
    "vetting_expires_on": "2027-01-31",
    "blood_group": "O+",
    "next_of_kin_name": "Rhys Kestrelby",
    "next_of_kin_phone": "07700 900456",
    "line_manager": "Una Eastlake",
    "photo": "photos/a.jpg",
}

CARD = ("warrant_number", "forename", "surname", "rank")
"""What leaves for an ID card without a ZIP for its photo, in the order of ``OFFICER``."""


def officer(**changes: str) -> dict[str, str]:
    """An officer who differs from the usual one."""
    return {**OFFICER, **changes}


def officers(count: int, **changes: str) -> list[dict[str, str]]:
    """Officers told apart by their numbers."""
    return [
        officer(
            employee_number=f"E{4_000_000 + n}",
            warrant_number=f"{200_000 + n:07}",
            pay_number=f"P{1_000_000 + n:07}",
            national_insurance_number=f"QQ{n:06}C",
            bank_account_number=f"{90_000_000 + n}",
            email=f"officer{n}@force.example",
            photo=f"photos/{n}.jpg",
            **changes,
        )
        for n in range(count)
    ]


def csv_text(records: Sequence[Mapping[str, str]], separator: str = ",") -> str:
    """Records as CSV."""
    buffer = io.BytesIO()
    pl.DataFrame(list(records)).write_csv(buffer, separator=separator)
    return buffer.getvalue().decode()


def write_records(path: Path, records: Sequence[Mapping[str, Any]]) -> Path:
    """Records in the format that the name of ``path`` tells, by writers that are none of ours."""
    name, _, packing = path.name.rpartition(".")
    if packing not in {"gz", "zip"}:
        name, packing = path.name, ""
    data = encoded(name.rpartition(".")[2], list(records))
    if packing == "gz":
        data = gzip.compress(data)
    if packing == "zip":
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as bundle:
            bundle.writestr(name, data)
        data = target.getvalue()
    path.write_bytes(data)
    return path


def encoded(format: str, rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Records in a format, by a writer that is none of ours."""
    match format:
        case "parquet":
            buffer = io.BytesIO()
            pl.DataFrame(rows).write_parquet(buffer)
            return buffer.getvalue()
        case "json":
            return json.dumps(rows, ensure_ascii=False).encode()
        case "ndjson":
            return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
        case "xlsx":
            return workbook(rows)
        case "ods":
            return open_document(rows)
        case _:
            return csv_text(rows, "\t" if format == "tsv" else ",").encode()


def workbook(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Records on the one sheet of an XLSX workbook."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(list(rows[0]))
    for number, row in enumerate(rows, 2):
        for column, name in enumerate(rows[0], 1):
            if (cell := row.get(name)) not in {None, ""}:
                sheet.cell(number, column, cell).data_type = "s" if isinstance(cell, str) else "n"
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def open_document(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Records on the one sheet of an ODS document."""
    lines: list[list[Any]] = [list(rows[0]), *([row.get(name) for name in rows[0]] for row in rows)]
    cells = ("".join(_open_document_cell(cell) for cell in line) for line in lines)
    table = "".join(f"<table:table-row>{line}</table:table-row>" for line in cells)
    spaces = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    content = (
        f'<office:document-content{spaces} office:version="1.3"><office:body><office:spreadsheet>'
        f'<table:table table:name="Sheet1">{table}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" '
        f'manifest:version="1.3"><manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
    )
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as package:
        for name, text in (("mimetype", kind), ("content.xml", content), ("META-INF/manifest.xml", manifest)):
            package.writestr(zipfile.ZipInfo(name), text)
    return target.getvalue()


def _open_document_cell(cell: Any) -> str:
    if cell is None or cell == "":
        return "<table:table-cell/>"
    paragraphs = "".join(f"<text:p>{re.sub(' ', '<text:s/>', escape(line))}</text:p>" for line in str(cell).split("\n"))
    return f'<table:table-cell office:value-type="string">{paragraphs}</table:table-cell>'


def read_records(path: Path) -> list[dict[str, Any]]:
    """What a release holds, by a reader that is none of ours; absent cells are None."""
    data = path.read_bytes()
    name = path.name
    if name.endswith(".gz"):
        data, name = gzip.decompress(data), name.removesuffix(".gz")
    if name.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(data)) as bundle:
            (table,) = (each for each in bundle.namelist() if not each.endswith((".jpg", ".png")))
            data, name = bundle.read(table), table
    if name.endswith(".parquet"):
        return pl.read_parquet(io.BytesIO(data)).to_dicts()
    if name.endswith(".json"):
        return list(json.loads(data))
    if name.endswith(".ndjson"):
        return [json.loads(line) for line in data.decode().split("\n") if line]
    if name.endswith(".xlsx"):
        header, *lines = openpyxl.load_workbook(io.BytesIO(data)).active.iter_rows(values_only=True)
        return [dict(zip(header, line, strict=True)) for line in lines]
    import csv

    rows = csv.DictReader(io.StringIO(data.decode(), newline=""), delimiter="\t" if name.endswith(".tsv") else ",")
    return [{key: value or None for key, value in row.items()} for row in rows]
