"""Where on a sheet values stand: how many in which columns, and how many far from all others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import accumulate

from narrowgate.inspection.sheets import Area

FAR_ROWS = 20
"""Empty rows behind which cells are far."""
FAR_COLUMNS = 10

Run = tuple[int, int]
"""First column, and how many columns."""


class Extent:
    """The values of one sheet, in runs of columns, by blocks of rows that stand near one another."""

    def __init__(self) -> None:
        self._blocks: list[Counter[Run]] = []
        self._first_row = self._next_row = 0

    def add(self, row: int, rows: int, runs: Iterable[Run]) -> None:
        """Values in ``rows`` rows from ``row`` on, each filling ``runs``. Rows come in ascending order."""
        if not self._blocks:
            self._first_row = self._next_row = row
        if not self._blocks or row - self._next_row >= FAR_ROWS:
            self._blocks.append(Counter())
        for run in runs:
            self._blocks[-1][run] += rows
        self._next_row = row + rows

    @property
    def values(self) -> int:
        """How many there are."""
        return sum(map(_values, self._blocks))

    def columns(self) -> list[int]:
        """How many stand in each column."""
        total: Counter[Run] = Counter()
        for block in self._blocks:
            total.update(block)
        return _columns(total)

    def area(self) -> Area | None:
        """The smallest area in which all stand."""
        columns = self.columns()
        if not columns:
            return None
        left = next(column for column, count in enumerate(columns) if count)
        return Area(self._first_row, left, self._next_row - 1, len(columns) - 1)

    def far(self) -> int:
        """How many stand beyond 20 empty rows or 10 empty columns of where most stand."""
        if not self._blocks:
            return 0
        main = _columns(max(self._blocks, key=_values))
        groups, empty = [0], 0
        for count in main:
            if count and empty >= FAR_COLUMNS and groups[-1]:
                groups.append(0)
            groups[-1] += count
            empty = 0 if count else empty + 1
        return self.values - max(groups)


def _values(block: Counter[Run]) -> int:
    return sum(width * rows for (_, width), rows in block.items())


def _columns(block: Counter[Run]) -> list[int]:
    steps: Counter[int] = Counter()
    for (column, width), rows in block.items():
        steps[column] += rows
        steps[column + width] -= rows
    last = max(steps, default=0)
    return list(accumulate(steps[column] for column in range(last)))
