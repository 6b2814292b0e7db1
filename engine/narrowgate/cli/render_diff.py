"""Presenting what would leave otherwise."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.text import Text

from narrowgate.authoring.diff.words import HEADINGS, form, people, remarks, verdict
from narrowgate.cli.asking import put
from narrowgate.cli.render import PIPE_WIDTH, table
from narrowgate.cli.reports import finish_report, report_console
from narrowgate.model.diff import DiffReport, Direction, FieldChange, TermChange
from narrowgate.model.wording import counted

_STYLES: dict[Direction, str] = {"widens": "bold red", "changes": "yellow", "narrows": "green"}
_WIDE = 120
"""Columns of a terminal in which a table of changes can be read."""


def written_diff(report: DiffReport, written: Literal["table", "md", "json"], output: Path | None) -> None:
    """What ``policy diff`` found, to standard output or into a file."""
    if written == "md":
        put(_markdown(report), output)
    elif written == "json":
        text = json.dumps(report.model_dump(mode="json"), indent=2, ensure_ascii=False)
        put(f"{text}\n", output)
    else:
        out = report_console(output, PIPE_WIDTH)
        _print(report, out)
        finish_report(out, output)


def _print(report: DiffReport, out: Console) -> None:
    if out.width < _WIDE:
        _print_sentences(report, out)
    else:
        _print_tables(report, out)
    for line in remarks(report):
        out.print(line, soft_wrap=True)
    said, is_grave = verdict(report)
    out.print(Text(said, style="bold red" if is_grave else "bold green"), soft_wrap=True)


def _print_tables(report: DiffReport, out: Console) -> None:
    if report.fields:
        counts = report.people_affected is not None
        shown = table("", "purpose", "field", "was", "would be", "for", "where", *(["people"] if counts else []))
        for change in report.fields:
            shown.add_row(
                _direction(change),
                change.purpose,
                ", ".join(change.fields),
                form(change.before),
                form(change.after),
                ", ".join(change.suppliers),
                "; ".join(map(str, change.where)),
                *([f"{change.people:,}"] if change.people is not None else []),
            )
        out.print(shown)
    if report.terms:
        shown = table("", "purpose", "term", "was", "would be", "for")
        for term in report.terms:
            suppliers = ", ".join(term.suppliers)
            shown.add_row(_direction(term), term.purpose, term.term, term.before, term.after, suppliers)
        out.print(shown)


def _print_sentences(report: DiffReport, out: Console) -> None:
    """What would not fit into a table's columns."""
    shown = table("", "")
    shown.show_header = False
    for change in report.fields:
        shown.add_row(_direction(change), f"{change.purpose}: {_sentence(change, str)}")
    for term in report.terms:
        shown.add_row(_direction(term), f"{term.purpose}: {_term_sentence(term, str)}")
    out.print(shown)


def _direction(change: FieldChange | TermChange) -> Text:
    return Text(change.direction, style=_STYLES[change.direction])


def _markdown(report: DiffReport) -> str:
    return "\n".join(_markdown_lines(report)) + "\n"


def _markdown_lines(report: DiffReport) -> Iterator[str]:
    yield f"## {verdict(report)[0]}"
    yield ""
    yield f"{_code(report.new)} against {_code(report.old)}, {counted(report.situations, 'situation')} compared."
    for direction, heading in HEADINGS.items():
        fields = [change for change in report.fields if change.direction == direction]
        terms = [change for change in report.terms if change.direction == direction]
        if fields or terms:
            yield from ("", f"### {heading}", "")
            yield from (f"- **{_code(change.purpose)}**: {_sentence(change, _code)}" for change in fields)
            yield from (f"- **{_code(change.purpose)}**: {_term_sentence(change, _code)}" for change in terms)
    for remark in remarks(report, _code):
        yield from ("", f"> {remark}")


def _code(text: str) -> str:
    """A text as Markdown shows it unchanged, and GitHub calls nobody for it."""
    line = " ".join(text.split())
    fence = "`" * (1 + max(map(len, re.findall("`+", line)), default=0))
    return f"{fence} {line} {fence}" if "`" in line or not line else f"{fence}{line}{fence}"


def _sentence(change: FieldChange, quote: Callable[[str], str]) -> str:
    """A change of fields, but for the purpose.

    Args:
        quote: shows what somebody has written.
    """
    said = ", ".join(map(quote, change.fields))
    said += f" {form(change.before, quote)} → {form(change.after, quote)}"
    said += f", for {', '.join(map(quote, change.suppliers))}"
    where = "; ".join(f"{_named(each.what, quote)} {', '.join(map(quote, each.values))}" for each in change.where)
    said += f", where {where}" if where else ""
    if change.people is None:
        return said
    affected = "affected" if change.direction == "narrows" else "newly affected"
    return f"{said}; {people(change.people)} {affected}"


def _named(what: str, quote: Callable[[str], str]) -> str:
    """The name of a part of a situation; that of an attribute may be anything."""
    return what if re.fullmatch(r"[a-z0-9]+(?:[_.][a-z0-9]+)*", what) else quote(what)


def _term_sentence(change: TermChange, quote: Callable[[str], str]) -> str:
    suppliers = ", ".join(map(quote, change.suppliers))
    return f"{change.term} {quote(change.before)} → {quote(change.after)}, for {suppliers}"
