"""Presenting what would leave otherwise."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from rich.console import Console
from rich.text import Text

from narrowgate.cli.asking import put
from narrowgate.cli.render import console, table
from narrowgate.model.actions import parse_action
from narrowgate.model.diff import DiffReport, Direction, FieldChange, TermChange
from narrowgate.model.wording import counted

_STYLES: dict[Direction, str] = {"widens": "bold red", "changes": "yellow", "narrows": "green"}
_HEADINGS: dict[Direction, str] = {
    "widens": "More would leave",
    "changes": "It would leave in another form",
    "narrows": "Less would leave",
}


def written_diff(report: DiffReport, written: Literal["table", "md", "json"], output: Path | None) -> None:
    """What ``policy diff`` found, to standard output or into a file."""
    if written == "md":
        put(_markdown(report), output)
    elif written == "json":
        text = json.dumps(report.model_dump(mode="json"), indent=2, ensure_ascii=False)
        put(f"{text}\n", output)
    elif output is None:
        _print(report, console())
    else:
        plain = io.StringIO()
        _print(report, console(file=plain))
        put(plain.getvalue(), output)


def _print(report: DiffReport, out: Console) -> None:
    if report.fields:
        people = report.people_affected is not None
        shown = table("", "purpose", "field", "was", "would be", "for", "where", *(["people"] if people else []))
        for change in report.fields:
            shown.add_row(
                Text(change.direction, style=_STYLES[change.direction]),
                change.purpose,
                ", ".join(change.fields),
                _form(change.before),
                _form(change.after),
                ", ".join(change.suppliers),
                _where(change),
                *([f"{change.people:,}"] if change.people is not None else []),
            )
        out.print(shown)
    if report.terms:
        shown = table("", "purpose", "term", "was", "would be", "for")
        for term in report.terms:
            direction = Text(term.direction, style=_STYLES[term.direction])
            shown.add_row(direction, term.purpose, term.term, term.before, term.after, ", ".join(term.suppliers))
        out.print(shown)
    for line in _remarks(report):
        out.print(line, soft_wrap=True)
    verdict, style = _verdict(report)
    out.print(Text(verdict, style=style), soft_wrap=True)


def _markdown(report: DiffReport) -> str:
    return "\n".join(_markdown_lines(report)) + "\n"


def _markdown_lines(report: DiffReport) -> Iterator[str]:
    yield f"## {_verdict(report)[0]}"
    yield ""
    yield f"`{report.new}` against `{report.old}`, {counted(report.situations, 'situation')} compared."
    for direction, heading in _HEADINGS.items():
        fields = [change for change in report.fields if change.direction == direction]
        terms = [change for change in report.terms if change.direction == direction]
        if fields or terms:
            yield from ("", f"### {heading}", "")
            yield from (f"- {_sentence(change)}" for change in fields)
            yield from (f"- {_term_sentence(change)}" for change in terms)
    if remarks := list(_remarks(report)):
        yield ""
        yield from (f"> {remark}" for remark in remarks)


def _sentence(change: FieldChange) -> str:
    fields = ", ".join(f"`{name}`" for name in change.fields)
    said = f"**{change.purpose}**: {fields} {_form(change.before)} → {_form(change.after)}"
    said += f", for {', '.join(change.suppliers)}"
    where = _where(change)
    said += f", where {where}" if where else ""
    if change.people is None:
        return said
    affected = "affected" if change.direction == "narrows" else "newly affected"
    return f"{said}; {_people(change.people)} {affected}"


def _term_sentence(change: TermChange) -> str:
    suppliers = ", ".join(change.suppliers)
    return f"**{change.purpose}**: {change.term} {change.before} → {change.after}, for {suppliers}"


def _remarks(report: DiffReport) -> Iterator[str]:
    for each in report.not_compared:
        yield f"{each.purpose} cannot be compared: {'; '.join(each.obstacles)}"
    yield from (f"{each}, by which records are judged: nobody is counted" for each in report.not_counted)
    for conflict in report.conflicts:
        yield f"{conflict}; such requests are refused"
    if report.people_affected:
        yield f"of {_people(report.people_affected)} in the export more would leave"


def _people(number: int) -> str:
    return "1 person" if number == 1 else f"{number:,} people"


def _verdict(report: DiffReport) -> tuple[str, str]:
    if report.widens:
        return "more would leave", "bold red"
    if report.not_compared:
        return "it cannot be said that no more would leave", "bold red"
    if report.fields or report.terms:
        return "nothing more would leave", "bold green"
    return "the same would leave", "bold green"


def _where(change: FieldChange) -> str:
    return "; ".join(map(str, change.where))


def _form(document: dict[str, Any] | None) -> str:
    action = None if document is None else parse_action(document)
    return "withheld" if action is None else action.describe()
