"""An export opened: its reader, and which of its columns hold which fields."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from narrowgate.errors import DataError
from narrowgate.model.actions import Keep
from narrowgate.model.catalogue import Catalogue
from narrowgate.model.source import Dialect, Source
from narrowgate.plan.plan import Plan
from narrowgate.tables.files import InputFile
from narrowgate.tables.formats import format_named, format_of
from narrowgate.tables.interface import Chunk, TableReader
from narrowgate.tables.mapping import Binding, bind, translate


@dataclass(frozen=True)
class Export:
    """A file of records, bound to the catalogue."""

    path: Path
    format: str
    reader: TableReader
    binding: Binding
    source: Source | None

    def frame(self, chunk: Chunk, fields: tuple[str, ...]) -> pl.DataFrame:
        """A chunk's records with ``fields`` as columns, in the catalogue's words."""
        # A frame needs a column to know how many records it has.
        wanted = self.binding.wanted(fields) or dict([next(iter(self.binding.fields.items()))])
        return translate(self.reader.frame(chunk, wanted), self.binding, self.source)

    def kept_types(self, plan: Plan) -> dict[str, pl.DataType]:
        """By name in the release, the type of columns that have one in the export and keep it.

        It must not depend on records, so a column that some record's own action may change is text.
        """
        changed = {*self.source.values, *self.source.dates} if self.source else set()
        typed = {
            field: self.reader.typed[column]
            for column, field in self.binding.fields.items()
            if column in self.reader.typed and field not in changed
        }
        return {
            column.name: typed[column.field]
            for column in plan.columns
            if column.field in typed and isinstance(column.action, Keep) and column.field not in plan.overridable
        }


@contextmanager
def open_export(
    path: Path,
    catalogue: Catalogue,
    source: Source | None = None,
    format: str | None = None,
    dialect: Mapping[str, str | None] | None = None,
    also: Mapping[str, str] | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Iterator[Export]:
    """Open the export at ``path``.

    Args:
        format: ``csv``, ``ndjson.gz``; default: what the file's name says.
        dialect: what is told of it besides what the source says.
        also: further headers, field by header.

    Raises:
        InputError: the file, its format or its columns are not right.
    """
    kind, compressed = format_named(format) if format else format_of(path, "--from FORMAT")
    file = InputFile(path, kind.name, compressed, progress)
    told = (source.dialect if source else Dialect()).model_copy(update=dict(dialect or {}))
    reader = kind.open(file, told)
    try:
        binding = bind(reader.columns, catalogue, source, also)
        if not binding.fields:
            raise DataError(
                f"{path}: no column is one that the catalogue knows",
                "name a --source that maps its headers, or see whether its delimiter is another",
            )
        yield Export(path, kind.name, reader, binding, source)
    finally:
        reader.close()
