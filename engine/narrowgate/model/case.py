"""Cases: what a purpose is expected to release, written by its author. ``cases.yaml`` beside each purpose.

Records and requests that all cases of a repository share stand in ``policies/fixtures.yaml``.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from narrowgate.model.actions import action_schema
from narrowgate.model.base import Document
from narrowgate.model.decision import CsvDialect, OutputColumn
from narrowgate.model.history import Held, History, Windows

LIKE = "like"
"""The key of a record that names the record it differs from."""
BY_FIELD = "x-by-field"
"""Marks a mapping by field in a schema, into which the generated schemas write the catalogue's fields."""


def listed(value: object) -> object:
    """A list of what may be written as one thing alone."""
    return list(value) if isinstance(value, (list, tuple)) else [value]


_LISTED = Field(min_length=1)
Names = Annotated[tuple[str, ...], _LISTED, BeforeValidator(listed, json_schema_input_type=str | list[str])]
"""A name, or a list of them; the like below."""
Days = Annotated[tuple[date, ...], _LISTED, BeforeValidator(listed, json_schema_input_type=date | list[date])]
Counts = Annotated[tuple[int, ...], _LISTED, BeforeValidator(listed, json_schema_input_type=int | list[int])]
Attributes = dict[str, str]
AttributeSets = Annotated[
    tuple[Attributes, ...], _LISTED, BeforeValidator(listed, json_schema_input_type=Attributes | list[Attributes])
]

CellValue = str | int | float | bool | None
FieldAction = Annotated[str | dict[str, Any], WithJsonSchema(action_schema())]
"""The name of an action, or the whole action."""

FieldActions = Annotated[dict[str, FieldAction], Field(json_schema_extra={BY_FIELD: True})]
"""Action by field."""
RecordFields = Annotated[
    dict[str, CellValue],
    Field(
        description="Its fields. With `like: <record>` it is that record with other fields; null takes one away.",
        json_schema_extra={BY_FIELD: True},
    ),
]


class PeopleGiven(Document):
    """How many people's data the supplier has been given for the purpose, in the days up to the request's."""

    days_1: int = Field(0, ge=0)
    days_30: int = Field(0, ge=0)
    days_365: int = Field(0, ge=0)

    def history(self, purpose: str, rows: int) -> History:
        """As policies see it, when each of ``rows`` more records is about somebody new."""
        return {purpose: Windows(**{window: _held(people, rows) for window, people in self})}


def _held(people: int, rows: int) -> Held:
    return Held(people=people, records=people, people_after=people + rows, records_after=people + rows)


class CaseRequest(Document):
    """A request by name. The purpose is that of the folder, the day that of the file, unless said otherwise."""

    supplier: str
    purpose: str | None = None
    on: date | None = None
    format: str = "csv"
    columns: tuple[str, ...] | None = None
    """Default: every field that a record of the case has."""
    attributes: dict[str, str] = Field(default_factory=dict)
    row_count: int | None = Field(None, ge=0)
    history: PeopleGiven | None = None
    """What the supplier has been given before. Default: nothing."""


class ExpectedLimits(Document):
    """Limits of the release; those that are not named are not compared."""

    max_rows: int | None = None
    max_bad_share: float | None = None
    on_leak: Literal["withhold", "refuse"] | None = None
    on_hidden: Literal["refuse", "leave_out", "refuse_anything"] | None = None


class ExpectedOutput(Document):
    """Shape of the release; what is not named is not compared, and what is named is compared whole."""

    columns: tuple[OutputColumn, ...] | None = None
    csv: CsvDialect | None = None


class ExpectedObligations(Document):
    """What the supplier takes on; what is not named is not compared."""

    agreement: str | None = None
    lawful_basis: str | None = None
    retention_days: int | None = None


class Terms(Document):
    """On what terms a release is expected."""

    limits: ExpectedLimits | None = None
    output: ExpectedOutput | None = None
    obligations: ExpectedObligations | None = None
    drops: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Columns that a guardrail is expected to take away, each with its reasons."""


class Expectation(Terms):
    """What should come of it. What is not listed is expected to be withheld."""

    effect: Literal["release", "refuse"] = "release"
    reasons: tuple[str, ...] | None = None
    """Of a refusal; None: any."""
    columns: FieldActions = Field(default_factory=dict)
    """Action by field: a name, or the whole action."""
    released: tuple[str, ...] | None = None
    """Records that leave. None: all that ``withheld`` does not list."""
    withheld: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Records that do not leave, each with its reasons."""
    overrides: dict[str, FieldActions] = Field(default_factory=dict)
    """By record: actions by field that differ from the column's."""


class Case(Document):
    """One situation."""

    name: str
    request: str
    """Name of a request."""
    records: tuple[str, ...] = ()
    """Names of records."""
    expect: Expectation


class Row(Terms):
    """What a table expects of some of its combinations; what names none of an axis is about all of it."""

    supplier: Names | None = None
    purpose: Names | None = None
    record: Names | None = None
    day: Days | None = None
    format: Names | None = None
    row_count: Counts | None = None
    attributes: AttributeSets | None = None
    leaves: FieldActions | None = None
    """What leaves of the record: action by field."""
    withheld: tuple[str, ...] | None = None
    """Why the record does not leave; empty: for any reason."""
    refused: tuple[str, ...] | None = None
    """Why the request is refused; empty: for any reason."""

    @model_validator(mode="after")
    def _says_one_thing(self) -> Row:
        if sum(each is not None for each in (self.leaves, self.withheld, self.refused)) != 1:
            raise ValueError("a row says one of leaves, withheld and refused")
        return self


class CaseTable(Document):
    """All combinations of some suppliers, purposes and records: of one that no row is about, nothing leaves."""

    name: str
    suppliers: tuple[str, ...] | None = Field(None, min_length=1)
    """Default: all."""
    purposes: tuple[str, ...] | None = Field(None, min_length=1)
    """Default: that of the folder; beside no purpose, all."""
    records: tuple[str, ...] | None = Field(None, min_length=1)
    """Default: all, those of ``fixtures.yaml`` included."""
    days: tuple[date, ...] | None = Field(None, min_length=1)
    """Default: that of the file."""
    formats: tuple[str, ...] = Field(("csv",), min_length=1)
    row_counts: tuple[int, ...] | None = Field(None, min_length=1)
    """Default: not known yet."""
    attributes: tuple[dict[str, str], ...] = Field(({},), min_length=1)
    expect: tuple[Row, ...]


class Fixtures(Document):
    """Records and requests by name, for all files of cases: ``policies/fixtures.yaml``."""

    on: date | None = None
    """The day of every request that names no other."""
    records: dict[str, RecordFields] = Field(default_factory=dict)
    requests: dict[str, CaseRequest] = Field(default_factory=dict)


class Cases(Fixtures):
    """A file of cases."""

    cases: tuple[Case, ...] = ()
    tables: tuple[CaseTable, ...] = ()
