"""The policy's answers: a decision for the request, a judgement for each record."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from narrowgate.model.base import Document


class ColumnAnswer(Document):
    """What happens to one column. ``action`` is kept as the policy wrote it; the plan knows whether it is one."""

    action: dict[str, Any]
    reason: str
    rules: tuple[str, ...] = ()
    """The rules that decided, as paths below ``data.narrowgate``."""


class Limits(Document):
    """What the agreement allows."""

    max_rows: int = Field(ge=0)
    max_bad_share: float = Field(ge=0, le=1)
    """Share of a column's cells that may break the catalogue before the export is refused."""
    on_leak: Literal["withhold", "refuse"]
    """What happens when a withheld value turns up inside a released cell."""
    on_hidden: Literal["refuse", "leave_out", "refuse_anything"]
    """What happens when the export hides cells: in hidden sheets, rows and columns, and outside its table. They are
    never read; ``refuse_anything`` also refuses what hides in other channels, as authors, comments and caches."""


class OutputColumn(Document):
    """A field's place and name in the release."""

    field: str
    name: str | None = Field(None, alias="as")


class CsvDialect(Document):
    """How a CSV or TSV release is written."""

    delimiter: str = Field(",", min_length=1, max_length=1)
    line_ending: Literal["lf", "crlf"] = "lf"
    bom: bool = False
    escape_formulas: bool = False
    """Put an apostrophe before cells that a spreadsheet would run."""


class Output(Document):
    """The shape of the release."""

    columns: tuple[OutputColumn, ...] = ()
    csv: CsvDialect = CsvDialect()


class Obligations(Document):
    """What the supplier takes on."""

    agreement: str
    lawful_basis: str
    retention_days: int = Field(ge=0)


class Decision(Document):
    """The policy's answer to a request."""

    effect: Literal["release", "refuse"]
    reasons: tuple[str, ...]
    columns: dict[str, ColumnAnswer]
    limits: Limits | None
    output: Output
    obligations: Obligations | None


class Judgement(Document):
    """The policy's answer for one record."""

    release: bool
    reasons: tuple[str, ...]
    override: dict[str, dict[str, Any]]
