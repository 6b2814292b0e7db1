"""What a workbook shows and hides, sheet by sheet: what a reader must know that its cells do not say.

Rows and columns are counted from 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Visibility = Literal["visible", "hidden", "very hidden"]


class Area(NamedTuple):
    """A rectangle of cells, first and last row and column included."""

    top: int
    left: int
    bottom: int
    right: int

    def holds(self, row: int, column: int) -> bool:
        """Whether the cell lies in it."""
        return self.top <= row <= self.bottom and self.left <= column <= self.right


def letters(column: int) -> str:
    """``A`` for 0, ``AA`` for 26."""
    made = ""
    while column >= 0:
        column, rest = divmod(column, 26)
        made, column = chr(65 + rest) + made, column - 1
    return made


@dataclass(frozen=True)
class Sheet:
    """One sheet."""

    name: str
    part: str
    """Of the file; empty where sheets are no parts of their own."""
    is_table: bool
    """A sheet of cells, and no chart, dialogue or macro sheet."""
    visibility: Visibility
    extent: Area | None = None
    """The smallest area that holds every cell with something in it. None: there is none."""
    hidden_rows: frozenset[int] = frozenset()
    """Rows that hold cells and cannot be seen, for whatever reason."""
    hidden_columns: frozenset[int] = frozenset()
    """Columns that cannot be seen and in which cells may stand."""
    unreadable: frozenset[tuple[int, int]] = frozenset()
    """Cells (row, column) that hold something and do not show it, outside hidden rows and columns too."""
    merged: tuple[Area, ...] = ()
    tables: Mapping[str, Area] = field(default_factory=dict)
    """Declared tables by name."""


@dataclass(frozen=True)
class Workbook:
    """The sheets, in the file's order."""

    sheets: tuple[Sheet, ...]
