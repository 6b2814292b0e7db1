"""Names of files that are dropped, and of those that are made of them."""

from __future__ import annotations

import hashlib
from pathlib import Path

_LONGEST = 200
"""Bytes: with what is put behind it for receipts and unfinished files, a name stays below the usual limit of 255."""
_UNFINISHED = (".part", ".partial", ".tmp", ".temp", ".filepart", ".crdownload", ".swp", "~")
"""Endings by which programs mark what they have not finished writing."""


def is_unfinished(name: str) -> bool:
    """Whether a file's name says that it is not there yet, or hidden."""
    return name.startswith(".") or name.lower().endswith(_UNFINISHED)


def is_plain(name: str) -> bool:
    """Whether a name can be printed, and written in UTF-8."""
    return name.isprintable()


def printable(name: str) -> str:
    """``name``, with ``_`` for what cannot be printed or is not UTF-8."""
    return "".join(each if each.isprintable() else "_" for each in name)


def fitting(name: str) -> str:
    """``name``, or what it is called where it cannot be printed or is too long."""
    plain = printable(name)
    if len(plain.encode()) <= _LONGEST:
        return plain
    ending = "".join(Path(plain).suffixes[-2:])
    ending = ending if len(ending.encode()) <= len(".parquet.zip") else ""
    mark = f"-{hashlib.sha256(plain.encode()).hexdigest()[:8]}{ending}"
    return plain.encode()[: _LONGEST - len(mark.encode())].decode(errors="ignore") + mark


def numbered(name: str, number: int) -> str:
    """``staff.csv.gz`` as ``staff-2.csv.gz``."""
    if number == 1:
        return name
    stem, dot, endings = name.partition(".")
    return f"{stem}-{number}{dot}{endings}" if stem else f"{name}-{number}"
