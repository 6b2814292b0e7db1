"""Presenting outcomes: tables for people, documents for machines."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import BaseModel
from rich.console import Console
from rich.table import Table
from rich.text import Text

from narrowgate.cli.options import STDIN
from narrowgate.inspection.summary import Summary
from narrowgate.model.actions import parse_action
from narrowgate.model.check import CheckReport
from narrowgate.model.entry import ColumnOutcome, Pictures, ReleaseEntry
from narrowgate.model.inspection import InspectionReport
from narrowgate.model.receipt import Receipt
from narrowgate.model.wording import counted
from narrowgate.plan.explanation import Explanation

PIPE_WIDTH = 160
"""Columns of what is printed where there is no terminal."""


def console(stderr: bool = False) -> Console:
    """Where to print: as wide as the terminal, or wide and plain into a pipe."""
    made = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    if not made.is_terminal:
        made.width = PIPE_WIDTH
    return made


def print_document(document: BaseModel) -> None:
    """A document as JSON."""
    print(json.dumps(document.model_dump(mode="json", by_alias=True), indent=2, ensure_ascii=False))


@contextmanager
def progress_bar(file: Path, what: str) -> Iterator[Callable[[int], None]]:
    """A bar over the bytes of ``file`` while standard error is a terminal; else nothing."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        size = file.stat().st_size if file.is_file() else None
        task = progress.add_task(what, total=size)
        yield lambda count: progress.advance(task, count)


@contextmanager
def steps(what: str, total: int) -> Iterator[Callable[[str], None]]:
    """A bar over so many steps while standard error is a terminal; else nothing. It is told each step's name."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=total)
        yield lambda name: progress.update(task, advance=1, description=f"{what} {name}")


def print_release(receipt: Receipt, output: Path, receipt_to: Path, as_json: bool) -> None:
    """What ``filter`` did. Goes to standard error where the release itself goes to standard output."""
    if as_json and output != STDIN:
        print_document(receipt)
        return
    out = console(stderr=output == STDIN)
    entry = receipt.entry
    request, records = entry.request, entry.records
    out.print(
        Text.assemble(
            ("released", "bold green"),
            f" {records.released:,} of {records.read:,} records to {request.supplier} for {request.purpose}",
            "" if output == STDIN else f" in {output}",
        )
    )
    out.print(_columns_table(entry))
    if entry.unknown_columns:
        out.print(f"withheld besides: {counted(entry.unknown_columns, 'column')} that the catalogue does not know")
    for reason, count in records.reasons.items():
        out.print(f"withheld {counted(count, 'record')}: {reason}")
    if entry.pictures:
        out.print(_pictures_line(entry.pictures))
    summary = Summary(1)
    summary.add(finding for finding in entry.hidden if finding.severity != "low")
    for finding in summary.findings():
        out.print(f"left behind: {finding.title} ({finding.amount()})")
    for field, value in entry.constants.items():
        out.print(f"taken for granted, as the source says: {field} is {value}")
    owed = entry.obligations
    if entry.unidentified:
        out.print(f"{counted(entry.unidentified, 'record')} released that do not say whose they are")
    out.print(f"to be deleted by {owed.delete_by} under {owed.agreement}")
    out.print(f"entry {receipt.number:,} of the ledger; receipt in {receipt_to}")


def _columns_table(entry: ReleaseEntry) -> Table:
    shown = table("column", "leaves", "why, and what was found")
    withheld: dict[str, list[str]] = {}
    for column in entry.columns:
        if column.name is None:
            withheld.setdefault(column.reason, []).append(column.field)
            continue
        action = parse_action(column.action)
        name = column.field if column.name == column.field else f"{column.field} as {column.name}"
        style = "green" if column.action["action"] == "keep" else "yellow"
        why = "; ".join([column.reason, *_findings(column)])
        shown.add_row(name, Text(action.describe() if action else "", style=style), why)
    for reason, fields in withheld.items():
        shown.add_row(Text(", ".join(fields), style="dim"), Text("withheld", style="red"), reason)
    return shown


def _pictures_line(pictures: Pictures) -> str:
    stayed = [
        f"{counted(count, 'picture')} {what}"
        for count, what in (
            (pictures.missing, "missing"),
            (pictures.refused, "that cannot be decoded or would be absurdly large"),
            (pictures.unreferenced, "that no record names"),
        )
        if count
    ]
    return f"{counted(pictures.released, 'picture')} drawn anew" + (f"; withheld {', '.join(stayed)}" if stayed else "")


def _findings(column: ColumnOutcome) -> Iterator[str]:
    for form, count in column.overrides.items():
        yield f"{counted(count, 'cell')} {form}, by a rule for their records"
    if column.bad_cells:
        yield f"{counted(column.bad_cells, 'cell')} withheld that the catalogue does not allow"
    for of, count in column.leaks.items():
        yield f"{counted(count, 'cell')} withheld in which the {of} stood"
    if column.formulas:
        yield f"{counted(column.formulas, 'cell')} that a spreadsheet would run"


def print_check(report: CheckReport, file: Path, as_json: bool) -> None:
    """What ``check`` found."""
    if as_json:
        print_document(report)
        return
    out = console()
    verdict = ("compliant", "bold green") if report.compliant else ("not compliant", "bold red")
    request = report.request
    out.print(Text.assemble(verdict, f": {file} for {request.supplier}, {request.purpose}, on {request.on}"))
    for objection in report.objections:
        out.print(f"  {objection}", soft_wrap=True)
    if report.records == "judged at release":
        out.print(f"  its records were judged when it was released (receipt {(report.receipt or '')[:12]})")


_MOST_PLACES = 3
"""At which a channel is shown to people place by place; the document for machines has all."""


def print_inspection(report: InspectionReport, file: Path, as_json: bool) -> None:
    """What ``inspect`` found."""
    if as_json:
        print_document(report)
        return
    out = console()
    if report.clean:
        out.print(Text.assemble(("nothing hidden", "bold green"), f" in {file}, which is {report.kind}"))
        return
    channels = counted(len({finding.channel for finding in report.findings}), "hidden channel")
    out.print(Text.assemble((channels, "bold red"), f" in {file}, which is {report.kind}"))
    shown = table("severity", "channel", "where", "how much", "what to do")
    styles = {"high": "bold red", "medium": "yellow", "low": "dim"}
    summary = Summary(_MOST_PLACES)
    summary.add(report.findings)
    for finding in summary.findings():
        severity = Text(finding.severity, style=styles[finding.severity])
        shown.add_row(severity, finding.title, finding.place(), finding.amount(), finding.remedy)
    out.print(shown)


def print_explanation(explanation: Explanation, as_json: bool) -> None:
    """What ``explain`` says."""
    if as_json:
        print_document(explanation)
        return
    out, request = console(), explanation.request
    released = explanation.effect == "release"
    effect = ("released", "bold green") if released else ("refused", "bold red")
    out.print(Text.assemble("would be ", effect, f": {request.purpose} for {request.supplier} on {request.on}"))
    for reason in explanation.reasons:
        out.print(f"  {reason}")
    shown = table("column", "leaves", "why", "rule", "for it to leave")
    shown.columns[3].no_wrap = out.width >= PIPE_WIDTH
    styles = {"kept": "green", "changed": "yellow", "withheld": "red"}
    for column in explanation.columns:
        rules = ", ".join(dict.fromkeys(str(rule) for rule in column.rules))
        form = Text(column.form, style=styles[column.outcome])
        shown.add_row(column.field, form, column.reason, rules, column.to_change)
    out.print(shown)
    if explanation.purpose_file:
        out.print(f"rules of the purpose stand in {explanation.purpose_file}")
    if explanation.unknown_columns:
        out.print(f"unknown to the catalogue, and withheld: {', '.join(explanation.unknown_columns)}")
        out.print("  for one to leave: map it to a field in a source, or add it to the catalogue; then permit it")
    if explanation.record_rules:
        out.print(f"each record is judged by {' and '.join(explanation.reads)}:")
        for rule in explanation.record_rules:
            out.print(f"  {rule.rule} ({rule})")


def table(*headers: str) -> Table:
    """A plain table with these headers."""
    made = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for header in headers:
        made.add_column(header, overflow="fold")
    return made
