"""What a release is called, and its format."""

from __future__ import annotations

from pathlib import Path

from narrowgate.model.watching import Pair
from narrowgate.tables.formats import format_named, format_to_read
from narrowgate.tables.packing import packed


def released_as(export: Path, pair: Pair) -> tuple[str, str]:
    """Name and format of the release of ``export``: its own, or the likest of what is written.

    Raises:
        UsageError: nothing tells its format.
    """
    kind, packing = format_to_read(export, pair.read_as)
    read_as = packed(kind.name, packing)
    write_as = pair.write_as or (read_as if kind.is_written else packed("xlsx", packing))
    if write_as == read_as:
        return export.name, write_as
    stem = export.name
    for ending in (f".{packing}", *kind.suffixes):
        stem = stem[: -len(ending)] if stem.lower().endswith(ending) else stem
    written, packing = format_named(write_as)
    return packed(stem + written.suffixes[0], packing), write_as
