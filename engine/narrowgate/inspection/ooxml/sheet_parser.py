"""What a sheet in XML says (ECMA-376 part 1 §18.3), element by element."""

from __future__ import annotations

from narrowgate.inspection.channels import ooxml, spreadsheet
from narrowgate.inspection.markup import Attributes, Markup, local
from narrowgate.inspection.ooxml import uris
from narrowgate.inspection.ooxml.cells import NotPlain
from narrowgate.inspection.ooxml.facts import SheetFacts, StringUse, area, is_true, number
from narrowgate.inspection.ooxml.grid import MOST_COLUMNS, MOST_ROWS, THIN_COLUMN, Span
from narrowgate.inspection.ooxml.parsed_rows import ParsedRows
from narrowgate.inspection.ooxml.styles import Styles

LONGEST_TEXT = 1 << 16
_PAGES = frozenset("oddHeader oddFooter evenHeader evenFooter firstHeader firstFooter".split())
_NOTED = {
    "scenario": spreadsheet.SCENARIOS,
    "customSheetView": ooxml.CUSTOM_VIEWS,
    "customPr": ooxml.SHEET_PROPERTIES,
    "sparkline": spreadsheet.SPARKLINES,
    "protectedRange": spreadsheet.PROTECTION,
}
"""Elements of which each counts by itself."""
_MESSAGES = ("prompt", "promptTitle", "error", "errorTitle")


class SheetParser:
    """Takes up a sheet's elements, its rows only where ``with_rows``.

    Its methods raise ``Markup`` where the sheet is not sound, and ``NotPlain`` for rows that should not be there.
    """

    def __init__(self, facts: SheetFacts, styles: Styles, strings: StringUse) -> None:
        self.facts = facts
        self.with_rows = False
        self.path: list[str] = []
        self._strings = strings
        self._rows = ParsedRows(facts, styles, strings)
        self._text: list[str] | None = None
        self._length = 0
        self._filter: str | None = None
        self._filter_columns = 0
        self._validation: Attributes | None = None

    def start(self, element: str, attributes: Attributes) -> None:
        """An element begins."""
        name = local(element)
        parent = self.path[-1] if self.path else ""
        self.path.append(name)
        if len(self.path) > 2 and self.path[1] == "sheetData":
            if not self.with_rows:
                raise NotPlain
            if self._rows.start(self.path[2:], attributes):
                self._listen()
        elif len(self.path) > 3 and self.path[1] == "customSheetViews":
            return
        elif name == "ext" and "uri" in attributes:
            self.facts.extensions[attributes["uri"]] += 1
        elif name in _NOTED:
            self.facts.counts[_NOTED[name]] += 1
        else:
            self._start_other(name, parent, attributes)

    def end(self, element: str) -> None:
        """An element ends."""
        name = local(element)
        self.path.pop()
        text = "".join(self._text) if self._text is not None else ""
        if len(self.path) > 1 and self.path[1] == "sheetData":
            self._rows.end([*self.path[2:], name], text)
        elif name in _PAGES:
            self.facts.counts[spreadsheet.HEADERS_FOOTERS] += bool(text.strip())
        elif name == "formula1" or (name == "f" and "formula1" in self.path):
            self._validated(text)
        elif name == "dataValidation":
            self._end_validation()
        elif name == "autoFilter" and self._filter is not None:
            self._end_filter()
        if not (name == "f" and "formula1" in self.path):
            self._text = None

    def text(self, text: str) -> None:
        """Text stands between."""
        if self._text is not None and self._length < LONGEST_TEXT:
            self._length += len(text)
            self._text.append(text)

    def finished(self) -> SheetFacts:
        """What was found."""
        self._strings.settle()
        self.facts.fill_spans()
        self.facts.grid.sort()
        if self.facts.phonetics:
            self.facts.counts[spreadsheet.PHONETICS] += self.facts.phonetics
        if self.facts.external_formulas:
            self.facts.counts[spreadsheet.EXTERNAL_FORMULAS] += self.facts.external_formulas
        unknown = uris.unknown(self.facts.extensions)
        if unknown:
            self.facts.counts[ooxml.UNKNOWN_EXTENSIONS] += unknown
        self.facts.counts += type(self.facts.counts)()
        return self.facts

    def _listen(self) -> None:
        self._text, self._length = [], 0

    def _start_other(self, name: str, parent: str, attributes: Attributes) -> None:
        facts = self.facts
        if name == "sheetFormatPr":
            facts.grid.flat_by_default = is_true(attributes.get("zeroHeight"))
            facts.narrow_by_default = number(attributes, "defaultColWidth", 8.0) < THIN_COLUMN
        elif name == "col" and parent == "cols":
            self._span(attributes)
        elif name == "mergeCell":
            merged = area(attributes.get("ref", ""))
            facts.merged += [merged] if merged else []
            if len(facts.merged) > MOST_ROWS:
                raise Markup("it has too many merged cells")
        elif name == "autoFilter":
            self._filter, self._filter_columns = attributes.get("ref", ""), 0
        elif parent == "filterColumn" and self._filter is not None:
            self._filter_columns += name not in {"extLst"}
        elif name == "sheetProtection":
            facts.counts[spreadsheet.PROTECTION] += 1
            facts.held[spreadsheet.PROTECTION] += _locks(attributes)
        elif name == "hyperlink":
            facts.counts[ooxml.TOOLTIPS] += bool(attributes.get("tooltip"))
        elif name == "dataValidation":
            self._validation = attributes
        elif name in _PAGES or name == "formula1" or (name == "f" and parent == "formula1"):
            self._listen()

    def _span(self, attributes: Attributes) -> None:
        first, last = int(number(attributes, "min", 1)), int(number(attributes, "max", 1))
        if not 1 <= first <= last:
            raise Markup("its columns are out of order")
        last = min(last, MOST_COLUMNS)
        narrow = number(attributes, "width", 8.0) < THIN_COLUMN
        level = int(number(attributes, "outlineLevel", 0))
        self.facts.spans.append(Span(first - 1, last - 1, is_true(attributes.get("hidden")), narrow, level))
        if len(self.facts.spans) > MOST_COLUMNS:
            raise Markup("it has more columns than a sheet can have")

    def _end_filter(self) -> None:
        filtered = area(self._filter or "")
        if self._filter_columns:
            self.facts.counts[spreadsheet.FILTERS] += self._filter_columns
            self.facts.filtered += [filtered] if filtered else []
        self._filter = None

    def _validated(self, text: str) -> None:
        if self._validation is not None and self._validation.get("type") == "list" and text.strip():
            self.facts.counts[spreadsheet.VALIDATION] += 1
            self._validation = None

    def _end_validation(self) -> None:
        if self._validation is not None and any(self._validation.get(name) for name in _MESSAGES):
            self.facts.counts[spreadsheet.VALIDATION] += 1
        self._validation = None


def _locks(attributes: Attributes) -> bool:
    """Whether a protection (§18.3.1.85) is at work, or keeps a password's hash."""
    working = any(is_true(attributes.get(name)) for name in ("sheet", "content"))
    return working or any(attributes.get(name) for name in ("password", "hashValue"))
