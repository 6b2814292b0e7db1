"""Sources: how one HR system's columns map to fields."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, ValidationError

from narrowgate.errors import SourceError, UsageError
from narrowgate.model.base import Document
from narrowgate.model.catalogue import Catalogue
from narrowgate.model.yaml import YamlError, describe_fault, load_yaml

_FOLDER = "sources"


class Dialect(Document):
    """How the system writes its files. Told, never guessed."""

    encoding: str = "utf-8"
    delimiter: str | None = Field(None, min_length=1, max_length=1)
    """None: a comma for CSV, a tab for TSV."""
    quote: str | None = Field('"', min_length=1, max_length=1)
    """None: quotes are ordinary characters."""
    sheet: str | None = None
    """Of a workbook; None: the only one that can be seen and holds something."""
    table: str | None = None
    """Where the table stands on its sheet: its cells, ``A3:F900``, or the name of a declared table. None: from the
    first row that holds something to the first that holds nothing."""
    header_rows: int = Field(1, ge=1, le=5)
    """Rows of a sheet's header. Names in several, as under a merged cell, are joined with a blank."""


class Source(Document):
    """A named mapping from a system's columns to fields."""

    title: str = ""
    headers: dict[str, str]
    """Field by column header, or by dotted path in JSON and nested Parquet. Columns not listed are unknown."""
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    """By field: what the system writes, and the catalogue's word for it. Anything else breaks the catalogue."""
    dates: dict[str, str] = Field(default_factory=dict)
    """By field: the format of its dates (strptime), where it is not ``YYYY-MM-DD``."""
    constants: dict[str, str] = Field(default_factory=dict)
    """By field: what holds for every record and the system does not say. Named on the receipt."""
    dialect: Dialect = Dialect()


def source_names(schemas: Path) -> list[str]:
    """The sources that the folder ``schemas`` has."""
    return sorted(each.stem for each in (schemas / _FOLDER).glob("*.yaml"))


def load_source(schemas: Path, name: str, catalogue: Catalogue) -> Source:
    """Read ``sources/<name>.yaml`` from the folder ``schemas``.

    Raises:
        UsageError: there is no such source.
        SourceError: it is not a source, or names fields that the catalogue does not know.
    """
    folder, known = schemas / _FOLDER, source_names(schemas)
    path = folder / f"{name}.yaml"
    if name not in known:
        raise UsageError(f"there is no source {name}", f"known in {folder}: {', '.join(known) or 'none'}")
    try:
        source = Source.model_validate(load_yaml(path.read_text(encoding="utf-8")))
    except (YamlError, UnicodeDecodeError) as error:
        raise SourceError(f"{path}: {describe_fault(error)}", "mend that line") from error
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SourceError(f"{path}: {where}: {first['msg']}", "see schemas/source.schema.json") from error
    _check_fields(path, source, catalogue)
    return source


def _check_fields(path: Path, source: Source, catalogue: Catalogue) -> None:
    mapped = list(source.headers.values())
    named = {*mapped, *source.values, *source.dates, *source.constants}
    if unknown := sorted(named - set(catalogue.fields)):
        raise SourceError(f"{path}: the catalogue has no field {', '.join(unknown)}", "use its names, or add the field")
    if twice := sorted({field for field in mapped if mapped.count(field) > 1}):
        raise SourceError(f"{path}: more than one header maps to {', '.join(twice)}", "keep one of them")
    if both := sorted(set(mapped) & set(source.constants)):
        raise SourceError(f"{path}: {', '.join(both)} is mapped and constant", "keep one of them")
    if catalogue.subject_key in {*source.constants, *source.values}:
        raise SourceError(
            f"{path}: {catalogue.subject_key} tells people apart, so it is neither constant nor made of other values",
            "map the header that holds it, or leave it out: records then count as a person each",
        )
    if stray := sorted((set(source.values) | set(source.dates)) - set(mapped)):
        raise SourceError(f"{path}: {', '.join(stray)} has values or dates but no header", "map a header to it")
