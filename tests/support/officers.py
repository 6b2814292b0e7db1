"""Invented officers, and files that hold them."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

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

CARD = ("warrant_number", "forename", "surname", "rank", "photo")
"""What the card printer gets, in the order of ``OFFICER``."""


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
    """Records in the format that the name of ``path`` tells."""
    name = path.name.removesuffix(".gz")
    rows = list(records)
    if name.endswith(".parquet"):
        buffer = io.BytesIO()
        pl.DataFrame(rows).write_parquet(buffer)
        data = buffer.getvalue()
    elif name.endswith(".json"):
        data = json.dumps(rows, ensure_ascii=False).encode()
    elif name.endswith(".ndjson"):
        data = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    else:
        data = csv_text(rows, "\t" if name.endswith(".tsv") else ",").encode()
    path.write_bytes(gzip.compress(data) if path.name.endswith(".gz") else data)
    return path


def read_records(path: Path) -> list[dict[str, Any]]:
    """What a release holds, by a reader that is none of ours; absent cells are None."""
    data = path.read_bytes()
    name = path.name
    if name.endswith(".gz"):
        data, name = gzip.decompress(data), name.removesuffix(".gz")
    if name.endswith(".parquet"):
        return pl.read_parquet(io.BytesIO(data)).to_dicts()
    if name.endswith(".json"):
        return list(json.loads(data))
    if name.endswith(".ndjson"):
        return [json.loads(line) for line in data.decode().split("\n") if line]
    import csv

    rows = csv.DictReader(io.StringIO(data.decode(), newline=""), delimiter="\t" if name.endswith(".tsv") else ",")
    return [{key: value or None for key, value in row.items()} for row in rows]
