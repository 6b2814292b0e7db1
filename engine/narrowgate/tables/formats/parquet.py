"""Parquet: typed columns, written afresh with no metadata of the file that was read."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Generator, Iterable, Iterator, Mapping
from typing import Any, BinaryIO

import polars as pl
from polars.io.plugins import register_io_source

from narrowgate.errors import DataError
from narrowgate.inspection.parquet.thrift import decode, encode
from narrowgate.model.entry import FileDigest
from narrowgate.model.inspection import Finding
from narrowgate.native import Panic, quietly
from narrowgate.tables.input import InputFile
from narrowgate.tables.interface import NATIVE, Format, WriterOptions

ROWS = 50_000
"""Records read at a time, and in each row group of a release."""

_FAULTS = (pl.exceptions.PolarsError, Panic, OSError)
"""What Polars raises over a file that is not sound."""
_KEY_VALUES, _CREATED_BY = 5, 6
"""Fields of the footer's ``FileMetaData`` (parquet.thrift)."""
_MAGIC = b"PAR1"
_BLOCK = 1 << 20
Run = tuple[int, int]
"""First row and number of rows."""


class ParquetReader:
    """Reads Parquet. Fields of structs are dotted paths; lists, maps and bytes are columns that nothing claims."""

    findings: tuple[Finding, ...] = ()

    def __init__(self, file: InputFile) -> None:
        self._file = file
        try:
            with quietly():
                self._table = pl.scan_parquet(file.plain, glob=False)
                schema = self._table.collect_schema()
                self._rows: int = self._table.select(pl.len()).collect().item()
        except _FAULTS as error:
            raise DataError(f"{file.path} is not sound Parquet", "export it again") from error
        leaves = list(_leaves(schema))
        self._paths = dict(leaves)
        if len(self._paths) < len(leaves):
            raise DataError(f"{file.path}: a column with a dot in its name reads like a nested one", "rename it")
        self.columns = tuple(self._paths)
        self.typed: Mapping[str, pl.DataType] = {
            column: dtype for column, (_, dtype) in self._paths.items() if _is_typed(dtype)
        }

    def chunks(self) -> Generator[Run, None, None]:
        """See ``TableReader.chunks``."""
        if not self._rows:
            raise DataError(f"{self._file.path} holds no records", "export it again")
        self._file.read_through()
        for start in range(0, self._rows, ROWS):
            yield start, min(ROWS, self._rows - start)
        self._file.require_unchanged()

    def frame(self, chunk: Run, wanted: Mapping[str, str]) -> pl.DataFrame:
        """See ``TableReader.frame``."""
        columns: list[pl.Expr] = []
        for column, field in wanted.items():
            cell, dtype = self._paths[column]
            columns.append(_text(cell, dtype).alias(field))
            if column in self.typed:
                columns.append(cell.alias(field + NATIVE))
        try:
            with quietly():
                return self._table.slice(*chunk).select(columns).collect()
        except _FAULTS as error:
            raise DataError(f"{self._file.path} is not sound Parquet", "export it again") from error

    def close(self) -> None:
        """See ``TableReader.close``."""
        self._file.close()

    def digest(self) -> FileDigest:
        """See ``TableReader.digest``."""
        assert self._file.digest is not None
        return self._file.digest


def _leaves(schema: Mapping[str, pl.DataType]) -> Iterator[tuple[str, tuple[pl.Expr, pl.DataType]]]:
    for name, dtype in schema.items():
        yield from _below(name, pl.col(name), dtype)


def _below(path: str, cell: pl.Expr, dtype: pl.DataType) -> Iterator[tuple[str, tuple[pl.Expr, pl.DataType]]]:
    if isinstance(dtype, pl.Struct):
        for field in dtype.fields:
            yield from _below(f"{path}.{field.name}", cell.struct.field(field.name), _instance(field.dtype))
    elif isinstance(dtype, (pl.List, pl.Array)):
        yield f"{path}[]", (cell, dtype)
    else:
        yield path, (cell, dtype)


def _instance(dtype: Any) -> pl.DataType:
    made: pl.DataType = dtype() if isinstance(dtype, type) else dtype
    return made


def _is_typed(dtype: pl.DataType) -> bool:
    return dtype.is_numeric() or dtype in {pl.Boolean, pl.Date, pl.Time} or isinstance(dtype, pl.Datetime)


def _text(cell: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """A typed cell as the catalogue writes it. A time stamp at midnight is a date."""
    if isinstance(dtype, pl.Datetime):
        day = cell.dt.strftime("%Y-%m-%d")
        return pl.when(cell.dt.time() == pl.time(0)).then(day).otherwise(cell.dt.strftime("%Y-%m-%dT%H:%M:%S"))
    if dtype == pl.Binary or isinstance(dtype, (pl.List, pl.Array)):
        return pl.when(cell.is_not_null()).then(pl.lit("\0"))
    text = cell.cast(pl.String)
    if dtype.is_float():
        # Whole numbers with gaps are often kept as floats.
        text = text.str.strip_suffix(".0")
    return pl.when(text != "").then(text)


class ParquetWriter:
    """Writes Parquet: row groups of one size, statistics and dictionaries of released cells alone."""

    def __init__(self, options: WriterOptions) -> None:
        self._schema = {name: options.dtypes.get(name, pl.String()) for name in options.names}

    def encode(self, frame: pl.DataFrame) -> pl.DataFrame:
        """See ``TableWriter.encode``."""
        return frame.select(
            pl.col(name + NATIVE if name + NATIVE in frame.columns else name).cast(dtype).alias(name)
            for name, dtype in self._schema.items()
        )

    def write(self, parts: Iterable[pl.DataFrame], target: BinaryIO) -> None:
        """See ``TableWriter.write``."""

        def rows(_columns: Any, _predicate: Any, _rows: Any, _batch: Any) -> Iterator[pl.DataFrame]:
            yield from parts

        table = register_io_source(rows, schema=self._schema)
        with tempfile.TemporaryFile(prefix="narrowgate-out-") as spool:
            table.sink_parquet(spool, row_group_size=ROWS, compression="zstd", statistics=False)
            _bare(spool, target)


def _bare(spool: BinaryIO, target: BinaryIO) -> None:
    """Copy a Parquet file without what its footer says besides where columns are: keys with values, and its writer."""
    tail = spool.seek(-8, io.SEEK_END)
    length = int.from_bytes(spool.read(4), "little")
    spool.seek(tail - length)
    footer, _ = decode(spool.read(length))
    spool.seek(0)
    left = tail - length
    while block := spool.read(min(left, _BLOCK)):
        target.write(block)
        left -= len(block)
    encoded = encode(footer.without(_KEY_VALUES, _CREATED_BY))
    target.write(encoded + len(encoded).to_bytes(4, "little") + _MAGIC)


FORMAT = Format(
    suffixes=(".parquet", ".pq"),
    media_type="application/vnd.apache.parquet",
    open=lambda file, _: ParquetReader(file),
    is_container=True,
    create=ParquetWriter,
)
