"""One sheet of an OpenDocument spreadsheet as its rows and cells come in (ODF 1.3 part 3, 9). Repeats stay repeats."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field

from narrowgate.errors import DataError
from narrowgate.inspection.channels import spreadsheet as channels
from narrowgate.inspection.channels.channel import Channel
from narrowgate.inspection.markup import Attributes
from narrowgate.inspection.ods.around import names_other_files
from narrowgate.inspection.ods.extent import Extent, Run
from narrowgate.inspection.ods.formats import Colour, alike
from narrowgate.inspection.ods.names import OFFICE, TABLE
from narrowgate.inspection.ods.styles import Look, Styles
from narrowgate.inspection.sheets import Area, Sheet
from narrowgate.inspection.tally import Tally
from narrowgate.model.inspection import Finding

ROWS = 1 << 20
COLUMNS = 1 << 14
_MOST_MARKED = 2 << 20
"""Hidden rows and unreadable cells of one workbook that are told one by one."""

_VALUES = tuple(OFFICE + name for name in ("value", "string-value", "date-value", "time-value", "boolean-value"))


@dataclass
class Budget:
    """How many hidden rows and unreadable cells may still be told one by one."""

    left: int = _MOST_MARKED

    def take(self, count: int) -> None:
        """Raise ``DataError`` where too many are hidden."""
        self.left -= count
        if self.left < 0:
            raise DataError(f"more than {_MOST_MARKED:,} rows or cells are hidden", "show or delete them")


@dataclass
class Cell:
    """One cell while it is read."""

    attributes: Attributes
    covered: bool
    repeated: int
    plain_text: bool = False
    """Whether text stands there in the cell's own colour."""
    shown_text: bool = False
    """Whether text stands there in a colour that is not the ground's."""
    hidden_text: bool = False
    """Whether text stands there that is hidden, or in the ground's colour."""

    @property
    def holds(self) -> bool:
        """Whether anything stands there."""
        text = self.plain_text or self.shown_text or self.hidden_text
        return text or TABLE + "formula" in self.attributes or any(self.attributes.get(name) for name in _VALUES)

    def number(self) -> float | None:
        """Its value, where it is a number."""
        try:
            return float(self.attributes[OFFICE + "value"])
        except (KeyError, ValueError):
            return None


@dataclass
class _Row:
    hidden: Channel | None
    """Why it cannot be seen."""
    repeated: int
    style: str
    column: int = 0
    runs: list[Run] = field(default_factory=list)
    unreadable: list[Run] = field(default_factory=list)
    covered: list[Run] = field(default_factory=list)
    values: int = 0


@dataclass
class _Columns:
    first: int
    behind: int
    hidden: Channel | None
    style: str


class SheetReader:
    """Gathers what one sheet shows and hides.

    Args:
        number: from 1.
        name: as it is called; never told.
    """

    def __init__(self, number: int, name: str, attributes: Attributes, styles: Styles, budget: Budget) -> None:
        self.where = f"sheet {number}"
        self._name, self._styles, self._budget = name, styles, budget
        self._visible = styles.shows_sheet(attributes.get(TABLE + "style-name", ""))
        self._locked = attributes.get(TABLE + "protected") == "true"
        self._cached = name.startswith(("'file:", "'http:", "'https:"))
        self.tally = Tally()
        self._extent = Extent()
        self._columns: list[_Columns] = []
        self._column = 0
        self._at = 0
        self._row: _Row | None = None
        self._groups: dict[str, list[bool]] = {"row": [], "column": []}
        self._hidden_rows: set[int] = set()
        self._unreadable: set[tuple[int, int]] = set()
        self._merged: list[Area] = []
        self.tally.add(channels.PROTECTION, self._locked)

    def open_group(self, what: str, attributes: Attributes) -> None:
        """A group of rows or columns begins."""
        self._groups[what].append(attributes.get(TABLE + "display") == "false")

    def close_group(self, what: str) -> None:
        """It ends."""
        if self._groups[what]:
            self._groups[what].pop()

    def column(self, attributes: Attributes) -> None:
        """The declaration of columns."""
        count = repeats(attributes, TABLE + "number-columns-repeated", self.where)
        style = attributes.get(TABLE + "style-name", "")
        hidden = _why(attributes, channels.HIDDEN_COLUMNS)
        if hidden is None and True in self._groups["column"]:
            hidden = channels.HIDDEN_COLUMNS
        if hidden is None and not self._styles.has_width(style):
            hidden = channels.ZERO_WIDTH_COLUMNS
        if self._groups["column"]:
            self.tally.add(channels.GROUPED_COLUMNS, count)
        default = attributes.get(TABLE + "default-cell-style-name", "")
        self._columns.append(_Columns(self._column, self._column + count, hidden, default))
        self._column += count

    def open_row(self, attributes: Attributes) -> None:
        """A row begins."""
        count = repeats(attributes, TABLE + "number-rows-repeated", self.where)
        hidden = _why(attributes, channels.HIDDEN_ROWS)
        if hidden is None and True in self._groups["row"]:
            hidden = channels.HIDDEN_ROWS
        if hidden is None and not self._styles.has_height(attributes.get(TABLE + "style-name", "")):
            hidden = channels.ZERO_HEIGHT_ROWS
        if self._groups["row"]:
            self.tally.add(channels.GROUPED_ROWS, count)
        self._row = _Row(hidden, count, attributes.get(TABLE + "default-cell-style-name", ""))

    def open_cell(self, attributes: Attributes, covered: bool) -> Cell:
        """A cell begins."""
        return Cell(attributes, covered, repeats(attributes, TABLE + "number-columns-repeated", self.where))

    @property
    def in_row(self) -> bool:
        """Whether a row has begun."""
        return self._row is not None

    def ground(self, cell: Cell) -> Colour:
        """The colour of the cell's ground."""
        return self._look(cell).ground

    def close_cell(self, cell: Cell) -> None:
        """A cell ends."""
        row = self._row
        if row is None:
            return
        first, row.column = row.column, row.column + cell.repeated
        self._note_merged(cell.attributes, first)
        if not cell.holds:
            return
        if row.column > COLUMNS:
            raise DataError(f"{self.where} has cells beyond {COLUMNS:,} columns", "delete them")
        row.runs.append((first, cell.repeated))
        row.values += cell.repeated
        if cell.covered:
            self.tally.add(channels.COVERED_CELLS, cell.repeated * row.repeated)
            row.covered.append((first, cell.repeated))
        if names_other_files(cell.attributes.get(TABLE + "formula", "")):
            self.tally.add(channels.EXTERNAL_FORMULAS, cell.repeated * row.repeated)
        if not self._readable(cell, self._look(cell, first)):
            row.unreadable.append((first, cell.repeated))

    def close_row(self) -> None:
        """A row ends."""
        row, first = self._row, self._at
        if row is None:
            return
        self._row, self._at = None, first + row.repeated
        if row.hidden:
            self.tally.add(row.hidden, row.repeated, row.values * row.repeated)
        if not row.runs:
            return
        if self._at > ROWS:
            raise DataError(f"{self.where} has cells beyond {ROWS:,} rows", "delete them")
        self._extent.add(first, row.repeated, row.runs)
        rows = range(first, self._at)
        if row.hidden:
            self._budget.take(len(rows))
            self._hidden_rows.update(rows)
        for _, width in row.unreadable:
            self.tally.add(channels.UNREADABLE_CELLS, len(rows) * width)
        for column, width in (*row.unreadable, *row.covered):
            self._budget.take(len(rows) * width)
            self._unreadable.update((r, c) for r in rows for c in range(column, column + width))

    def sheet(self) -> Sheet:
        """What it shows and hides."""
        used = len(self._extent.columns())
        hidden = (range(each.first, min(each.behind, used)) for each in self._columns if each.hidden)
        return Sheet(
            name=self._name,
            part="",
            is_table=True,
            visibility="visible" if self._visible else "hidden",
            extent=self._extent.area(),
            hidden_rows=frozenset(self._hidden_rows),
            hidden_columns=frozenset(column for columns in hidden for column in columns),
            unreadable=frozenset(self._unreadable),
            merged=tuple(self._merged),
        )

    def findings(self) -> list[Finding]:
        """Every channel of the sheet, the sheet itself included."""
        values = self._extent.values
        if not self._visible:
            self.tally.add(channels.HIDDEN_SHEET, 1, values)
        self.tally.add(channels.EXTERNAL_CACHE, values if self._cached else 0)
        self.tally.add(channels.FAR_CELLS, self._extent.far())
        in_columns = self._extent.columns()
        for each in self._columns:
            if each.hidden:
                self.tally.add(each.hidden, each.behind - each.first, sum(in_columns[each.first : each.behind]))
        return list(self.tally.findings(self.where))

    def _note_merged(self, attributes: Attributes, column: int) -> None:
        down = repeats(attributes, TABLE + "number-rows-spanned", self.where)
        across = repeats(attributes, TABLE + "number-columns-spanned", self.where)
        if down > 1 or across > 1:
            bottom, right = min(self._at + down, ROWS) - 1, min(column + across, COLUMNS) - 1
            self._merged.append(Area(self._at, column, bottom, right))

    def _look(self, cell: Cell, column: int | None = None) -> Look:
        """How the cell looks: by its own style, or else its row's, or else its column's."""
        row = self._row
        style = cell.attributes.get(TABLE + "style-name") or (row.style if row else "")
        if not style:
            at = column if column is not None else row.column if row else 0
            behind = bisect_right(self._columns, at, key=lambda each: each.first)
            style = self._columns[behind - 1].style if behind and at < self._columns[behind - 1].behind else ""
        return self._styles.look(style)

    def _readable(self, cell: Cell, look: Look) -> bool:
        if cell.hidden_text:
            return False
        if look.plain:
            return True
        if look.hidden or (look.locked_away and self._locked):
            return False
        colour, number = look.colour, cell.number()
        if look.format:
            chosen = look.format.for_value(number)
            applies = number is not None or look.format.is_text
            if applies and not chosen.shows:
                return False
            colour = chosen.colour if applies and chosen.colour else colour
        return not alike(colour, look.ground) or (cell.shown_text and not cell.plain_text)


def repeats(attributes: Attributes, name: str, where: str) -> int:
    """How often something is repeated; once where it does not say."""
    told = attributes.get(name)
    if told is None:
        return 1
    if not (told.isascii() and told.isdigit() and len(told) < 10 and int(told)):
        raise DataError(f"{where}: a repeat is no number", "save it anew in the program that made it")
    return int(told)


def _why(attributes: Attributes, hidden: Channel) -> Channel | None:
    visibility = attributes.get(TABLE + "visibility")
    if visibility == "filter":
        return channels.FILTERED_ROWS if hidden is channels.HIDDEN_ROWS else hidden
    return hidden if visibility == "collapse" else None
