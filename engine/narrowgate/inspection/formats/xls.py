"""Legacy Excel workbooks: BIFF8 ([MS-XLS]) in compound files ([MS-CFB])."""

from __future__ import annotations

from narrowgate.errors import DataError
from narrowgate.inspection.interface import Found, Inspector, Subject
from narrowgate.inspection.sheets import Workbook
from narrowgate.inspection.xls.cfb import MAGIC, Compound, Entry
from narrowgate.inspection.xls.pictures import Pictures
from narrowgate.inspection.xls.streams import stream_findings
from narrowgate.inspection.xls.workbook import WorkbookReader

_ENCRYPTED = "EncryptedPackage"
_NAMES = {"workbook", "book"}
_SOUGHT = ("Workbook", "Book", "WORKBOOK", "BOOK")


def _inspect(subject: Subject) -> Found:
    """Every channel of a workbook.

    Raises:
        DataError: it is encrypted, of an older version, or cannot be followed.
    """
    compound = Compound(subject.file)
    if compound.stream(_ENCRYPTED):
        raise DataError("the workbook is encrypted", "open it, and save it without a password")
    entry = compound.stream("Workbook") or compound.stream("Book")
    if entry is None:
        raise DataError("the file holds no workbook", "open it, and save it anew as .xlsx")
    _require_first(compound, entry)
    pictures = Pictures(subject)
    workbook = WorkbookReader(pictures)
    workbook.read(compound.blocks(entry))
    findings = [*workbook.findings(), *pictures.findings(), *stream_findings(compound, entry, subject)]
    return Found(tuple(findings), Workbook(workbook.sheets()))


def _require_first(compound: Compound, entry: Entry) -> None:
    """Some readers take the first stream of one of these names, in whichever storage it is."""
    for name in _SOUGHT:
        first = next((each for each in compound.entries if each.path[-1] == name), entry)
        if first is not entry:
            raise DataError("an embedded workbook may be taken for the workbook", "delete it, or save anew as .xlsx")
        if entry.path[-1] == name:
            return


def _recognises(subject: Subject) -> bool:
    if not subject.head().startswith(MAGIC):
        return False
    try:
        compound = Compound(subject.file)
    except DataError:
        return subject.name.lower().endswith(".xls")  # so that it is told what is wrong
    streams = {each.path[0].casefold() for each in compound.entries if each.is_stream and len(each.path) == 1}
    return bool(streams & {*_NAMES, _ENCRYPTED.casefold()})


INSPECTOR = Inspector(recognises=_recognises, inspect=_inspect, suffixes=(".xls",), order=10)
