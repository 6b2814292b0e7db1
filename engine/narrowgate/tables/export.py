"""An export opened: its reader, and which of its columns hold which fields."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from narrowgate.errors import DataError
from narrowgate.inspection.channels import archive as channels
from narrowgate.model.actions import Keep
from narrowgate.model.catalogue import Catalogue
from narrowgate.model.inspection import Finding
from narrowgate.model.source import Dialect, Source
from narrowgate.pictures.source import ENDINGS, ArchivePictures, FolderPictures, PictureSource
from narrowgate.plan.plan import Plan
from narrowgate.tables.formats import format_to_read
from narrowgate.tables.input import InputFile
from narrowgate.tables.interface import Chunk, Format, TableReader
from narrowgate.tables.mapping import Binding, bind, translate


@dataclass(frozen=True)
class Export:
    """A file of records, bound to the catalogue."""

    file: InputFile
    format: Format
    reader: TableReader
    binding: Binding
    source: Source | None

    def frame(self, chunk: Chunk, fields: tuple[str, ...]) -> pl.DataFrame:
        """A chunk's records with ``fields`` as columns, in the catalogue's words."""
        # A frame needs a column to know how many records it has.
        wanted = self.binding.wanted(fields) or dict([next(iter(self.binding.fields.items()))])
        return translate(self.reader.frame(chunk, wanted), self.binding, self.source)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the export hides; complete once it has been read. Plain text hides nothing that is not read."""
        looked_into = self.format.is_container or self.file.packing == "zip"
        found = self.file.inspection.findings if looked_into else ()
        return (*found, *self._unused_members(), *self.reader.findings)

    def _unused_members(self) -> Iterator[Finding]:
        """Of a ZIP, the members that no rule knows."""
        if self.file.packing == "zip":
            known = (*ENDINGS, *self.format.suffixes)
            others = [m for m in self.file.archive.members if not (m.is_folder or m.name.lower().endswith(known))]
            if others:
                yield channels.ZIP_UNUSED.found("the archive", len(others))

    @property
    def pictures(self) -> PictureSource:
        """The pictures that its cells name."""
        if self.file.packing == "zip":
            return ArchivePictures(self.file.archive, self.file.table)
        return FolderPictures(self.file.path.parent)

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
    dialect: Mapping[str, str | int | None] | None = None,
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
    kind, packing = format_to_read(path, format)
    told = (source.dialect if source else Dialect()).model_copy(update=dict(dialect or {}))
    with ExitStack() as opened:
        file = InputFile(path, kind.name, packing, kind.suffixes, told.delimiter, progress)
        opened.callback(file.close)
        if kind.is_container or packing == "zip":
            _require_sound(file)
        reader = kind.open(file, told)
        opened.callback(reader.close)
        binding = bind(reader.columns, catalogue, source, also)
        if not binding.fields:
            known = "say --table or --header-rows if more stands above" if kind.is_container else "see its delimiter"
            raise DataError(
                f"{path}: no column is one that the catalogue knows", f"name a --source that maps its headers; {known}"
            )
        yield Export(file, kind, reader, binding, source)


def _require_sound(file: InputFile) -> None:
    for finding in file.inspection.findings:
        if finding.unsound:
            raise DataError(f"{file.path}: {finding.where}: {finding.title} ({finding.amount()})", finding.remedy)
