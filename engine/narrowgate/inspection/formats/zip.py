"""ZIP archives of tables and pictures."""

from __future__ import annotations

import io
from collections import Counter

from narrowgate.errors import DataError
from narrowgate.inspection.archive import EMPTY, MAGIC, Archive, Member
from narrowgate.inspection.channels import archive as channels
from narrowgate.inspection.channels.channel import Channel
from narrowgate.inspection.interface import Found, Inspector, Subject
from narrowgate.inspection.summary import Summary
from narrowgate.model.inspection import Finding

MOST_PLACES = 20
"""Members in which one channel is reported place by place."""
LARGEST_INSIDE = 512 << 20
"""Bytes of a member that is looked into."""


def _inspect(subject: Subject) -> Found:
    archive = Archive(subject.file)
    counts: Counter[Channel] = Counter()
    inside = Summary(MOST_PLACES)
    for member in archive.members:
        if not member.is_folder:
            inside.add(_inside(archive, member, subject, counts))
    findings = [*archive.findings, *inside.findings()]
    findings += [channel.found("the archive", count) for channel, count in counts.items()]
    return Found(tuple(findings))


def _inside(archive: Archive, member: Member, subject: Subject, counts: Counter[Channel]) -> list[Finding]:
    from narrowgate.inspection.inspect import inspect_subject

    try:
        data = archive.read(member, LARGEST_INSIDE)
    except DataError:
        counts[channels.ZIP_BROKEN] += 1
        return []
    if not data:
        return []
    try:
        inside = inspect_subject(Subject(io.BytesIO(data), member.name, subject.depth + 1, subject.delimiter))
    except DataError:
        counts[channels.ZIP_UNREADABLE_MEMBER] += 1
        return []
    if inside.kind == "zip":
        counts[channels.ZIP_NESTED] += 1
    return [_from_outside(finding, member, inside.kind) for finding in inside.findings]


def _from_outside(finding: Finding, member: Member, kind: str) -> Finding:
    """``finding`` as seen from the archive. However malformed a picture, it is drawn anew and not taken as it is."""
    unsound = finding.unsound and kind not in {"jpeg", "png"}
    return finding.model_copy(update={"where": f"member {member.number}: {finding.where}", "unsound": unsound})


def _recognises(subject: Subject) -> bool:
    if subject.head().startswith((MAGIC, EMPTY)):
        return True
    try:
        Archive(subject.file)  # a prefix does not make it anything else
    except DataError:
        return False
    return True


INSPECTOR = Inspector(recognises=_recognises, inspect=_inspect, order=90)
