"""The streams of a compound file beside the workbook's ([MS-XLS] 2.1.2), each by its kind."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

from narrowgate.errors import DataError
from narrowgate.inspection.channels import ods, ooxml, spreadsheet, xls
from narrowgate.inspection.channels.channel import Channel
from narrowgate.inspection.interface import Subject
from narrowgate.inspection.tally import Tally
from narrowgate.inspection.xls.cfb import Compound, Entry
from narrowgate.inspection.xls.properties import Unreadable, property_channels
from narrowgate.inspection.xls.records import records
from narrowgate.model.inspection import Finding

_LARGEST = 256 << 20
_PROPERTIES = {"\x05SummaryInformation": "the summary", "\x05DocumentSummaryInformation": "the document's summary"}
_EMBEDDED = re.compile(r"(MBD|LNK)[0-9A-F]{8}")
_NO_MODULES = re.compile(r"dir|_VBA_PROJECT|__SRP_[0-9a-f]+")
_INSIDE = {"Package", "CONTENTS"}
"""Streams in which embedded files lie as they are."""
_WORKBOOKS = {"workbook", "book"}
_SILENT = {"\x01CompObj", "\x01Ole"}
_WHOLE: dict[str, Channel] = {
    "Ctls": spreadsheet.EMBEDDED,
    "_xmlsignatures": spreadsheet.SIGNATURES,
    "_signatures": spreadsheet.SIGNATURES,
    "MsoDataStore": ooxml.CUSTOM_XML,
    "XML": ooxml.XML_MAPS,
    "XCB": ods.CONFIGURATION,
}
_PICTURES = re.compile(r"\x02OlePres\d{3}|\x03(PIC|PICT|PRNTPICT)")
_PIVOTS, _REVISIONS, _USERS = "_SX_DB_CUR", "Revision Log", "User Names"
_MODULES = {"_VBA_PROJECT_CUR", "_VBA_PROJECT"}
_PIVOT_VALUES = {0x00C9, 0x00CA, 0x00CB, 0x00CC, 0x00CD, 0x00CE}
_CHANGES = {0x0137, 0x013B, 0x013E, 0x013F, 0x0140, 0x014A, 0x014B, 0x014D, 0x0153}
"""Records of changes ([MS-XLS] 2.3): rows, cells, names, sorts, moves, formats, sheets and defined names."""
_USER = 0x0193
_NOBODY = 0xFFFF


def stream_findings(compound: Compound, workbook: Entry, subject: Subject) -> Iterator[Finding]:
    """What all streams but ``workbook`` hold."""
    whole = Tally()
    embedded: set[str] = set()
    for entry in compound.entries:
        top = entry.path[0]
        whole.add(spreadsheet.PROPERTIES, entry.timed)
        if not entry.is_stream or not entry.size or entry is workbook:
            continue
        if _EMBEDDED.fullmatch(top):
            whole.add(spreadsheet.EMBEDDED, top not in embedded)
            embedded.add(top)
            if entry.path[-1] in _INSIDE:
                yield from _inside(compound, entry, subject, f"object {len(embedded)}")
        elif top in _PROPERTIES:
            yield from _properties(compound, entry, _PROPERTIES[top])
        elif top in _MODULES:
            is_module = len(entry.path) == 3 and entry.path[1] == "VBA" and not _NO_MODULES.fullmatch(entry.path[2])
            whole.add(spreadsheet.MACROS, is_module)
        elif top == _PIVOTS:
            _pivot(compound, entry, whole)
        elif top in {_REVISIONS, _USERS}:
            _history(compound, entry, whole)
        elif top not in _SILENT:
            whole.add(_channel_of(top))
    whole.add(xls.OLE_SLACK, compound.slack())
    whole.add(xls.OLE_LOOSE, compound.loose)
    yield from whole.findings("the file")


def _channel_of(name: str) -> Channel:
    if name.casefold() in _WORKBOOKS:
        return xls.SECOND_WORKBOOK
    return spreadsheet.THUMBNAIL if _PICTURES.fullmatch(name) else _WHOLE.get(name, spreadsheet.UNKNOWN_PARTS)


def _properties(compound: Compound, entry: Entry, where: str) -> Iterator[Finding]:
    try:
        yield from property_channels(compound.read(entry, _LARGEST)).findings(where)
    except Unreadable:
        yield spreadsheet.UNKNOWN_PARTS.found(where)


def _pivot(compound: Compound, entry: Entry, whole: Tally) -> None:
    """Records and values behind a pivot table ([MS-XLS] 2.1.7.14)."""
    for record in records(compound.blocks(entry)):
        whole.add(spreadsheet.PIVOT_RECORDS, record.kind == 0x00C8)
        whole.add(spreadsheet.PIVOT_VALUES, record.kind in _PIVOT_VALUES)
        if record.kind == 0x00C6 and len(record.data) >= 20:
            whole.add(spreadsheet.PIVOT_AUTHOR, record.number(18) not in {0, _NOBODY})


def _history(compound: Compound, entry: Entry, whole: Tally) -> None:
    """Changes, and who shared the workbook ([MS-XLS] 2.1.7.15, 2.1.7.18)."""
    for record in records(compound.blocks(entry)):
        whole.add(spreadsheet.REVISIONS, record.kind in _CHANGES)
        whole.add(spreadsheet.AUTHORS, record.kind == _USER)


def _inside(compound: Compound, entry: Entry, subject: Subject, where: str) -> Iterator[Finding]:
    from narrowgate.inspection.inspect import inspect_subject

    try:
        data = compound.read(entry, _LARGEST)
        found = inspect_subject(Subject(io.BytesIO(data), "", subject.depth + 1))
    except DataError:
        return  # of no kind that can be looked into: it is counted as embedded all the same
    for finding in found.findings:
        yield finding.model_copy(update={"where": f"{where}: {finding.where}"})
