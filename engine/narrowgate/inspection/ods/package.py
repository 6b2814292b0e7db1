"""The parts of an OpenDocument package (ODF 1.3 part 2), each by its kind."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from itertools import groupby

from narrowgate.errors import DataError
from narrowgate.inspection.archive import Archive, Member
from narrowgate.inspection.channels import archive as archive_channels
from narrowgate.inspection.channels import ods, spreadsheet
from narrowgate.inspection.channels.channel import Channel
from narrowgate.inspection.interface import Subject
from narrowgate.inspection.markup import Attributes, Markup, local, unsound, walk
from narrowgate.inspection.ods import meta
from narrowgate.inspection.ods.names import MANIFEST
from narrowgate.inspection.ods.remarks import watched
from narrowgate.inspection.tally import Tally
from narrowgate.model.inspection import Finding

MANIFEST_PART = "META-INF/manifest.xml"
_LARGEST_PICTURE = 256 << 20
_MAIN = {"mimetype", "content.xml", "styles.xml", MANIFEST_PART}
_READ = {"meta.xml": meta.meta_channels, "settings.xml": meta.settings_channels, "manifest.rdf": meta.rdf_channels}
_SCRIPT_LISTS = re.compile(r"(Basic|Dialogs)/(.*/)?(script|dialog)-l[bc]\.xml")
_OBJECT = re.compile(r"(Object [^/]*|Obj[0-9A-Fa-f]+)(/.*)?")
_SIGNATURES = re.compile(r"META-INF/[^/]*signatures[^/]*\.xml")
_SIMPLE: tuple[tuple[re.Pattern[str], Channel], ...] = (
    (re.compile(r"Thumbnails/.+"), spreadsheet.THUMBNAIL),
    (re.compile(r"ObjectReplacements/.+"), ods.OBJECT_PICTURES),
    (re.compile(r"(Basic|Dialogs|Scripts)/.+"), spreadsheet.MACROS),
    (re.compile(r"Configurations2/.+"), ods.CONFIGURATION),
    (re.compile(r"Versions/.+"), ods.EARLIER_VERSIONS),
    (re.compile(r"(Pictures|media)/.+"), spreadsheet.PICTURES),
    (re.compile(r"Fonts/.+"), spreadsheet.EMBEDDED),
)
_SILENT = {"VersionList.xml", "layout-cache"}
"""Lists of what is found elsewhere, and the layout of pages."""
_INTO = re.compile(r"(Pictures|media|Thumbnails|ObjectReplacements)/.+")


def manifest_of(archive: Archive) -> frozenset[str] | None:
    """The parts that the manifest lists, or nothing where there is none.

    Raises:
        DataError: it cannot be followed, or parts are encrypted.
    """
    member = archive.member(MANIFEST_PART)
    if member is None:
        return None
    listed: set[str] = set()

    def start(name: str, attributes: Attributes) -> None:
        if local(name) in {"encryption-data", "encrypted-key"}:
            raise DataError("the spreadsheet is encrypted", "open it, and save it without a password")
        if name == MANIFEST + "file-entry":
            listed.add(attributes.get(MANIFEST + "full-path", ""))

    try:
        walk(archive.blocks(member), start)
    except Markup as error:
        raise unsound(MANIFEST_PART, error) from error
    return frozenset(listed)


def part_findings(archive: Archive, subject: Subject) -> Iterator[Finding]:
    """What all parts but the main ones hold.

    Raises:
        DataError: one that must be read cannot be.
    """
    listed = manifest_of(archive)
    files = [member for member in archive.members if not member.is_folder and member.size]
    whole = Tally()
    for member in files:
        if member.name in _MAIN or _OBJECT.fullmatch(member.name):
            continue
        yield from _part(archive, member, subject, whole)
    objects = [member for member in files if _OBJECT.fullmatch(member.name)]
    for _, members in groupby(sorted(objects, key=lambda each: each.name), key=_object_of):
        yield from _object(archive, list(members), subject)
    if listed is not None:
        loose = (each for each in files if each.name not in listed and each.name != "mimetype")
        whole.add(spreadsheet.ORPHAN_PARTS, sum(not each.name.startswith("META-INF/") for each in loose))
    yield from whole.findings("the archive")


def _part(archive: Archive, member: Member, subject: Subject, whole: Tally) -> Iterator[Finding]:
    where = f"part {member.number}"
    if reader := _READ.get(member.name):
        remarks = Tally()
        try:
            yield from reader(watched(archive.blocks(member), remarks)).findings(member.name)
        except Markup as error:
            raise unsound(member.name, error) from error
        yield from remarks.findings(member.name)
    elif _SIGNATURES.fullmatch(member.name):
        count = _elements(archive, member, "Signature")
        whole.add(spreadsheet.SIGNATURES, count)
    elif _SCRIPT_LISTS.fullmatch(member.name) or member.name in _SILENT:
        return
    elif channel := next((channel for pattern, channel in _SIMPLE if pattern.fullmatch(member.name)), None):
        whole.add(channel)
        if _INTO.fullmatch(member.name):
            yield from _inside(archive, member, subject, where)
    else:
        whole.add(spreadsheet.UNKNOWN_PARTS)


def _elements(archive: Archive, member: Member, name: str) -> int:
    count = 0

    def start(found: str, _: Attributes) -> None:
        nonlocal count
        count += local(found) == name

    try:
        walk(archive.blocks(member), start)
    except Markup as error:
        raise unsound(f"part {member.number}", error) from error
    return count


def _object_of(member: Member) -> str:
    return member.name.partition("/")[0]


def _object(archive: Archive, members: list[Member], subject: Subject) -> Iterator[Finding]:
    """An embedded object: a document in a folder of its own, or one part."""
    first, where = members[0], f"part {members[0].number}"
    content = next((each for each in members if each.name.endswith("/content.xml")), None)
    if content is None:
        yield spreadsheet.EMBEDDED.found(where)
        yield from _inside(archive, first, subject, where)
        return
    try:
        is_chart, values = meta.values_of_chart(archive.blocks(content))
        about = next((each for each in members if each.name.endswith("/meta.xml")), None)
        told = meta.meta_channels(archive.blocks(about)).findings(f"part {about.number}") if about else ()
    except Markup as error:
        raise unsound(where, error) from error
    if is_chart and values:
        yield spreadsheet.CHART_CACHE.found(where, values)
    else:
        yield spreadsheet.EMBEDDED.found(where, 1, values if is_chart else None)
    yield from told
    for member in members:
        if member.name.partition("/")[2].startswith(("Pictures/", "Object ", "ObjectReplacements/")):
            yield from _inside(archive, member, subject, f"part {member.number}")


def _inside(archive: Archive, member: Member, subject: Subject, where: str) -> Iterator[Finding]:
    """What a picture or another file within the package holds, where its kind is known."""
    from narrowgate.inspection.inspect import inspect_subject

    try:
        data = archive.read(member, _LARGEST_PICTURE)
    except DataError:
        yield archive_channels.ZIP_BROKEN.found(where)
        return
    try:
        found = inspect_subject(Subject(io.BytesIO(data), member.name, subject.depth + 1))
    except DataError:
        return  # no kind that can be looked into: it is told as the picture or object that it is
    for finding in found.findings:
        yield finding.model_copy(update={"where": f"{where}: {finding.where}"})
