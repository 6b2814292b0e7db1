"""``content.xml`` of an OpenDocument spreadsheet: its sheets, and everything around them (ODF 1.3 part 3)."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from functools import partial

from narrowgate.errors import DataError
from narrowgate.inspection.channels import ods, ooxml, spreadsheet
from narrowgate.inspection.markup import Attributes, local
from narrowgate.inspection.ods import around
from narrowgate.inspection.ods.formats import Colour, alike
from narrowgate.inspection.ods.names import DC, HREF, OFFICE, SVG, TABLE, TABLE_NAME, TEXT, is_own
from narrowgate.inspection.ods.sheet import Budget, Cell, SheetReader
from narrowgate.inspection.ods.styles import Styles
from narrowgate.inspection.sheets import Sheet
from narrowgate.inspection.tally import Tally
from narrowgate.model.inspection import Finding

WHERE = "content.xml"
MOST_SHEETS = 10_000
_TABLE_LIKE = {"table", "table-row", "table-cell", "covered-table-cell"}
_STYLES = OFFICE + "automatic-styles"


class _Holder(Enum):
    """What text belongs to."""

    CELL = auto()
    SHAPE = auto()
    CREATOR = auto()
    TITLE = auto()
    OTHER = auto()


_TEXTS = {
    DC + "creator": _Holder.CREATOR,
    TABLE + "title": _Holder.TITLE,
    TABLE + "desc": _Holder.TITLE,
    TABLE + "tracked-changes": _Holder.OTHER,
    OFFICE + "forms": _Holder.OTHER,
}


class ContentReader:
    """Gathers the sheets of a document and the channels around them.

    ``start``, ``end`` and ``text`` are for ``markup.walk``; ``styles`` hold those of ``styles.xml`` already.
    """

    def __init__(self, styles: Styles) -> None:
        self._styles = styles
        self._styling = 0
        self._budget = Budget()
        self._tally = Tally()
        self.sheets: list[Sheet] = []
        self.is_spreadsheet = False
        self._sheet: SheetReader | None = None
        self._sheet_findings: list[Finding] = []
        self._tables = self._cells = 0
        self._in_dde = False
        self._in_filter = 0
        self._cell: Cell | None = None
        self._holders: list[_Holder] = [_Holder.OTHER]
        self._said = False
        self._shapes: list[bool] = []
        self._spans: list[tuple[Colour | None, bool]] = []
        self._starts = self._handlers_of_starts()
        self._ends = self._handlers_of_ends()

    def _handlers_of_starts(self) -> dict[str, Callable[[Attributes], None]]:
        return {
            TABLE + "table-cell": lambda attributes: self._open_cell(attributes, covered=False),
            TABLE + "covered-table-cell": lambda attributes: self._open_cell(attributes, covered=True),
            TABLE + "table-row": self._open_row,
            TABLE + "table-column": self._column,
            TABLE + "table-row-group": lambda attributes: self._open_group("row", attributes),
            TABLE + "table-column-group": lambda attributes: self._open_group("column", attributes),
            TABLE + "table": self._open_table,
            TABLE + "dde-link": lambda _: self._mark_dde(True),
            TABLE + "filter": lambda _: self._open_filter(),
            TEXT + "p": lambda _: None,
            TEXT + "span": self._open_span,
            OFFICE + "annotation": lambda _: self._open_note(),
            OFFICE + "spreadsheet": self._open_spreadsheet,
            _STYLES: self._open_styles,
            SVG + "title": lambda _: self._open_text(_Holder.SHAPE if self._shapes else _Holder.TITLE),
            SVG + "desc": lambda _: self._open_text(_Holder.SHAPE if self._shapes else _Holder.TITLE),
            **{name: partial(self._open_holder, holder) for name, holder in _TEXTS.items()},
            **dict.fromkeys(around.SHAPES, self._open_shape),
        }

    def _handlers_of_ends(self) -> dict[str, Callable[[], None]]:
        return {
            TABLE + "table-cell": self._close_cell,
            TABLE + "covered-table-cell": self._close_cell,
            TABLE + "table-row": self._close_row,
            TABLE + "table-row-group": lambda: self._close_group("row"),
            TABLE + "table-column-group": lambda: self._close_group("column"),
            TABLE + "table": self._close_table,
            TABLE + "dde-link": lambda: self._mark_dde(False),
            TABLE + "filter": lambda: self._here.add(spreadsheet.FILTERS, 1, self._in_filter),
            TEXT + "p": lambda: None,
            TEXT + "span": self._close_span,
            OFFICE + "annotation": self._close_text,
            SVG + "title": self._close_text,
            SVG + "desc": self._close_text,
            **dict.fromkeys(_TEXTS, self._close_text),
            **dict.fromkeys(around.SHAPES, self._close_shape),
        }

    def findings(self) -> list[Finding]:
        """Every channel of the sheets and around them."""
        return [*self._sheet_findings, *self._tally.findings(WHERE)]

    def start(self, name: str, attributes: Attributes) -> None:
        """An element begins."""
        if self._styling:
            self._styling += name == _STYLES
            self._styles.start(name, attributes)
        elif handler := self._starts.get(name):
            handler(attributes)
        else:
            self._around(name, attributes)

    def end(self, name: str) -> None:
        """It ends."""
        if self._styling:
            self._styling -= name == _STYLES
            self._styles.end(name)
        elif handler := self._ends.get(name):
            handler()

    def text(self, data: str) -> None:
        """Text stands there."""
        if self._styling:
            self._styles.text(data)
        elif not data.isspace():
            holder = self._holders[-1]
            if holder is _Holder.CELL and self._cell:
                self._text_of_cell(self._cell)
            elif holder is _Holder.SHAPE and self._shapes:
                self._shapes[-1] = True
            self._said = True

    @property
    def _here(self) -> Tally:
        return self._sheet.tally if self._sheet else self._tally

    def _around(self, name: str, attributes: Attributes) -> None:
        """What is none of a sheet's own elements."""
        here = self._here
        if channel := around.COUNTED.get(name) or around.channel_of_name(name, attributes):
            here.add(channel)
        elif name in around.IN_FILTERS:
            self._in_filter += 1
        elif around.is_control(name):
            here.add(spreadsheet.EMBEDDED)
        elif local(name) in _TABLE_LIKE:
            here.add(ods.FOREIGN_TABLES)
        elif not is_own(name):
            here.add(ods.FOREIGN_MARKUP)
        if channel is not spreadsheet.EXTERNAL_LINKS and around.is_external(attributes.get(HREF)):
            here.add(spreadsheet.EXTERNAL_LINKS)

    def _open_spreadsheet(self, attributes: Attributes) -> None:
        self.is_spreadsheet = True
        self._here.add(spreadsheet.PROTECTION, attributes.get(TABLE + "structure-protected") == "true")

    def _open_styles(self, attributes: Attributes) -> None:
        self._styling = 1
        self._styles.start(_STYLES, attributes)

    def _open_filter(self) -> None:
        self._in_filter = 0

    def _mark_dde(self, inside: bool) -> None:
        self._in_dde = inside

    def _open_note(self) -> None:
        self._here.add(spreadsheet.COMMENTS)
        self._open_text(_Holder.OTHER)

    def _open_shape(self, attributes: Attributes) -> None:
        self._holders.append(_Holder.SHAPE)
        self._shapes.append(around.is_hidden_shape(attributes))

    def _close_shape(self) -> None:
        self._holders.pop()
        self._here.add(spreadsheet.SHAPES, self._shapes.pop())

    def _open_holder(self, holder: _Holder, _: Attributes) -> None:
        self._open_text(holder)

    def _open_text(self, holder: _Holder) -> None:
        self._holders.append(holder)
        self._said = False

    def _close_text(self) -> None:
        holder = self._holders.pop()
        if self._said and holder is _Holder.CREATOR:
            self._here.add(ooxml.COMMENT_AUTHORS)
        elif self._said and holder is _Holder.TITLE:
            self._here.add(spreadsheet.SHAPES)
        self._said = False

    def _open_table(self, attributes: Attributes) -> None:
        self._tables += 1
        name = attributes.get(TABLE_NAME)
        if self._tables > 1:
            self._here.add(ods.FOREIGN_TABLES)
        elif name is not None:
            if len(self.sheets) >= MOST_SHEETS:
                raise DataError(f"the workbook has more than {MOST_SHEETS:,} sheets", "split it")
            self._sheet = SheetReader(len(self.sheets) + 1, name, attributes, self._styles, self._budget)

    def _close_table(self) -> None:
        self._tables -= 1
        if self._tables == 0 and self._sheet:
            self._sheet_findings += self._sheet.findings()
            self.sheets.append(self._sheet.sheet())
            self._sheet = None

    def _column(self, attributes: Attributes) -> None:
        if self._sheet and self._tables == 1:
            self._sheet.column(attributes)

    def _open_group(self, what: str, attributes: Attributes) -> None:
        if self._sheet and self._tables == 1:
            self._sheet.open_group(what, attributes)

    def _close_group(self, what: str) -> None:
        if self._sheet and self._tables == 1:
            self._sheet.close_group(what)

    def _open_row(self, attributes: Attributes) -> None:
        if self._sheet and self._tables == 1 and not self._sheet.in_row:
            self._sheet.open_row(attributes)
        elif self._sheet or not self._tables:
            self._here.add(ods.FOREIGN_TABLES)

    def _close_row(self) -> None:
        if self._sheet and self._tables == 1:
            self._sheet.close_row()

    def _open_cell(self, attributes: Attributes, covered: bool) -> None:
        self._holders.append(_Holder.CELL)
        self._cells += 1
        if self._sheet and self._sheet.in_row and self._cells == 1:
            self._cell = self._sheet.open_cell(attributes, covered)
        elif self._sheet or not self._tables:
            self._here.add(ods.FOREIGN_TABLES)
        elif attributes.get(OFFICE + "value-type"):
            self._tally.add(spreadsheet.EXTERNAL_CACHE if self._in_dde else ods.LOOSE_TABLES)

    def _close_cell(self) -> None:
        self._holders.pop()
        self._cells -= 1
        if self._cells == 0 and self._sheet and self._cell:
            self._sheet.close_cell(self._cell)
            self._cell = None

    def _open_span(self, attributes: Attributes) -> None:
        colour, hidden = self._styles.run(attributes.get(TEXT + "style-name", ""))
        outer_colour, outer_hidden = self._spans[-1] if self._spans else (None, False)
        self._spans.append((colour or outer_colour, hidden or outer_hidden))

    def _close_span(self) -> None:
        self._spans.pop()

    def _text_of_cell(self, cell: Cell) -> None:
        colour, hidden = self._spans[-1] if self._spans else (None, False)
        if hidden or (colour and self._sheet and alike(colour, self._sheet.ground(cell))):
            cell.hidden_text = True
        elif colour:
            cell.shown_text = True
        else:
            cell.plain_text = True
