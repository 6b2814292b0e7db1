"""Values in Parquet's dictionaries that no cell uses: what is left when rows were dropped and pages kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from narrowgate.inspection.parquet.layout import Leaf
from narrowgate.inspection.parquet.pages import Pages
from narrowgate.native import Panic, quietly

if TYPE_CHECKING:
    import polars as pl

MOST_ROWS = 1 << 26
"""Of a row group that is compared: a page of a few bytes may claim any number."""
LARGEST_PAGE = 256 << 20
_CELLS = 16 << 20
"""Cells looked over at a time."""


@dataclass(frozen=True)
class Dictionary:
    """The dictionary of one column chunk, to be compared with its cells."""

    leaf: int
    """The number of its column among those that hold values."""
    entries: int
    first_row: int
    """Within its row group."""
    rows: int
    """How many of the group's rows are written by it."""


def comparable(leaf: Leaf, number: int, pages: Pages, rows: int) -> Dictionary | None:
    """What to compare of a column chunk; None where its dictionary cannot be compared.

    Values stand in pages by the dictionary first, and plainly once it is full. Where rows hold several values, one
    cannot tell which rows those are.
    """
    runs = pages.runs
    by_dictionary = sum(run.in_dictionary for run in runs)
    if by_dictionary > 1 or pages.is_prefixed or pages.odd or max(pages.values, rows) > MOST_ROWS:
        return None
    if pages.largest > LARGEST_PAGE or pages.entries * leaf.width > pages.largest:
        return None
    if len(runs) == by_dictionary:
        return Dictionary(number, pages.entries, 0, rows)
    if leaf.repeated:
        return None if by_dictionary else Dictionary(number, pages.entries, 0, 0)
    first = 0 if not by_dictionary or runs[0].in_dictionary else runs[0].values
    return Dictionary(number, pages.entries, first, sum(run.values for run in runs if run.in_dictionary))


def unused(file: BinaryIO, leaves: list[Leaf], first_row: int, rows: int, found: list[Dictionary]) -> tuple[int, int]:
    """How many entries of the dictionaries of a row group no cell uses, and how many dictionaries cannot be told.

    Args:
        first_row: of the row group, in the file.
        rows: how many it has.
        found: dictionaries of column chunks in it.
    """
    import polars as pl

    file.seek(0)
    count, untold, at_once = 0, 0, max(1, _CELLS // max(1, rows))
    try:
        with quietly():
            table = pl.scan_parquet(file, glob=False)
            columns = _columns(table.collect_schema(), leaves)
            if columns is None:
                return 0, len(found)
            for start in range(0, len(found), at_once):
                some = found[start : start + at_once]
                distinct = [_distinct(*columns[each.leaf], each).alias(str(number)) for number, each in enumerate(some)]
                numbers = table.slice(first_row, rows).select(distinct).collect().row(0)
                for each, number in zip(some, numbers, strict=True):
                    left = max(0, each.entries - number)
                    if leaves[each.leaf].wraps:
                        untold += bool(left)
                    else:
                        count += left
    except (pl.exceptions.PolarsError, Panic, OSError):
        return 0, len(found)
    return count, untold


Path = tuple[str, ...]
"""From a column at the top to one that holds values: names of fields, and ``[]`` into lists."""


def _columns(schema: pl.Schema, leaves: list[Leaf]) -> list[tuple[str, Path, pl.DataType]] | None:
    """How to reach each column that holds values; None where Polars sees others than the file says."""
    tops = list(schema.items())
    reached = [(top, name, path, dtype) for top, (name, kind) in enumerate(tops) for path, dtype in _below(kind)]
    if [top for top, *_ in reached] != [leaf.top for leaf in leaves]:
        return None
    return [(name, path, dtype) for _, name, path, dtype in reached]


def _below(dtype: pl.DataType) -> Iterator[tuple[Path, pl.DataType]]:
    import polars as pl

    if isinstance(dtype, pl.Struct):
        for field in dtype.fields:
            for path, inner in _below(_instance(field.dtype)):
                yield (field.name, *path), inner
    elif isinstance(dtype, (pl.List, pl.Array)):
        for path, inner in _below(_instance(dtype.inner)):
            yield ("[]", *path), inner
    else:
        yield (), dtype


def _instance(dtype: Any) -> pl.DataType:
    made: pl.DataType = dtype() if isinstance(dtype, type) else dtype
    return made


def _distinct(name: str, path: Path, dtype: pl.DataType, of: Dictionary) -> pl.Expr:
    """How many different values the cells hold that the dictionary stands for."""
    import polars as pl

    cells = pl.col(name).slice(of.first_row, of.rows)
    for step in path:
        cells = cells.explode() if step == "[]" else cells.struct.field(step)
    cells = cells.drop_nulls()
    if dtype.is_float():
        # 0.0 and -0.0 are equal, and two entries.
        return pl.struct(cells.alias("value"), (1 / cells).alias("sign")).n_unique()
    return cells.n_unique()
