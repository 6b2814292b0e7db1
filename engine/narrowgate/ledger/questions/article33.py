"""A draft of what UK GDPR Article 33(3) asks of a controller who reports a breach, from what the supplier held."""

from __future__ import annotations

from collections.abc import Iterator

from narrowgate.model.breach import BreachReport, Extent
from narrowgate.model.wording import counted

_MOST_RELEASES = 20
BLANK = "**[to be filled in by the controller:"
_CONSEQUENCES = {
    "identifier": "impersonation of officers and staff towards the force and its suppliers",
    "identity": "identity fraud",
    "photo": "recognition of officers, of those in covert or sensitive roles above all; forged warrant cards",
    "diversity": "discrimination, and distress",
    "employment": "targeting of individuals by their role or place of work",
    "contact": "unwanted contact, harassment and attacks at home; phishing",
    "next of kin": "harm to relatives",
    "pay": "financial profiling and pressure",
    "bank": "financial fraud",
    "vetting": "coercion, and targeting of those with access to sensitive material",
    "health": "distress, discrimination and pressure",
    "uniform": "forged uniforms",
}


def draft(report: BreachReport) -> str:
    """The draft, in Markdown. What only the controller knows is marked as blank."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: BreachReport) -> Iterator[str]:
    yield f"# Personal data breach at {report.supplier}: draft notification"
    yield ""
    yield (
        "Facts for a notification under Article 33(3) of the UK GDPR, drawn from the disclosure ledger: what "
        f"{report.supplier} held {window(report)}. Article 33(1) asks for it within 72 hours of becoming aware."
    )
    yield from ("", f"- What happened, when, and when it became known: {BLANK} circumstances, dates and times]**")
    yield f"- What of the data below was affected: {BLANK} all of it, unless the supplier shows otherwise]**"
    yield from ("", "## (a) Nature of the breach", "")
    yield "- Categories of data subjects: police officers and police staff"
    yield f"- Approximate number of data subjects: {people(report)}"
    yield f"- Approximate number of records: {report.records:,} in {counted(len(report.releases), 'release')}"
    yield from _table(
        ("category", "fields", "people"),
        ((each.category, ", ".join(each.fields), people(each)) for each in report.categories),
    )
    yield from _table(
        ("field", "form in which it left", "people", "last released"),
        ((each.field, "; ".join(each.forms), people(each), str(each.last)) for each in report.fields),
    )
    yield from _releases(report)
    yield from ("", "## (b) Contact", "", f"{BLANK} name and contact details of the data protection officer]**")
    yield from ("", "## (c) Likely consequences", "")
    yield from _consequences(report)
    yield from ("", "## (d) Measures", "")
    yield f"- Taken or proposed to address the breach: {BLANK} …]**"
    yield f"- To mitigate its possible adverse effects: {BLANK} …]**"
    yield "- Before the breach: only fields that the purpose's policy permits left, and each release was recorded."
    yield (
        "- Who is affected, person by person: `narrowgate breach "
        f"{report.supplier} --as csv`; whether they are to be told, Article 34: {BLANK} …]**"
    )


def _releases(report: BreachReport) -> Iterator[str]:
    late, shown = report.overdue, report.releases[-_MOST_RELEASES:]
    yield ""
    if late.releases:
        yield (
            f"{counted(late.releases, 'release')} should have been deleted before {report.last}, and no deletion in "
            f"time was attested: data of {people(late)} people."
        )
    else:
        yield "None of the releases was held beyond the day by which it was to be deleted."
    yield from _table(
        ("entry", "requested", "purpose", "agreement", "people", "delete by", "attested deleted"),
        (
            (
                *(str(each.entry), str(each.requested_on), each.purpose, each.agreement, f"{each.people:,}"),
                f"{each.delete_by}{' (overdue)' if each.overdue else ''}",
                str(each.deleted_on or "no"),
            )
            for each in reversed(shown)
        ),
    )
    if len(report.releases) > len(shown):
        yield from ("", f"and {counted(len(report.releases) - len(shown), 'earlier release')}.")


def _consequences(report: BreachReport) -> Iterator[str]:
    for each in report.categories:
        if what := _CONSEQUENCES.get(each.category):
            yield f"- {each.category} ({people(each)} people): {what}"
    special = [each.field for each in report.fields if each.sensitivity == "special"]
    if special:
        yield f"- {', '.join(special)}: special categories of personal data (Article 9)"
    operational = [each.field for each in report.fields if each.sensitivity == "operational"]
    if operational:
        yield f"- {', '.join(operational)}: operationally sensitive; tell those who look after covert officers"
    yield f"- {BLANK} how likely and how severe these are in the circumstances]**"


def window(report: BreachReport) -> str:
    """``from 2026-01-01 to 2026-06-01``."""
    return f"from {report.first} to {report.last}" if report.first else f"up to {report.last}"


def people(extent: Extent) -> str:
    """``1,204``, or ``1,204 (at most 1,210)`` where records do not say whose they are."""
    return f"{extent.people:,} (at most {extent.at_most:,})" if extent.unidentified else f"{extent.people:,}"


def _table(headers: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    yield ""
    yield f"| {' | '.join(headers)} |"
    yield f"|{'---|' * len(headers)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |"
