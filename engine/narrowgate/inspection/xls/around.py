"""Records around the cells of a BIFF8 workbook that say more than is seen ([MS-XLS] 2.3, 2.4)."""

from __future__ import annotations

from collections.abc import Callable

from narrowgate.inspection.channels import ooxml, spreadsheet, xls
from narrowgate.inspection.channels.channel import Channel
from narrowgate.inspection.tally import Tally
from narrowgate.inspection.xls.records import Record, text_at

_SELF, _ADD_INS = 0x0401, 0x3A01
_COMMENT = 0x19
_CONTROLS = {0x07, *range(0x0B, 0x15)}
_PART_OF_SHEET = 0x0100
"""Of an object's flags: a button of a filter or list, which Excel draws itself."""

_COUNTED: dict[int, Channel] = {
    0x00AF: spreadsheet.SCENARIOS,
    0x01BE: spreadsheet.VALIDATION,
    0x004D: spreadsheet.PRINTER_SETTINGS,
    0x01AD: spreadsheet.CONNECTIONS,
    0x0876: spreadsheet.CONNECTIONS,
    0x01A9: ooxml.CUSTOM_VIEWS,
    0x0800: ooxml.TOOLTIPS,
}
"""Records that are found by being there: Scenario, Dv, Pls, Qsi, DConn, UserBView, HLinkTooltip."""
_LOCKS = {0x0012, 0x0013, 0x0019}
"""Protect, Password, WinProtect."""


class Around:
    """Counts channels around cells, of one substream."""

    def __init__(self) -> None:
        self.tally = Tally()
        self._external = False
        self._object = 0
        self._filtered: set[int] = set()
        self._takes: dict[int, Callable[[Record], None]] = {
            0x001C: self._note,
            0x005D: self._drawn,
            0x01B6: self._text_box,
            0x0014: self._page,
            0x0015: self._page,
            0x01B8: self._link,
            0x01AE: self._book,
            0x0023: self._external_name,
            0x005A: self._cached,
            0x005C: self._writer,
            0x005B: self._sharing,
            0x009E: lambda record: self._filter(record.number(0)),
            0x087E: lambda record: self._filter(record.number(12)),
        }

    @property
    def at_comment(self) -> bool:
        """Whether the object that came last is a comment's."""
        return self._object == _COMMENT

    def take(self, record: Record) -> None:
        """Take up a record, of whatever kind."""
        if channel := _COUNTED.get(record.kind):
            self.tally.add(channel)
        elif record.kind in _LOCKS:
            self.tally.add(spreadsheet.PROTECTION, any(record.data))
        elif take := self._takes.get(record.kind):
            take(record)

    def _note(self, record: Record) -> None:
        """A comment ([MS-XLS] 2.4.179)."""
        self.tally.add(spreadsheet.COMMENTS)
        author, _ = text_at(record.data, 10, record.number(8))
        self.tally.add(ooxml.COMMENT_AUTHORS, bool(author.strip()))

    def _drawn(self, record: Record) -> None:
        """An object ([MS-XLS] 2.4.181)."""
        self._object = record.number(4)
        if self._object in _CONTROLS and not record.number(8) & _PART_OF_SHEET:
            self.tally.add(spreadsheet.EMBEDDED)

    def _text_box(self, record: Record) -> None:
        """The text of an object, a comment's included ([MS-XLS] 2.4.329)."""
        self.tally.add(spreadsheet.SHAPES, not self.at_comment and record.number(10) > 0)

    def _page(self, record: Record) -> None:
        """A header or footer ([MS-XLS] 2.4.136)."""
        self.tally.add(spreadsheet.HEADERS_FOOTERS, len(record.data) > 2 and record.number(0) > 0)

    def _link(self, record: Record) -> None:
        """A hyperlink ([MS-XLS] 2.4.140): it leads out where it has a moniker."""
        self.tally.add(spreadsheet.EXTERNAL_LINKS, record.number(28, 4) & 1)

    def _book(self, record: Record) -> None:
        """Another workbook, or this one ([MS-XLS] 2.4.271)."""
        kind = record.number(2)
        self._external = kind not in {_SELF, _ADD_INS} and kind > 1
        self.tally.add(spreadsheet.EXTERNAL_LINKS, self._external)

    def _external_name(self, _: Record) -> None:
        self.tally.add(xls.EXTERNAL_NAMES, self._external)

    def _cached(self, record: Record) -> None:
        """Cells kept of another workbook ([MS-XLS] 2.4.67)."""
        self.tally.add(spreadsheet.EXTERNAL_CACHE, max(0, record.number(0, 1) - record.number(1, 1) + 1))

    def _writer(self, record: Record) -> None:
        """Who saved it last ([MS-XLS] 2.4.349), padded with blanks. Not all programs give its length."""
        self.tally.add(spreadsheet.AUTHORS, bool(record.data[3:].strip(b"\0 ")))

    def _filter(self, column: int) -> None:
        """What a filter lets through in a column, which several records may tell ([MS-XLS] 2.4.6, 2.4.7)."""
        self.tally.add(spreadsheet.FILTERS, column not in self._filtered)
        self._filtered.add(column)

    def _sharing(self, record: Record) -> None:
        """Who protected it against writing ([MS-XLS] 2.4.118)."""
        self.tally.add(spreadsheet.PROTECTION, record.number(2) > 0)
        self.tally.add(spreadsheet.AUTHORS, len(record.data) > 6 and record.number(4) > 0)
