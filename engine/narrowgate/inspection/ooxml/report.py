"""From what is known of a workbook's sheets to findings, and to what a reader must know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from narrowgate.errors import DataError
from narrowgate.inspection.channels import ooxml, spreadsheet
from narrowgate.inspection.channels.channel import Channel
from narrowgate.inspection.ooxml.facts import SheetFacts
from narrowgate.inspection.ooxml.grid import column_bits, columns_of, numbers
from narrowgate.inspection.ooxml.tables import Table
from narrowgate.inspection.ooxml.workbook import Entry
from narrowgate.inspection.sheets import Sheet
from narrowgate.model.inspection import Finding

_ODD_SHEETS = {"macrosheet": ooxml.MACRO_SHEETS, "dialogsheet": ooxml.DIALOG_SHEETS}
_UNSEEN = {"hidden": spreadsheet.HIDDEN_SHEET, "very hidden": spreadsheet.VERY_HIDDEN_SHEET}


@dataclass(frozen=True)
class SheetPart:
    """A sheet and the part that it is."""

    where: str
    entry: Entry
    part: str
    kind: str


@dataclass
class Report:
    """Takes up sheets in the workbook's order."""

    sheets: list[Sheet] = field(default_factory=list)

    def missing(self, where: str, entry: Entry) -> Iterator[Finding]:
        """A sheet that has no part."""
        self.sheets.append(Sheet(entry.name, "", is_table=False, visibility=entry.visibility))
        yield ooxml.MISSING_SHEETS.found(where)

    def sheet(self, sheet: SheetPart, facts: SheetFacts, tables: Sequence[Table]) -> Iterator[Finding]:
        """What a sheet holds.

        Raises:
            DataError: its merged cells overlap absurdly.
        """
        where, grid, entry = sheet.where, facts.grid, sheet.entry
        if entry.visibility in _UNSEEN:
            yield _UNSEEN[entry.visibility].found(where, 1, grid.values())
        if sheet.kind in _ODD_SHEETS:
            yield _ODD_SHEETS[sheet.kind].found(where)
        self._take_tables(facts, tables)
        yield from grid.unseen(facts.filtered, facts.spans, where)
        heads = _heads(tables)
        unreadable = frozenset(cell for cell in grid.unreadable if not heads.get(cell[0], 0) >> cell[1] & 1)
        counts: Counter[Channel] = facts.counts
        counts[spreadsheet.UNREADABLE_CELLS] += len(unreadable)
        try:
            counts[spreadsheet.COVERED_CELLS] += grid.covered(facts.merged)
        except DataError as error:
            raise DataError(f"{where}: {error.message}", error.remedy) from error
        counts[spreadsheet.FAR_CELLS] += grid.far()
        for channel, count in counts.items():
            if count:
                yield channel.found(where, count, 0 if facts.held.get(channel) == 0 else None)
        self.sheets.append(self._shown(sheet, facts, tables, unreadable))

    def _take_tables(self, facts: SheetFacts, tables: Sequence[Table]) -> None:
        for table in tables:
            if table.criteria:
                facts.counts[spreadsheet.FILTERS] += table.criteria
                facts.filtered += [table.filtered] if table.filtered else []
            facts.counts[ooxml.HIDDEN_TOTALS] += table.silent_totals
            facts.counts[ooxml.NAME_COMMENTS] += table.comment

    def _shown(
        self, sheet: SheetPart, facts: SheetFacts, tables: Sequence[Table], unreadable: frozenset[tuple[int, int]]
    ) -> Sheet:
        unseen = columns_of(facts.spans, hidden=True) | columns_of(facts.spans, hidden=False)
        return Sheet(
            sheet.entry.name,
            sheet.part,
            is_table=sheet.kind == "worksheet",
            visibility=sheet.entry.visibility,
            extent=facts.grid.extent(),
            hidden_rows=facts.grid.unseen_rows(),
            hidden_columns=numbers(unseen),
            unreadable=unreadable,
            merged=tuple(facts.merged),
            tables={table.name: table.area for table in tables if table.area},
        )


def _heads(tables: Sequence[Table]) -> dict[int, int]:
    """Heads of tables that bring colours of their own, as rows with their columns as bits.

    White on what seems white is not unreadable there.
    """
    heads: dict[int, int] = {}
    for table in tables:
        if table.area and table.styled and table.heads:
            heads[table.area.top] = heads.get(table.area.top, 0) | column_bits(table.area.left, table.area.right)
    return heads
