"""A workbook of Office Open XML, whichever form its parts are written in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from narrowgate.errors import DataError
from narrowgate.inspection.archive import Archive
from narrowgate.inspection.channels import spreadsheet
from narrowgate.inspection.interface import Found, Subject
from narrowgate.inspection.ooxml import kinds
from narrowgate.inspection.ooxml.facts import SheetFacts, StringUse
from narrowgate.inspection.ooxml.package import Package, Part
from narrowgate.inspection.ooxml.parts import Parts, Records
from narrowgate.inspection.ooxml.report import Report, SheetPart
from narrowgate.inspection.ooxml.strings import MOST_STRINGS, StringTable
from narrowgate.inspection.ooxml.styles import THEME, Styles
from narrowgate.inspection.ooxml.stylesheet import read_theme
from narrowgate.inspection.ooxml.tables import Table
from narrowgate.inspection.ooxml.workbook import Book, Entry
from narrowgate.inspection.sheets import Workbook
from narrowgate.inspection.summary import Summary
from narrowgate.model.inspection import Finding

MOST_PLACES = 100
"""Parts in which one channel is reported place by place."""
Blocks = Iterable[bytes]
Again = Callable[[], Iterable[bytes]]
"""Begins to read a part anew each time."""


@dataclass(frozen=True)
class Form:
    """How the parts of a workbook are written. Each reader's last argument is the place, for errors."""

    workbook: Callable[[Blocks, str], Book]
    styles: Callable[[Blocks, tuple[str, ...], str], Styles]
    strings: Callable[[Again, str], StringTable]
    unused: Callable[[Blocks, StringUse, str], int]
    """How many shared strings hold a text that no cell shows."""
    sheet: Callable[[Again, Styles, StringUse, str], SheetFacts]
    table: Callable[[Blocks, str], Table]
    records: Records | None = None


def is_workbook(subject: Subject, of_type: Callable[[str], bool]) -> bool:
    """Whether a file is a package about a workbook of that content type."""
    try:
        main = Package(Archive(subject.file)).workbook()
    except DataError:
        return False
    return main is not None and of_type(main.content_type)


def inspect_workbook(subject: Subject, form: Form) -> Found:
    """What a workbook shows and hides.

    Raises:
        DataError: it cannot be followed.
    """
    archive = Archive(subject.file)
    package = Package(archive)
    package.reach()
    main = package.workbook()
    if main is None:
        raise DataError("the package has no workbook", "save it anew in the program that made it")
    workbook = _Workbook(package, main, form)
    parts, found = Parts(package, subject, form.records), Summary(MOST_PLACES)
    sheets = list(workbook.findings())
    found.add(parts.findings())
    found.add(parts.leftovers())
    return Found((*archive.findings, *sheets, *found.findings()), Workbook(tuple(workbook.report.sheets)))


class _Workbook:
    """The workbook, its sheets, and the strings and styles that they share."""

    def __init__(self, package: Package, main: Part, form: Form) -> None:
        self.report = Report()
        self._package, self._main, self._form = package, main, form
        self._book = form.workbook(package.blocks(main), main.place)
        self._styles = self._read_styles()
        self._string_part = next(iter(package.targets(main, "sharedstrings")), None)
        self._string_table = self._read_strings()
        self._use = StringUse(self._string_table.count)

    def findings(self) -> Iterator[Finding]:
        """What was found in them."""
        for channel, count in self._book.counts.items():
            if count:
                yield channel.found(self._main.place, count, 0 if self._book.held.get(channel) == 0 else None)
        relationships = {each.id: each for each in self._package.relationships(self._main.name)}
        for number, entry in enumerate(self._book.sheets, 1):
            leads = relationships.get(entry.relationship)
            part = self._package.parts.get(leads.target) if leads else None
            yield from self._sheet(f"sheet {number}", entry, part)
        yield from self._strings()

    def _sheet(self, where: str, entry: Entry, part: Part | None) -> Iterator[Finding]:
        if part is None:
            yield from self.report.missing(where, entry)
            return
        facts = self._form.sheet(partial(self._package.blocks, part), self._styles, self._use, where)
        tables = [
            self._form.table(self._package.blocks(each), each.place) for each in self._package.targets(part, "table")
        ]
        odd = sorted(part.kinds & kinds.SHEETS - {"worksheet"})
        yield from self.report.sheet(SheetPart(where, entry, part.name, (odd or ["worksheet"])[0]), facts, tables)

    def _read_styles(self) -> Styles:
        themes, styles = (self._package.targets(self._main, kind) for kind in ("theme", "styles"))
        colours = read_theme(self._package.blocks(themes[0]), themes[0].place) if themes else THEME
        return self._form.styles(self._package.blocks(styles[0]), colours, styles[0].place) if styles else Styles()

    def _read_strings(self) -> StringTable:
        part = self._string_part
        if part is None:
            return StringTable()
        table = self._form.strings(partial(self._package.blocks, part), part.place)
        if table.count > MOST_STRINGS:
            raise DataError(f"{part.place}: it has more than {MOST_STRINGS:,} strings", "split the workbook")
        return table

    def _strings(self) -> Iterator[Finding]:
        part = self._string_part
        if part is None:
            return
        if self._string_table.phonetics:
            yield spreadsheet.PHONETICS.found(part.place, self._string_table.phonetics)
        if self._use.unused():
            unused = self._form.unused(self._package.blocks(part), self._use, part.place)
            if unused:
                yield spreadsheet.ORPHAN_STRINGS.found(part.place, unused)
