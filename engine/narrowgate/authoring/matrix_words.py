"""What is said of the matrix wherever it is shown: its heading, its notes, and what does not fit into its cells."""

from __future__ import annotations

from collections.abc import Iterator

from narrowgate.model.matrix import Condition, Matrix, MatrixCell, MatrixForm
from narrowgate.model.wording import counted


class Notes:
    """What stands below the matrix, numbered as it comes up in it."""

    def __init__(self, matrix: Matrix) -> None:
        forms = (form for cell in matrix.cells for form in cell.forms)
        texts = dict.fromkeys(self.text(condition) for form in forms for condition in form.conditions)
        self._numbers = {text: number for number, text in enumerate(texts, 1)}

    def marks(self, form: MatrixForm) -> tuple[int, ...]:
        """The numbers of what a form hangs on."""
        return tuple(self._numbers[self.text(condition)] for condition in form.conditions)

    def __iter__(self) -> Iterator[tuple[int, str]]:
        return ((number, text) for text, number in self._numbers.items())

    @staticmethod
    def text(condition: Condition) -> str:
        """A condition as a note."""
        if condition.kind == "record":
            return f"for records where {condition.text}"
        places = ", ".join(dict.fromkeys(str(rule) for rule in condition.rules))
        return f"only if {condition.text}" + (f" ({places})" if places else "")


def cells_of(matrix: Matrix) -> dict[tuple[str, str], MatrixCell]:
    """The cells by field and purpose."""
    return {(cell.field, cell.purpose): cell for cell in matrix.cells}


def heading(matrix: Matrix) -> str:
    """What the matrix is of."""
    return f"what leaves on {matrix.on}, by field and purpose"


def sentence(text: str) -> str:
    """A line with a capital."""
    return text[:1].upper() + text[1:]


def remarks(matrix: Matrix, to_see_all: str) -> Iterator[str]:
    """What else is to be said of the matrix, a line each.

    Args:
        to_see_all: how fields that nobody receives can be seen, ``--all shows them``.
    """
    refused: dict[str, None] = {}
    for purpose in matrix.purposes:
        if not purpose.suppliers:
            refused[f"{purpose.purpose}: no agreement is in force, so nobody receives anything"] = None
        for each in purpose.refusals:
            asked = " and ".join(f"{name} is {value}" for name, value in each.said.items())
            where = f" if {asked}" if asked else " if no attribute is given" if len(purpose.refusals) > 1 else ""
            refused[f"{purpose.purpose}: {each.supplier} is refused{where}: {'; '.join(each.reasons)}"] = None
    yield from refused
    shown = {field.field for field in matrix.fields}
    hidden = [field for field in matrix.unreceived if field not in shown]
    if hidden:
        yield f"nobody receives {counted(len(hidden), 'other field')}; {to_see_all}"
