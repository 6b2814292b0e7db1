"""A few records in memory: a JSON array like that of an export, without a file."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from narrowgate.errors import DataError, TooLarge
from narrowgate.inspection.inspect import inspect_subject
from narrowgate.inspection.interface import Subject
from narrowgate.model.catalogue import Catalogue
from narrowgate.model.entry import FileDigest
from narrowgate.model.inspection import Finding
from narrowgate.model.source import Source
from narrowgate.tables.counting import OWNER
from narrowgate.tables.formats._json import Columns, Record, RowEncoder, columns_of, parse
from narrowgate.tables.formats.json import LAYOUT
from narrowgate.tables.hidden import require_clean_text
from narrowgate.tables.interface import WriterOptions
from narrowgate.tables.mapping import Binding, bind, translate

FORMAT = "json"
MOST_RECORDS = 1000
MOST_BYTES = 1 << 20
_CALLED = "the body"
_SCALARS = frozenset({str, int, float, bool, type(None)})


@dataclass(frozen=True)
class FewRecords:
    """Records, as they came.

    Args:
        columns: what they hold.
        digest: of the text that they came as.
    """

    records: list[Record]
    columns: Columns
    digest: FileDigest
    body: bytes

    def findings(self) -> tuple[Finding, ...]:
        """What the text hides."""
        return inspect_subject(Subject(io.BytesIO(self.body)), FORMAT).findings


def read_few(body: bytes) -> FewRecords:
    """The records in ``body``, a JSON array.

    Raises:
        DataError: it is none, or holds no records.
        TooLarge: they are more than a few.
    """
    if len(body) > MOST_BYTES:
        raise _too_many()
    if not body.strip():
        raise DataError(f"{_CALLED} is empty", "send an array of records")
    records = parse(body, _CALLED, 1)
    if len(records) > MOST_RECORDS:
        raise _too_many()
    digest = FileDigest(format=FORMAT, bytes=len(body), sha256=hashlib.sha256(body).hexdigest())
    return FewRecords(records, _flat(records) or columns_of([records], _CALLED), digest, body)


def _flat(records: list[Record]) -> Columns | None:
    """The columns of records that hold nothing nested, as most do; None where some may."""
    keys: dict[str, tuple[str]] = {}
    for record in records:
        if not _SCALARS.issuperset(map(type, record.values())):
            return None
        keys |= {key: (key,) for key in record if key not in keys}
    return Columns(keys) if keys else None


def bind_few(columns: Columns, catalogue: Catalogue, source: Source | None) -> Binding:
    """Which columns hold which fields.

    Raises:
        DataError: none does, or two hold the same.
    """
    binding = bind(columns.names, catalogue, source)
    if not binding.fields:
        raise DataError(f"{_CALLED}: no key is one that the catalogue knows", "name a source that maps its keys")
    return binding


def joint_frame(
    several: Sequence[FewRecords], binding: Binding, source: Source | None, fields: tuple[str, ...]
) -> pl.DataFrame:
    """The records of ``several`` with the same columns, one after the other, and the column ``OWNER``."""
    records = [record for each in several for record in each.records]
    wanted = binding.wanted(fields) or dict([next(iter(binding.fields.items()))])
    owners = [owner for owner, each in enumerate(several) for _ in each.records]
    frame = several[0].columns.frame(records, wanted).with_columns(pl.Series(OWNER, owners, pl.UInt32))
    return translate(frame, binding, source)


@dataclass(frozen=True)
class Written:
    """A release in memory."""

    body: bytes
    digest: FileDigest


class FewWriter:
    """Writes releases of a few records.

    Args:
        names: of their columns.
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        self._rows = RowEncoder(WriterOptions(names))

    def written(self, frame: pl.DataFrame, count: int) -> Iterator[Written]:
        """The release of each of ``count`` owners, whose rows are in ``frame`` one after the other.

        Raises:
            InternalError: one would hide something.
        """
        lines: list[str] = self._rows.lines(frame).to_list()
        require_clean_text("\n".join(lines).encode(), "ndjson")
        heights, place = dict(frame.get_column(OWNER).value_counts(name="count").rows()), 0
        for owner in range(count):
            height = heights.get(owner, 0)
            body = LAYOUT.text(lines[place : place + height]).encode()
            place += height
            yield Written(body, FileDigest(format=FORMAT, bytes=len(body), sha256=hashlib.sha256(body).hexdigest()))


def _too_many() -> TooLarge:
    return TooLarge(
        f"{_CALLED} is more than {MOST_RECORDS:,} records, or than {MOST_BYTES >> 20} MiB",
        "send it as an export, which may be of any size",
    )
