"""Presenting the ledger's entries, and what they prove."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from narrowgate.cli.render import console, print_document, table
from narrowgate.model.actions import parse_action
from narrowgate.model.entry import AttestationEntry, ErasureEntry, RefusalEntry, ReleaseEntry, named
from narrowgate.model.listing import EntryList, ProvenReceipt, ShownEntry
from narrowgate.model.verification import ReplayReport, VerificationReport
from narrowgate.model.wording import counted

_SHORT = 12
_LONGEST = 60


@contextmanager
def counting(what: str) -> Iterator[Callable[[int], None]]:
    """A count of entries while standard error is a terminal; else nothing."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.progress import Progress, SpinnerColumn, TextColumn

    columns = SpinnerColumn(), TextColumn("{task.description} {task.completed:,.0f} entries")
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=None)
        yield lambda count: progress.advance(task, count)


def print_entries(found: EntryList, as_json: bool) -> None:
    """What ``ledger list`` found."""
    if as_json:
        print_document(found)
        return
    out = console()
    if not found.entries:
        out.print("there are no such entries")
        return
    shown = table("entry", "id", "entered", "kind", "supplier", "purpose", "records")
    for each in found.entries:
        records = "" if each.records is None else f"{each.records:,}"
        entered, who, what = each.at[:10], each.supplier or "", each.purpose or ""
        shown.add_row(f"{each.number:,}", each.id[:_SHORT], entered, each.kind, who, what, records)
    out.print(shown)
    if (more := found.found - len(found.entries)) > 0:
        out.print(f"and {more:,} earlier; --limit shows more")


def print_entry(shown: ShownEntry, as_json: bool) -> None:
    """What ``ledger show`` shows."""
    if as_json:
        print_document(shown)
        return
    out, entry = console(), shown.entry
    out.print(Text.assemble((f"entry {shown.number:,}", "bold"), f": {named(entry)}, entered {entry.at}"))
    out.print(f"id {shown.id}")
    for line in _facts(entry):
        out.print(line, soft_wrap=True)
    if isinstance(entry, ReleaseEntry):
        columns = table("column", "left", "why")
        for column in entry.columns:
            action = parse_action(column.action)
            form = "withheld" if column.name is None or action is None else action.describe()
            columns.add_row(column.field, Text(form, style="red" if column.name is None else "green"), column.reason)
        out.print(columns)


def _facts(entry: ReleaseEntry | RefusalEntry | AttestationEntry | ErasureEntry) -> Iterator[str]:
    match entry:
        case ReleaseEntry(request=request, records=records, obligations=owed):
            yield f"to {request.supplier} for {request.purpose}, asked for on {request.on}"
            yield f"{records.released:,} of {counted(records.read, 'record')} released, {records.withheld:,} withheld"
            yield f"release sha256:{entry.release.sha256}"
            yield f"export  sha256:{entry.input.sha256}"
            yield f"to be deleted by {owed.delete_by} under {owed.agreement} ({owed.lawful_basis})"
            yield f"decided by the policies {entry.policy.digest[:_SHORT]}, OPA {entry.engine.opa_version}"
        case RefusalEntry(request=request):
            yield f"to {request.supplier} for {request.purpose}, asked for on {request.on}"
            yield from (f"refused: {reason}" for reason in entry.reasons)
            yield f"decided by the policies {entry.policy.digest[:_SHORT]}, OPA {entry.engine.opa_version}"
        case AttestationEntry():
            yield f"{entry.supplier} says that it deleted the release {entry.release} on {entry.deleted_on}"
            yield "signed by it" if entry.statement else "it has no key to sign with"
        case ErasureEntry():
            yield f"the ledger forgot who {counted(len(entry.numbers), 'number')} stood for"


def print_verification(report: VerificationReport, as_json: bool) -> None:
    """What ``ledger verify`` found."""
    if as_json:
        print_document(report)
        return
    out = console()
    verdict = ("sound", "bold green") if report.sound else ("not sound", "bold red")
    entries, checkpoints = counted(report.entries, "entry"), counted(report.checkpoints, "checkpoint")
    out.print(Text.assemble(verdict, f": {report.origin}, {entries}, {checkpoints}, {report.subjects:,} people"))
    for each in report.findings:
        where = "" if each.first is None else f"entry {each.first:,}: "
        if each.first is not None and each.last not in {None, each.first}:
            where = f"entries {each.first:,} to {each.last:,}: "
        out.print(
            Text.assemble(("✗ ", "bold red"), f"{where}{each.message} ", (f"[{each.check}]", "dim")), soft_wrap=True
        )
        if each.remedy:
            out.print(Text(f"  → {each.remedy}", style="dim"), soft_wrap=True)
    for line in report.notes:
        out.print(Text(f"· {line}", style="dim"), soft_wrap=True)


def print_replay(report: ReplayReport, as_json: bool) -> None:
    """What ``ledger replay`` found."""
    if as_json:
        print_document(report)
        return
    out = console()
    verdict = ("decided alike", "bold green") if report.same else ("decided otherwise", "bold red")
    effect = report.replayed_effect or "no such purpose"
    out.print(Text.assemble(verdict, f": entry {report.entry:,}, {effect}"))
    then, now = report.recorded_policy[:_SHORT], report.replayed_policy[:_SHORT]
    out.print(f"policies {then}" + ("" if then == now else f" then, {now} now"))
    if report.differences:
        shown = table("where", "then", "now")
        for each in report.differences:
            shown.add_row(each.path, _brief(each.recorded), _brief(each.replayed))
        out.print(shown)


def _brief(value: Any) -> str:
    text = value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def print_proven(proven: ProvenReceipt, file: Path, as_json: bool) -> None:
    """What ``receipt verify`` found."""
    if as_json:
        print_document(proven)
        return
    out = console()
    line = f": {file} is of entry {proven.number:,} of {proven.origin}, which had {counted(proven.size, 'entry')}"
    out.print(Text.assemble(("proven", "bold green"), line), soft_wrap=True)
    out.print(f"released to {proven.supplier} for {proven.purpose}, to be deleted by {proven.delete_by}")
    out.print(f"release sha256:{proven.released}", soft_wrap=True)


def print_attested(shown: ShownEntry, day: date, number: int, as_json: bool) -> None:
    """What ``attest`` did."""
    if as_json:
        document = {"entry": number, "release": shown.id, "deleted_on": str(day)}
        print(json.dumps(document, indent=2))
        return
    console().print(f"recorded in entry {number:,}: the release of entry {shown.number:,} was deleted on {day}")
