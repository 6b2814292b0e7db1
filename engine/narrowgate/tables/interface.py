"""What a file format provides.

A format is one module in ``tables/formats`` with a ``FORMAT``; its name is the module's. Nothing else lists formats.

Cells travel as text, in a column named for their field, with null for an absent or empty cell. Where the file gave a
cell a type of its own, a second column beside it holds the cell as it came:

* ``<field>`` + ``NATIVE``: the typed column of a Parquet file;
* ``<field>`` + ``JSON_CELL``: for cells of a JSON file or workbook that are numbers or truth values, these as JSON
  (``7``, ``true``); null for all others.

An action other than ``keep`` makes a text of the cell, and the second column falls away.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Protocol

import polars as pl

from narrowgate.errors import UsageError
from narrowgate.model.decision import CsvDialect
from narrowgate.model.entry import FileDigest
from narrowgate.model.inspection import Finding
from narrowgate.model.source import Dialect
from narrowgate.tables.input import InputFile

NATIVE = "\0native"
JSON_CELL = "\0json"
COMPANIONS = (NATIVE, JSON_CELL)

Chunk = Any
"""A run of records in whatever form suits the format; only its own reader looks inside."""
Part = Any
"""An encoded batch, ready to be written; only its own writer looks inside."""


class TableReader(Protocol):
    """Reads one file.

    Opening it reads no more than is needed to name the columns. A malformed file raises ``DataError`` with the line,
    wherever the fault lies, before the last chunk is out: the file has been read to its end, and all of it looked at,
    when ``chunks`` is exhausted.
    """

    columns: tuple[str, ...]
    """Headers, or dotted paths (``contact.email``, ``posts[].rank``) in nested files; unique, in the file's order."""
    typed: Mapping[str, pl.DataType]
    """Columns that have one type of their own for the whole file."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found hidden while the file was read, and was not read. Complete once ``chunks`` is exhausted."""

    def chunks(self) -> Generator[Chunk, None, None]:
        """The file's records in order, in runs of bounded size."""

    def frame(self, chunk: Chunk, wanted: Mapping[str, str]) -> pl.DataFrame:
        """A chunk as a frame with the columns ``wanted`` (field by header) and no others. Safe in any thread."""

    def digest(self) -> FileDigest:
        """The file as it was read. Only once ``chunks`` is exhausted."""

    def close(self) -> None:
        """Let go of the file."""


class TableWriter(Protocol):
    """Writes one file.

    The bytes depend on the frames' concatenation alone, never on where one ends and the next begins.
    """

    def encode(self, frame: pl.DataFrame) -> Part:
        """A frame ready to be written. Safe in any thread."""

    def write(self, parts: Iterable[Part], target: BinaryIO) -> None:
        """The whole file: every part in order, with whatever stands before, between and after them."""


@dataclass(frozen=True)
class WriterOptions:
    """What a writer knows beforehand."""

    names: tuple[str, ...]
    """Columns of the release, in order."""
    csv: CsvDialect = field(default_factory=CsvDialect)
    dtypes: Mapping[str, pl.DataType] = field(default_factory=dict)
    """Columns that a typed format writes as something other than text."""


def _only_read(_options: WriterOptions) -> TableWriter:
    raise UsageError("files of this format are read and not written", "write another")


@dataclass(frozen=True)
class Format:
    """One file format."""

    suffixes: tuple[str, ...]
    media_type: str
    open: Callable[[InputFile, Dialect], TableReader]
    create: Callable[[WriterOptions], TableWriter] = _only_read
    is_container: bool = False
    """Whether a file can hold what its reader does not come by."""
    name: str = ""
    """Set from the module's name."""
    formulas: bool = False
    """Whether programs that open such a file run cells that begin with ``=``."""

    @property
    def is_written(self) -> bool:
        """Whether releases can have this format."""
        return self.create is not _only_read
