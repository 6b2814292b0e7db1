"""Presenting what the ledger was asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from narrowgate.cli.render import console, print_document, table
from narrowgate.cli.reports import finish_report, report_console
from narrowgate.ledger.questions.article33 import people, window
from narrowgate.model.breach import BreachReport
from narrowgate.model.obligation import ObligationsReport
from narrowgate.model.person import PersonHolding, PersonReport
from narrowgate.model.ropa import Processing, RecordOfProcessing
from narrowgate.model.wording import counted

_MOST_RELEASES = 10


def print_breach(report: BreachReport, output: Path | None) -> None:
    """What ``breach`` says."""
    out = report_console(output)
    held = Text.assemble((f"{people(report)} people", "bold red" if report.at_most else "bold green"))
    releases = counted(len(report.releases), "release")
    out.print(Text.assemble(f"{report.supplier} held data of ", held, f" {window(report)}, from {releases}"))
    if report.fields:
        fields = table("field", "people", "category", "sensitivity", "left", "last")
        for each in report.fields:
            forms = "; ".join(each.forms)
            fields.add_row(each.field, people(each), each.category, each.sensitivity, forms, str(each.last))
        out.print(fields)
        categories = table("category", "people", "fields")
        for group in report.categories:
            categories.add_row(group.category, people(group), ", ".join(group.fields))
        out.print(categories)
    late = report.overdue
    if late.releases:
        line = f"{counted(late.releases, 'release')} with data of {people(late)} people"
        out.print(Text.assemble(("should have been deleted already: ", "bold red"), line), soft_wrap=True)
    if report.releases:
        _print_releases(out, report)
    finish_report(out, output)


def _print_releases(out: Console, report: BreachReport) -> None:
    shown = table("entry", "requested", "purpose", "agreement", "people", "delete by", "deleted")
    for each in report.releases[: -_MOST_RELEASES - 1 : -1]:
        by = Text(str(each.delete_by), style="red" if each.overdue else "")
        deleted = str(each.deleted_on or "")
        shown.add_row(
            *(f"{each.entry:,}", str(each.requested_on), each.purpose, each.agreement, f"{each.people:,}"), by, deleted
        )
    out.print(shown)
    if (more := len(report.releases) - _MOST_RELEASES) > 0:
        out.print(f"and {counted(more, 'earlier release')}; --as json has them all")


def print_person(report: PersonReport, as_json: bool) -> None:
    """What ``subject`` says."""
    if as_json:
        print_document(report)
        return
    out = console()
    held = [each for each in report.holdings if each.held]
    gone = [each for each in report.holdings if not each.held]
    if held:
        who = ", ".join(sorted({each.supplier for each in held}))
        out.print(Text.assemble("held by ", (who, "bold red")))
        _print_holdings(out, held)
    else:
        out.print("nobody holds anything about this person, as far as the ledger knows")
        if not report.known:
            out.print("it has met nobody of this identifier, or has erased them: is it the right kind of number?")
    if gone:
        out.print("no longer held, as the suppliers attest:")
        _print_holdings(out, gone)
    if report.unidentified:
        left = counted(report.unidentified, "released record")
        out.print(f"besides, {left} that suppliers hold do not say whose they are", soft_wrap=True)


def _print_holdings(out: Console, holdings: Sequence[PersonHolding]) -> None:
    """Fields that left alike share a line."""
    alike: dict[PersonHolding, list[str]] = {}
    for each in holdings:
        alike.setdefault(each.model_copy(update={"field": "", "category": ""}), []).append(each.field)
    for each, fields in alike.items():
        out.print(Text.assemble("  ", (each.supplier, "bold"), f" for {each.purpose}: {', '.join(fields)}"))
        days = str(each.last) if each.first == each.last else f"{each.first} to {each.last}"
        by = f"; to be deleted by {each.delete_by}" if each.delete_by else ""
        late = (f", {each.overdue:,} overdue" if each.overdue else "", "red")
        out.print(Text.assemble(f"    {counted(each.releases, 'release')}, {days}{by}", late))


def print_obligations(report: ObligationsReport, as_json: bool) -> None:
    """What ``obligations`` says."""
    if as_json:
        print_document(report)
        return
    out = console()
    due = (counted(report.due, "release"), "bold red" if report.due else "bold green")
    to_come = len(report.obligations) - report.due
    rest = f"; {to_come:,} to come" if to_come else ""
    out.print(Text.assemble(due, f" should have been deleted by {report.on}{rest}"))
    if not report.obligations:
        return
    shown = table("entry", "id", "supplier", "purpose", "delete by", "late")
    for each in report.obligations:
        late = Text(counted(each.days_late, "day") if each.due else "", style="red")
        shown.add_row(f"{each.entry:,}", each.id[:12], each.supplier, each.purpose, str(each.delete_by), late)
    out.print(shown)
    out.print("once the supplier says it has deleted one: narrowgate attest ENTRY")


ROPA_COLUMNS = (
    *("controller", "purpose", "title", "lawful basis", "Article 9 condition", "data subjects", "categories of data"),
    *("fields that may leave", "nothing may leave because", "recipient", "kind of recipient", "country"),
    *("transfer to a third country", "agreement", "status", "from", "until", "retention in days", "security measures"),
    *("releases", "records released", "people", "records of unknown people", "last release", "fields that left"),
)
"""Of the record as a table."""


def ropa_rows(record: RecordOfProcessing) -> Iterator[list[str | int]]:
    """The record as rows of ``ROPA_COLUMNS``."""
    for each in record.processing:
        recipient, left = each.recipient, each.left
        yield [
            *(record.controller or "", each.purpose, each.title or "", each.lawful_basis or ""),
            *(each.article_9_condition or "", "; ".join(each.data_subjects), _categories(each)),
            "; ".join(f"{field.field} ({' or '.join(field.forms)})" for field in each.fields),
            *("; ".join(each.refused), recipient.name, recipient.kind, recipient.country or ""),
            *(each.third_country or "", each.agreement, each.status, str(each.starts or ""), str(each.until or "")),
            "" if each.retention_days is None else each.retention_days,
            "; ".join(each.security),
            *(left.releases, left.records, left.people, left.unidentified),
            *(str(left.last or ""), "; ".join(left.fields)),
        ]


def _categories(processing: Processing) -> str:
    return "; ".join(dict.fromkeys(field.category for field in processing.fields))


def print_ropa(record: RecordOfProcessing, output: Path | None) -> None:
    """The record in short; the other forms have all of it."""
    out = report_console(output)
    out.print(f"record of processing of {record.controller or '(name the controller with --controller)'}, {record.on}")
    shown = table("purpose", "recipient", "agreement", "fields", "releases", "people")
    shown.columns[0].no_wrap = shown.columns[1].no_wrap = True
    for each in record.processing:
        where = f" ({each.third_country})" if each.third_country else ""
        status = "" if each.status == "in force" else f" ({each.status})"
        counts = (f"{count:,}" for count in (len(each.fields), each.left.releases, each.left.people))
        shown.add_row(each.purpose, each.recipient.id + where, each.agreement + status, *counts)
    out.print(shown)
    finish_report(out, output)
