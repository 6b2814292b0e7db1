"""The matrix: which field each purpose gives to whom, in what form, and on what it hangs."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import Field

from narrowgate.model.base import Document
from narrowgate.model.rule import RuleAt


class Condition(Document):
    """What a form hangs on, beside the agreement."""

    kind: Literal["supplier", "attribute", "columns", "record"]
    """Who receives, what the request says, which other columns the export holds, or what a record says."""
    text: str
    """In words, to stand after “if”."""
    rules: tuple[RuleAt, ...] = ()


class MatrixForm(Document):
    """A form in which a field leaves."""

    action: dict[str, Any]
    brief: str
    """In a word or two."""
    words: str
    reason: str
    rules: tuple[RuleAt, ...]
    suppliers: tuple[str, ...]
    """Who gets it so; for a form of single records, whoever gets the field at all."""
    conditions: tuple[Condition, ...] = ()


class MatrixCell(Document):
    """A field under a purpose."""

    purpose: str
    field: str
    forms: tuple[MatrixForm, ...] = ()
    """None: nobody gets it."""
    withheld: tuple[str, ...] = ()
    """Why it is withheld, where it is."""


class MatrixRefusal(Document):
    """An agreement in force under which a request is refused all the same."""

    supplier: str
    said: dict[str, str]
    """The request's attributes; and its format and source, where rules go by them."""
    reasons: tuple[str, ...]


class MatrixPurpose(Document):
    """A purpose, as a column of the matrix."""

    purpose: str
    title: str
    file: str
    suppliers: tuple[str, ...]
    """With whom an agreement is in force on the day."""
    refusals: tuple[MatrixRefusal, ...] = ()
    reads: tuple[str, ...] = ()
    """The fields by which records are judged: not every record leaves."""


class MatrixField(Document):
    """A field, as a row of the matrix."""

    field: str
    title: str
    category: str
    sensitivity: str


class Matrix(Document):
    """Purposes by fields, as decided on a day under every agreement in force, whatever the attributes say.

    Each field was asked about alone and together with all others: what hangs on other combinations of columns is not
    told.
    """

    on: date
    policy: str
    """Digest of the policies that decided."""
    purposes: tuple[MatrixPurpose, ...]
    fields: tuple[MatrixField, ...]
    """The fields that somebody receives, or all where all were asked for."""
    unreceived: tuple[str, ...]
    """The fields that nobody receives, of those that were asked about."""
    cells: tuple[MatrixCell, ...]
    """One for each of ``fields`` and ``purposes``."""
    situations: int = Field(ge=0)
    """How many requests were decided."""
