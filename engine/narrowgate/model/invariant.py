"""Invariants: what must hold of every release, whatever purposes say. ``policies/invariants.yaml``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, field_validator, model_validator

from narrowgate.model.actions import action_names
from narrowgate.model.agreement import LawfulBasis
from narrowgate.model.base import Document
from narrowgate.model.case import Names, listed
from narrowgate.model.catalogue import Value

FILE_NAME = "invariants.yaml"

Values = Annotated[
    tuple[Value, ...], Field(min_length=1), BeforeValidator(listed, json_schema_input_type=Value | list[Value])
]
Forms = Annotated[
    Names, WithJsonSchema({"type": "array", "items": {"enum": list(action_names())}, "minItems": 1}, mode="validation")
]


class What(Document):
    """What leaves: fields, told by one of the first four."""

    fields: Names | None = None
    """Any of these fields, or ``any`` of all."""
    together: Names | None = None
    """All of these fields, of one record."""
    category: Names | None = None
    """Any field of these categories of the catalogue."""
    sensitivity: Names | None = None
    """Any field of these sensitivities of the catalogue."""
    forms: Forms | None = None
    """Only where it leaves by one of these actions; ``keep`` is as it is."""

    @field_validator("forms")
    @classmethod
    def _are_actions(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if unknown := sorted(set(value or ()) - set(action_names())):
            raise ValueError(f"{', '.join(unknown)} is no action; actions are {', '.join(action_names())}")
        return value

    @model_validator(mode="after")
    def _says_what(self) -> What:
        if sum(each is not None for each in (self.fields, self.together, self.category, self.sensitivity)) != 1:
            raise ValueError("it says one of fields, together, category and sensitivity")
        return self


class Conditions(Document):
    """All of what is said must hold; of a list, one is enough."""

    supplier: Names | None = None
    supplier_kind: Names | None = None
    country: Names | None = None
    """Of the supplier."""
    purpose: Names | None = None
    lawful_basis: tuple[LawfulBasis, ...] | None = None
    article_9_condition: bool | None = None
    """Whether the purpose states one."""
    publication: bool | None = None
    """Whether releases for the purpose are for everybody."""
    agreement: Literal["in force", "not in force"] | None = None
    """Whether supplier and purpose have exactly one on the day of the request."""
    format: Literal["agreed", "not agreed"] | None = None
    rows: Literal["agreed", "not agreed"] | None = None
    """Whether there are no more than the agreement in force allows."""
    people: Literal["agreed", "not agreed"] | None = None
    """Whether all releases of each window are about no more than the agreement in force allows."""
    attributes: dict[str, Names] = Field(default_factory=dict)
    """Values by attribute of the request."""
    record: dict[str, Values] = Field(default_factory=dict)
    """Values by field of the record."""


class Invariant(Document):
    """Something that never leaves, under some conditions."""

    name: str = Field(min_length=1)
    """What must hold, as a sentence."""
    never: What
    when: Conditions = Conditions()
    """Where it must hold. Default: everywhere."""
    unless: Conditions | None = None
    """Where it need not hold."""


class Invariants(Document):
    """``policies/invariants.yaml``."""

    invariants: tuple[Invariant, ...]
