"""Presenting the matrix in a terminal, and as CSV and Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from narrowgate.authoring.matrix_words import Notes, cells_of, heading, remarks, sentence
from narrowgate.cli.reports import finish_report, report_console
from narrowgate.model.matrix import Matrix, MatrixCell, MatrixField, MatrixPurpose
from narrowgate.model.spreadsheet import csv_text

_GAP = 2
_STYLES = {"keep": "green", "drop": "red"}
TO_SEE_ALL = "--all shows them"


def print_matrix(matrix: Matrix, output: Path | None) -> None:
    """The matrix as a table, in as many parts as its width asks for."""
    out, notes, cells = report_console(output), Notes(matrix), cells_of(matrix)
    out.print(Text(heading(matrix), style="bold"))
    columns = [_Shown(purpose, matrix, cells, notes) for purpose in matrix.purposes if purpose.suppliers]
    width = max((len(field.field) for field in matrix.fields), default=0)
    for part in _parts(columns, out.width - width):
        _print_part(out, part, matrix.fields, len(part) == len(columns))
    for number, note in notes:
        out.print(f"[{number}] {note}", soft_wrap=True)
    for line in remarks(matrix, TO_SEE_ALL):
        out.print(line, soft_wrap=True)
    finish_report(out, output)


class _Shown:
    """A purpose as a column: its head, and the texts of its cells by field."""

    def __init__(
        self, purpose: MatrixPurpose, matrix: Matrix, cells: dict[tuple[str, str], MatrixCell], notes: Notes
    ) -> None:
        self.suppliers = "\n".join(purpose.suppliers)
        self.texts = {
            field.field: _text(cell, notes)
            for field in matrix.fields
            if (cell := cells[field.field, purpose.purpose]).forms
        }
        words = purpose.purpose.replace("_", "_ ").split()
        lines = [*words, *purpose.suppliers, *(text.plain for text in self.texts.values())]
        self.width = max(map(len, lines))
        self.head = _folded(words, self.width)


def _folded(words: Sequence[str], width: int) -> str:
    """The parts of a name, as many on a line as fit."""
    lines = [""]
    for word in words:
        if len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] += word
    return "\n".join(lines)


def _text(cell: MatrixCell, notes: Notes) -> Text:
    parts: list[Text | str | tuple[str, str]] = []
    for form in cell.forms:
        marks = "".join(f"[{number}]" for number in notes.marks(form))
        parts += [", " if parts else "", (form.brief, _STYLES.get(form.brief, "yellow")), f" {marks}" if marks else ""]
    return Text.assemble(*parts)


def _parts(columns: Sequence[_Shown], width: int) -> Iterator[list[_Shown]]:
    """The columns, as many at once as fit beside the fields."""
    part: list[_Shown] = []
    for column in columns:
        if part and sum(each.width + _GAP for each in [*part, column]) > width:
            yield part
            part = []
        part.append(column)
    if part:
        yield part


def _print_part(out: Console, part: Sequence[_Shown], fields: Sequence[MatrixField], whole: bool) -> None:
    shown = Table(box=None, pad_edge=False, header_style="bold", padding=(0, _GAP, 0, 0))
    shown.add_column("field", no_wrap=True, vertical="bottom")
    for column in part:
        shown.add_column(column.head, overflow="fold", vertical="bottom")
    shown.add_row("", *(Text(column.suppliers, style="dim") for column in part))
    for field in fields:
        if whole or any(field.field in column.texts for column in part):
            shown.add_row(field.field, *(column.texts.get(field.field, Text("")) for column in part))
    out.print(shown)
    out.print()


def matrix_csv(matrix: Matrix) -> str:
    """One line for each field, one column for each purpose, conditions in the cells."""
    cells = cells_of(matrix)
    names = [purpose.purpose for purpose in matrix.purposes]
    rows = [
        [row.field, row.title, row.category, row.sensitivity, *(_in_words(cells[row.field, name]) for name in names)]
        for row in matrix.fields
    ]
    return csv_text(["field", "title", "category", "sensitivity", *names], rows)


def _in_words(cell: MatrixCell) -> str:
    return "; ".join(
        " ".join([form.words, *(f"({Notes.text(condition)})" for condition in form.conditions)]) for form in cell.forms
    )


def matrix_markdown(matrix: Matrix) -> str:
    """A table with its notes, for a pull request or a wiki."""
    cells, notes = cells_of(matrix), Notes(matrix)
    lines = [f"# {sentence(heading(matrix))}", ""]
    lines.append(_line(["field", *(purpose.purpose for purpose in matrix.purposes)]))
    lines.append(_line(["---"] * (len(matrix.purposes) + 1)))
    lines.append(_line(["", *(", ".join(purpose.suppliers) for purpose in matrix.purposes)]))
    for row in matrix.fields:
        texts = (_text(cells[row.field, purpose.purpose], notes).plain for purpose in matrix.purposes)
        lines.append(_line([row.field, *texts]))
    closing = [*(f"[{number}] {note}" for number, note in notes), *remarks(matrix, TO_SEE_ALL)]
    lines += ["", *(f"* {_escaped(line)}" for line in closing)] if closing else []
    return "\n".join(lines) + "\n"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(map(_escaped, cells))} |"


def _escaped(text: str) -> str:
    """A text as Markdown shows it unchanged."""
    for character in "\\`*[]<>|":
        text = text.replace(character, f"\\{character}")
    return text.replace("\n", " ")
