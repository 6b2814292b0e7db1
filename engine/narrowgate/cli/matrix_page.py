"""The matrix as a page of its own: plain HTML, nothing fetched, nothing run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path

from narrowgate.authoring.matrix_words import Notes, cells_of, heading, remarks, sentence
from narrowgate.cli.render_matrix import TO_SEE_ALL
from narrowgate.model.matrix import Matrix, MatrixCell, MatrixField, MatrixForm, MatrixPurpose

_STYLE = Path(__file__).with_name("matrix_page.css")
_CLASSES = {"keep": "keep", "drop": "drop"}


def page(matrix: Matrix) -> str:
    """The matrix as HTML."""
    notes, title = Notes(matrix), escape(sentence(heading(matrix)))
    table = "\n".join(_table(matrix, notes))
    return f"""\
<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
{_STYLE.read_text(encoding="utf-8")}</style>
</head>
<body>
<main>
<h1 id="title">{title}</h1>
<p class="about">As OPA decided it in {matrix.situations:,} situations, by the policies
<code>{escape(matrix.policy[:12])}</code>. What is not named here is withheld.</p>
<div class="scroll" role="region" aria-labelledby="title" tabindex="0">
<table>
{table}
</table>
</div>
{_notes(notes)}{_remarks(matrix)}<h2>Which rule decides</h2>
{_details(matrix)}
</main>
</body>
</html>
"""


def _table(matrix: Matrix, notes: Notes) -> Iterator[str]:
    cells = cells_of(matrix)
    heads = "".join(_head(purpose) for purpose in matrix.purposes)
    yield f'<thead><tr><th scope="col">field</th>{heads}</tr></thead>'
    yield "<tbody>"
    for row in matrix.fields:
        tds = "".join(f"<td>{_cell(cells[row.field, purpose.purpose], notes)}</td>" for purpose in matrix.purposes)
        yield f"<tr>{_row_head(row)}{tds}</tr>"
    yield "</tbody>"


def _head(purpose: MatrixPurpose) -> str:
    suppliers = ", ".join(purpose.suppliers) or "no agreement in force"
    name = escape(purpose.purpose).replace("_", "_<wbr>")
    return f'<th scope="col">{name}<span class="small">{escape(suppliers)}</span></th>'


def _row_head(row: MatrixField) -> str:
    about = f"{row.category}, {row.sensitivity}"
    return f'<th scope="row">{escape(row.field)}<span class="small">{escape(about)}</span></th>'


def _cell(cell: MatrixCell, notes: Notes) -> str:
    if not cell.forms:
        return '<span class="nothing" aria-hidden="true">–</span><span class="unseen">withheld</span>'
    return "<br>".join(_form(form) + _marks(notes.marks(form)) for form in cell.forms)


def _form(form: MatrixForm) -> str:
    kind = _CLASSES.get(form.brief, "changed")
    return f'<span class="form {kind}" title="{escape(form.words)}">{escape(form.brief)}</span>'


def _marks(numbers: Iterable[int]) -> str:
    return "".join(f'<sup><a href="#note-{number}">{number}</a></sup>' for number in numbers)


def _notes(notes: Notes) -> str:
    items = "".join(f'<li id="note-{number}">{escape(text)}</li>\n' for number, text in notes)
    return f"<h2>Notes</h2>\n<ol>\n{items}</ol>\n" if items else ""


def _remarks(matrix: Matrix) -> str:
    return "".join(f"<p>{escape(sentence(line))}.</p>\n" for line in remarks(matrix, TO_SEE_ALL))


def _details(matrix: Matrix) -> str:
    return "\n".join(_of_purpose(matrix, purpose) for purpose in matrix.purposes if purpose.suppliers)


def _of_purpose(matrix: Matrix, purpose: MatrixPurpose) -> str:
    """Every form in which a purpose gives something, with the rules that say so."""
    rows = "".join(
        f'<tr><th scope="row">{escape(cell.field)}</th><td>{escape(form.words)}</td>'
        f"<td>{escape(', '.join(form.suppliers))}</td><td>{_places(form)}</td>"
        f"<td>{escape('; '.join(map(Notes.text, form.conditions)))}</td></tr>\n"
        for cell in matrix.cells
        if cell.purpose == purpose.purpose
        for form in cell.forms
    )
    reads = f"<p>Records are judged by {escape(' and '.join(purpose.reads))}.</p>\n" if purpose.reads else ""
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("field", "leaves", "to", "rule", "condition"))
    return (
        f"<details><summary>{escape(purpose.title)} (<code>{escape(purpose.file)}</code>)</summary>\n{reads}"
        f"<table><thead><tr>{heads}</tr></thead><tbody>\n{rows}</tbody></table></details>"
    )


def _places(form: MatrixForm) -> str:
    return ", ".join(f"<code>{escape(str(rule))}</code>" for rule in form.rules)
