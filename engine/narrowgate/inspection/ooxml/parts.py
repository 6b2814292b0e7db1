"""What the parts of a package hold beside its sheets, whatever the workbook's form."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from narrowgate.errors import DataError
from narrowgate.inspection.channels import ooxml, spreadsheet
from narrowgate.inspection.channels.channel import Channel
from narrowgate.inspection.interface import Subject
from narrowgate.inspection.markup import Markup
from narrowgate.inspection.ooxml import drawings, rules
from narrowgate.inspection.ooxml.kinds import SHEETS
from narrowgate.inspection.ooxml.package import Package, Part
from narrowgate.inspection.ooxml.raw import count_tags
from narrowgate.inspection.xls.cfb import Compound
from narrowgate.model.inspection import Finding

LARGEST_INSIDE = 64 << 20
"""Bytes of a picture or an embedded file that is looked into."""
LARGEST_LEGACY = 64 << 20
Records = Callable[[str, Iterable[bytes], str], Iterator[Finding]]
"""Looks into a part in binary records, given its kind, what it holds, and its place."""
_WHOLE: dict[str, Channel] = {
    "printersettings": spreadsheet.PRINTER_SETTINGS,
    "vbasignature": spreadsheet.SIGNATURES,
    "certificate": spreadsheet.SIGNATURES,
    "attachedtoolbars": spreadsheet.MACROS,
    "richdata": ooxml.RICH_DATA,
    "thumbnail": spreadsheet.THUMBNAIL,
    "activex": spreadsheet.EMBEDDED,
    "controlproperties": spreadsheet.EMBEDDED,
    "media": spreadsheet.EMBEDDED,
}
"""Parts that count by being there."""
_ELSEWHERE = SHEETS | frozenset(
    "workbook sharedstrings styles theme look index customxmlproperties signatureorigin activexbinary"
    " customproperty slicer timeline vbadata table".split()
)
"""Kinds that are known, and hold nothing or are looked into elsewhere."""
_NO_MODULE = re.compile(r"dir|_VBA_PROJECT|__SRP_\w+", re.IGNORECASE)
"""Streams of a project that are no modules (MS-OVBA 2.2)."""
_MASHUP = re.compile(rb"<(?:\w+:)?DataMashup[\s>]")


class Parts:
    """Looks into the parts of a package, one by one."""

    def __init__(self, package: Package, subject: Subject, records: Records | None = None) -> None:
        self._package, self._subject, self._records = package, subject, records
        self._handlers: dict[str, Callable[[Part], Iterator[Finding]]] = {
            "drawing": self._drawing,
            "vmldrawing": self._legacy_drawing,
            "image": self._picture,
            "oleobject": self._embedded,
            "package": self._embedded,
            "customxml": self._custom_xml,
            "model": self._model,
            "vbaproject": self._macros,
            "pivotcacherecords": self._pivot_records,
        }

    def findings(self) -> Iterator[Finding]:
        """What was found in each part that is no sheet."""
        orphans, unknown = self._package.loose_relationships(), 0
        for part in self._package.parts.values():
            known = {kind for kind in part.kinds if kind in _ELSEWHERE or self._looks_into(kind)}
            orphans += not part.reached
            unknown += part.reached and not known and part.member.size > 0
            if "thumbnail" in known:
                known -= {"image"}
            for kind in sorted(known - _ELSEWHERE):
                yield from self._safely(part, kind)
            yield from self._relationships(part)
        for channel, count in ((spreadsheet.ORPHAN_PARTS, orphans), (spreadsheet.UNKNOWN_PARTS, unknown)):
            if count:
                yield channel.found("the package", count)

    def leftovers(self) -> Iterator[Finding]:
        """What is known only when the sheets have been read too."""
        package = self._package
        for part in package.parts.values():
            followed = part.name in package.read or part.name in package.broken
            if part.member.size and not followed and not package.archive.verify(part.member):
                package.broken.add(part.name)
            if package.remarks[part.name]:
                yield ooxml.REMARKS.found(part.place, package.remarks[part.name])
        if package.broken:
            yield ooxml.BROKEN_PARTS.found("the package", len(package.broken))

    def _looks_into(self, kind: str) -> bool:
        return kind in rules.RULES or kind in _WHOLE or kind in self._handlers

    def _safely(self, part: Part, kind: str) -> Iterator[Finding]:
        try:
            yield from self._part(part, kind)
        except (Markup, DataError):
            self._package.broken.add(part.name)

    def _part(self, part: Part, kind: str) -> Iterator[Finding]:
        if kind in _WHOLE:
            if part.member.size:
                yield _WHOLE[kind].found(part.place)
        elif kind == "externallink":
            yield from self._external_link(part)
        elif self._records and kind in rules.RULES.keys() | {"pivotcacherecords"} and self._is_binary(part):
            yield from self._records(kind, self._package.blocks(part), part.place)
        elif kind in self._handlers:
            yield from self._handlers[kind](part)
        else:
            yield from rules.findings(kind, self._package.blocks(part), part.place)

    def _external_link(self, part: Part) -> Iterator[Finding]:
        """Links to other programs (DDE) have names and items, but no relationship to outside."""
        binary = self._records and self._is_binary(part)
        read = self._records if binary and self._records else rules.findings
        yield from read("externallink", self._package.blocks(part), part.place)
        if not any(each.external for each in self._package.relationships(part.name)):
            yield spreadsheet.EXTERNAL_LINKS.found(part.place)

    def _is_binary(self, part: Part) -> bool:
        """Whether a part does not begin as XML does, in whatever encoding."""
        head = next(iter(self._package.archive.blocks(part.member)), b"")
        return not head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0").startswith(b"<")

    def _relationships(self, part: Part) -> Iterator[Finding]:
        if part.name in self._package.broken:
            return
        outside = Counter(each.step == "hyperlink" for each in self._package.relationships(part.name) if each.external)
        for is_hyperlink, channel in ((True, ooxml.HYPERLINKS), (False, spreadsheet.EXTERNAL_LINKS)):
            if outside[is_hyperlink]:
                yield channel.found(part.place, outside[is_hyperlink])

    def _drawing(self, part: Part) -> Iterator[Finding]:
        shapes = drawings.telling_shapes(self._package.blocks(part))
        if shapes:
            yield spreadsheet.SHAPES.found(part.place, shapes)

    def _legacy_drawing(self, part: Part) -> Iterator[Finding]:
        data = self._package.archive.read(part.member, LARGEST_LEGACY)
        shapes = drawings.telling_legacy_shapes(data)
        if shapes:
            yield spreadsheet.SHAPES.found(part.place, shapes)

    def _picture(self, part: Part) -> Iterator[Finding]:
        inside = self._inside(part)
        if inside is None:
            yield spreadsheet.PICTURES.found(part.place)
        else:
            yield from inside

    def _embedded(self, part: Part) -> Iterator[Finding]:
        if part.member.size:
            yield spreadsheet.EMBEDDED.found(part.place)
            yield from self._inside(part) or ()

    def _inside(self, part: Part) -> list[Finding] | None:
        """Findings in a file that is a part; None where it is of no kind that is looked into."""
        from narrowgate.inspection.inspect import inspect_subject

        data = self._package.archive.read(part.member, LARGEST_INSIDE)
        if not data:
            return []
        try:
            inside = inspect_subject(Subject(io.BytesIO(data), depth=self._subject.depth + 1))
        except DataError:
            return None
        beneath = {"hides_cells": False, "unsound": False}  # nobody reads the workbook's cells from there
        return [each.model_copy(update={"where": f"{part.place}: {each.where}", **beneath}) for each in inside.findings]

    def _custom_xml(self, part: Part) -> Iterator[Finding]:
        head = next(iter(self._package.blocks(part)), b"")
        plain = head.replace(b"\0", b"")  # Excel writes queries as UTF-16
        if _MASHUP.search(plain[:4096]):
            yield ooxml.MASHUP.found(part.place, part.member.size)
        elif part.member.size:
            yield ooxml.CUSTOM_XML.found(part.place)

    def _model(self, part: Part) -> Iterator[Finding]:
        if part.member.size:
            yield ooxml.DATA_MODEL.found(part.place, part.member.size)

    def _macros(self, part: Part) -> Iterator[Finding]:
        try:
            project = Compound(io.BytesIO(self._package.archive.read(part.member, LARGEST_INSIDE)))
        except DataError:
            yield spreadsheet.MACROS.found(part.place)
            raise
        streams = [entry.path for entry in project.entries if entry.is_stream and entry.path[:-1] == ("VBA",)]
        modules = sum(not _NO_MODULE.fullmatch(path[-1]) for path in streams)
        yield spreadsheet.MACROS.found(part.place, max(1, modules))

    def _pivot_records(self, part: Part) -> Iterator[Finding]:
        counts = count_tags(lambda: self._package.blocks(part), "pivotCacheRecords", ("r",), part.place)
        if counts["r"]:
            yield spreadsheet.PIVOT_RECORDS.found(part.place, counts["r"])
