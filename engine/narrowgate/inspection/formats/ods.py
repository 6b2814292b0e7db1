"""OpenDocument spreadsheets (ODF 1.3): the package, its sheets, and everything around them."""

from __future__ import annotations

from collections import Counter

from narrowgate.errors import DataError
from narrowgate.inspection.archive import Archive
from narrowgate.inspection.interface import Found, Inspector, Subject
from narrowgate.inspection.markup import Markup, unsound, walk
from narrowgate.inspection.ods.content import ContentReader
from narrowgate.inspection.ods.meta import page_channels
from narrowgate.inspection.ods.package import manifest_of, part_findings
from narrowgate.inspection.ods.remarks import watched
from narrowgate.inspection.ods.styles import Styles
from narrowgate.inspection.sheets import Workbook
from narrowgate.inspection.tally import Tally
from narrowgate.model.inspection import Finding

_TYPE = b"application/vnd.oasis.opendocument.spreadsheet"
_BODY = b"<office:spreadsheet"


def _inspect(subject: Subject) -> Found:
    """Every channel of a spreadsheet.

    Raises:
        DataError: it is encrypted, or one of its main parts cannot be followed.
    """
    archive = Archive(subject.file)
    manifest_of(archive)  # what is encrypted cannot be read
    findings = list(archive.findings)
    styles = Styles()
    findings += _pages(archive, styles)
    remarks = Tally()
    content = _content(archive, styles, remarks)
    findings += [*content.findings(), *remarks.findings("content.xml")]
    findings += part_findings(archive, subject)
    return Found(tuple(findings), Workbook(tuple(content.sheets)))


def _pages(archive: Archive, styles: Styles) -> tuple[Finding, ...]:
    member = archive.member("styles.xml")
    if member is None:
        return ()
    remarks = Tally()
    try:
        pages = page_channels(watched(archive.blocks(member), remarks), styles)
    except Markup as error:
        raise unsound(member.name, error) from error
    return pages.findings(member.name) + remarks.findings(member.name)


def _content(archive: Archive, styles: Styles, remarks: Tally) -> ContentReader:
    member = archive.member("content.xml")
    if member is None:
        raise DataError("the spreadsheet has no content.xml", "save it anew in the program that made it")
    content = ContentReader(styles)
    try:
        walk(watched(archive.blocks(member), remarks), content.start, content.end, content.text)
    except Markup as error:
        raise unsound(member.name, error) from error
    if not content.is_spreadsheet:
        raise DataError("content.xml holds no spreadsheet", "save it anew in the program that made it")
    names = Counter(sheet.name for sheet in content.sheets)
    if len(names) < len(content.sheets):
        raise DataError("two sheets have the same name", "give each a name of its own")
    return content


def _recognises(subject: Subject) -> bool:
    try:
        archive = Archive(subject.file)
        if (member := archive.member("mimetype")) and archive.read(member, 1 << 10).startswith(_TYPE):
            return True
        return _has_body(archive)
    except DataError:
        return False


def _has_body(archive: Archive) -> bool:
    """Whether ``content.xml`` is a spreadsheet's, for packages that do not say what they are."""
    member = archive.member("content.xml")
    tail = b""
    for block in archive.blocks(member) if member else ():
        if _BODY in tail + block:
            return True
        tail = block[-len(_BODY) :]
    return False


INSPECTOR = Inspector(recognises=_recognises, inspect=_inspect, order=20)
