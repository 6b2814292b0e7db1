"""What a workbook's own part says (ECMA-376 part 1 §18.2): its sheets, names, views and the path it was saved at."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from narrowgate.inspection.channels import ooxml, spreadsheet
from narrowgate.inspection.channels.channel import Channel
from narrowgate.inspection.markup import Attributes, Markup, local, unsound, walk
from narrowgate.inspection.ooxml import uris
from narrowgate.inspection.ooxml.facts import is_true, names_other_file
from narrowgate.inspection.sheets import Visibility

MOST_SHEETS = 100_000
_STATES: dict[str, Visibility] = {"hidden": "hidden", "veryHidden": "very hidden"}
_CONSTANT = re.compile(
    r"""[-+]?[\d.]+(?:[eE][-+]?\d+)?%?|"(?:[^"]|"")*"|\{.*\}|TRUE|FALSE""", re.DOTALL | re.IGNORECASE
)
_ERROR = re.compile(r"#(?:REF|NAME|N/A|VALUE|NULL|NUM|DIV/0)[!?]?", re.IGNORECASE)
BUILT_IN = ("_xlnm.print_area", "_xlnm.print_titles", "_xlnm._filterdatabase", "_xlnm.sheet_title")
"""Names that programs keep for themselves; others of the kind, such as criteria, people make."""
LONGEST_NAME = 1 << 16


@dataclass(frozen=True)
class Entry:
    """A sheet as the workbook lists it."""

    name: str
    relationship: str
    visibility: Visibility


@dataclass
class Book:
    """What the workbook says."""

    sheets: list[Entry] = field(default_factory=list)
    counts: Counter[Channel] = field(default_factory=Counter)
    held: Counter[Channel] = field(default_factory=Counter)
    """Of channels that may hold nothing, how much they hold."""

    def name(self, name: str, formula: str, *, hidden: bool, commented: bool) -> None:
        """Take up a defined name."""
        plain = formula.strip().removeprefix("=")
        if name.lower() in BUILT_IN and not names_other_file(plain):
            return
        self.counts[spreadsheet.HIDDEN_NAMES if hidden else spreadsheet.DEFINED_NAMES] += 1
        self.counts[ooxml.NAME_COMMENTS] += commented
        self.counts[spreadsheet.EXTERNAL_FORMULAS] += names_other_file(plain)
        self.counts[ooxml.NAME_CONSTANTS] += is_constant(plain)


def is_constant(formula: str) -> bool:
    """Whether a name holds a value of its own and refers to nothing."""
    return _CONSTANT.fullmatch(formula) is not None and _ERROR.fullmatch(formula) is None


class _BookParser:
    def __init__(self) -> None:
        self.book = Book()
        self._extensions: Counter[str] = Counter()
        self._name: Attributes | None = None
        self._text: list[str] = []
        self._length = 0

    def start(self, element: str, attributes: Attributes) -> None:
        name, counts = local(element), self.book.counts
        if name == "sheet" and "name" in attributes:
            self._sheet(attributes)
        elif name == "definedName":
            self._name, self._text, self._length = attributes, [], 0
        elif name == "workbookProtection":
            counts[spreadsheet.PROTECTION] += 1
            self.book.held[spreadsheet.PROTECTION] += bool(attributes)
        elif name == "fileSharing":
            counts[spreadsheet.AUTHORS] += bool(attributes.get("userName"))
            counts[spreadsheet.PROTECTION] += any("Hash" in key or "eservationPassword" in key for key in attributes)
        elif name == "customWorkbookView":
            counts[ooxml.CUSTOM_VIEWS] += 1
        elif name == "absPath":
            counts[spreadsheet.PATHS] += bool(attributes.get("url"))
        elif name == "webPublishObject":
            counts[spreadsheet.PATHS] += bool(attributes.get("destinationFile"))
        elif name == "ext" and "uri" in attributes:
            self._extensions[attributes["uri"]] += 1

    def end(self, element: str) -> None:
        if local(element) == "definedName" and self._name is not None:
            said, self._name = self._name, None
            hidden, commented = is_true(said.get("hidden")), bool(said.get("comment"))
            self.book.name(said.get("name", ""), "".join(self._text), hidden=hidden, commented=commented)

    def text(self, text: str) -> None:
        if self._name is not None and self._length < LONGEST_NAME:
            self._length += len(text)
            self._text.append(text)

    def _sheet(self, attributes: Attributes) -> None:
        if len(self.book.sheets) >= MOST_SHEETS:
            raise Markup(f"it has more than {MOST_SHEETS:,} sheets")
        relationship = next((value for key, value in attributes.items() if key.endswith("}id")), "")
        state = _STATES.get(attributes.get("state", ""), "visible")
        self.book.sheets.append(Entry(attributes["name"], relationship, state))

    def finished(self) -> Book:
        self.book.counts[ooxml.UNKNOWN_EXTENSIONS] += uris.unknown(self._extensions)
        self.book.counts += Counter()
        return self.book


def read_workbook(blocks: Iterable[bytes], where: str) -> Book:
    """What the workbook part says.

    Raises:
        DataError: it is not sound.
    """
    parser = _BookParser()
    try:
        walk(blocks, parser.start, parser.end, parser.text)
    except Markup as error:
        raise unsound(where, error) from error
    return parser.finished()
