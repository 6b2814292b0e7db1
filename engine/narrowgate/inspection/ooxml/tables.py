"""A declared table of a sheet (ECMA-376 part 1 §18.5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from narrowgate.inspection.markup import Attributes, Markup, local, unsound, walk
from narrowgate.inspection.ooxml.facts import area
from narrowgate.inspection.sheets import Area


@dataclass
class Table:
    """What a table's part says."""

    name: str = ""
    area: Area | None = None
    heads: int = 1
    totals: int = 0
    """Rows of heads and of totals."""
    criteria: int = 0
    """Columns that its filter looks at."""
    filtered: Area | None = None
    silent_totals: int = 0
    """Texts and formulas for a totals row that is not shown."""
    comment: bool = False
    styled: bool = False
    """Whether it brings colours of its own."""


def read_table(blocks: Iterable[bytes], where: str) -> Table:
    """What a table's part says.

    Raises:
        DataError: it is not sound.
    """
    table = Table()
    parents: list[str] = [""]

    def start(element: str, attributes: Attributes) -> None:
        name, parent = local(element), parents[-1]
        parents.append(name)
        if name == "table" and not parent:
            table.name = attributes.get("displayName") or attributes.get("name", "")
            table.area = area(attributes.get("ref", ""))
            table.heads = _whole(attributes, "headerRowCount", 1)
            table.totals = _whole(attributes, "totalsRowCount", 0)
            table.comment = bool(attributes.get("comment"))
        elif name == "autoFilter":
            table.filtered = area(attributes.get("ref", ""))
        elif parent == "filterColumn":
            table.criteria += name != "extLst"
        elif name == "tableColumn" and not table.totals:
            table.silent_totals += "totalsRowLabel" in attributes
        elif name == "tableStyleInfo":
            table.styled = attributes.get("name", "None") != "None"

    def end(_: str) -> None:
        parents.pop()

    try:
        walk(blocks, start, end)
    except Markup as error:
        raise unsound(where, error) from error
    return table


def _whole(attributes: Attributes, name: str, otherwise: int) -> int:
    try:
        return int(attributes.get(name, otherwise))
    except ValueError as error:
        raise Markup("a number in it is none") from error
