"""Actions: what may happen to a column on its way out.

A policy writes an action as a flat object, ``{"action": "mask", "keep_last": 4}``. Adding one means a class here, in
``Action``, and its expression in ``tables/actions.py``; the type checker asks for the second once the first is there.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, TypeAdapter, ValidationError, model_validator

from narrowgate.model.base import Document
from narrowgate.model.catalogue import Field as CatalogueField


class _Action(Document):
    @abstractmethod
    def describe(self) -> str:
        """How the column leaves, in a few words."""

    @abstractmethod
    def brief(self) -> str:
        """The same in a word or two, for the cells of a table."""

    def suits(self, field: CatalogueField) -> bool:
        """Whether the action means anything for ``field``."""
        return True

    def form(self) -> str:
        """A pattern of what leaves, for telling a cell that has been through the action already."""
        return r"(?s)^.*$"


class Keep(_Action):
    """The cell leaves as it came."""

    action: Literal["keep"] = "keep"

    def describe(self) -> str:
        return "as it is"

    def brief(self) -> str:
        return "keep"


class Drop(_Action):
    """The cell does not leave."""

    action: Literal["drop"] = "drop"

    def describe(self) -> str:
        return "withheld"

    def brief(self) -> str:
        return "drop"


class Mask(_Action):
    """All characters but the first and last few become ``*``; a cell that would show whole is masked whole."""

    action: Literal["mask"] = "mask"
    keep_first: int = Field(0, ge=0, le=8)
    keep_last: int = Field(0, ge=0, le=8)

    def describe(self) -> str:
        kept = [f"the {end} {n}" for end, n in (("first", self.keep_first), ("last", self.keep_last)) if n]
        return f"masked but for {' and '.join(kept)}" if kept else "masked"

    def brief(self) -> str:
        first, last = str(self.keep_first or ""), str(self.keep_last or "")
        return f"mask {first}…{last}" if first or last else "mask"

    def form(self) -> str:
        return rf"(?s)^(?:\*+|.{{{self.keep_first}}}\*+.{{{self.keep_last}}})$"


class Pseudonymise(_Action):
    """A keyed pseudonym, the same for the same value, supplier and purpose, and for no other."""

    action: Literal["pseudonymise"] = "pseudonymise"

    def describe(self) -> str:
        return "as a pseudonym"

    def brief(self) -> str:
        return "pseudonym"

    def form(self) -> str:
        return "^[0-9a-f]{32}$"


class Generalise(_Action):
    """A coarser value: a date to its month or year or to an age band, a number to a band, a postcode to its area.

    ``width`` is the size of a band (years for ``age_band``, else the unit of the field) and is required for bands.
    """

    action: Literal["generalise"] = "generalise"
    to: Literal["year", "month", "age_band", "band", "outward", "area"]
    width: int | None = Field(None, ge=2, le=1_000_000)

    @model_validator(mode="after")
    def _bands_have_a_width(self) -> Generalise:
        if (self.width is not None) != (self.to in {"age_band", "band"}):
            raise ValueError("width belongs to age_band and band, and they need one")
        return self

    def describe(self) -> str:
        return {
            "year": "as the year",
            "month": "as the month",
            "age_band": f"as an age band of {self.width} years",
            "band": f"as a band of {self.width}",
            "outward": "as the outward code",
            "area": "as the postcode area",
        }[self.to]

    def brief(self) -> str:
        return self.to.replace("_", " ") + (f" {self.width}" if self.width else "")

    def suits(self, field: CatalogueField) -> bool:
        if self.to == "band":
            return field.type in {"integer", "number"}
        return field.format == ("uk-postcode" if self.to in {"outward", "area"} else "date")

    def form(self) -> str:
        return {
            "year": r"^[0-9]{4}$",
            "month": r"^[0-9]{4}-[0-9]{2}$",
            "age_band": r"^[0-9]{1,3}-[0-9]{1,3}$",
            "band": r"^-?[0-9]+ to -?[0-9]+$",
            "outward": r"^[A-Z]{1,2}[0-9][A-Z0-9]?$",
            "area": r"^[A-Z]{1,2}$",
        }[self.to]


class Truncate(_Action):
    """The first ``length`` characters."""

    action: Literal["truncate"] = "truncate"
    length: int = Field(ge=1, le=100)

    def describe(self) -> str:
        return f"cut to {self.length} characters" if self.length > 1 else "cut to its initial"

    def brief(self) -> str:
        return f"first {self.length}" if self.length > 1 else "initial"

    def form(self) -> str:
        return rf"(?s)^.{{0,{self.length}}}$"


class Replace(_Action):
    """A constant that the policy gives."""

    action: Literal["replace"] = "replace"
    value: str = Field(max_length=100)

    def describe(self) -> str:
        return f"as “{self.value}”"

    def brief(self) -> str:
        return f"“{self.value}”"

    def form(self) -> str:
        return f"^{re.escape(self.value)}$"


class Image(_Action):
    """The picture to which the cell is a path: its pixels alone, upright, no larger than agreed, under a new name.

    ``max_px`` is the length of its longer side. Pictures leave only in a ZIP, with the table.
    """

    action: Literal["image"] = "image"
    max_px: int = Field(ge=16, le=4096)
    format: Literal["jpeg", "png"] = "jpeg"

    def describe(self) -> str:
        return f"as a {self.format.upper()} of {self.max_px} px"

    def brief(self) -> str:
        return f"image {self.max_px}"

    def suits(self, field: CatalogueField) -> bool:
        return field.category == "photo"

    def form(self) -> str:
        return rf"^[0-9]{{6,}}\.{self.suffix}$"

    @property
    def suffix(self) -> str:
        """Ending of the names of such pictures."""
        return {"jpeg": "jpg", "png": "png"}[self.format]


Action = Annotated[
    Keep | Drop | Mask | Pseudonymise | Generalise | Truncate | Replace | Image,
    Field(discriminator="action"),
]

_ADAPTER: TypeAdapter[Action] = TypeAdapter(Action)


def parse_action(document: Any) -> Action | None:
    """The action that ``document`` describes, or None where it describes none (so that nothing leaves)."""
    try:
        return _ADAPTER.validate_python(document)
    except ValidationError:
        return None


def as_document(action: Action) -> dict[str, Any]:
    """An action as a policy writes it: without what goes without saying."""
    return {"action": action.action, **action.model_dump(mode="json", exclude_defaults=True)}


def as_written(action: Action) -> str | dict[str, Any]:
    """An action as cases write it: its name alone, or with its parameters."""
    document = as_document(action)
    return document if len(document) > 1 else action.action


def action_names() -> tuple[str, ...]:
    """The names a policy may write."""
    return tuple(kind.model_fields["action"].default for kind in get_args(get_args(Action)[0]))


def action_schema() -> dict[str, Any]:
    """JSON Schema of an action as people write it: its name alone, or with its parameters."""
    kinds = _ADAPTER.json_schema()["$defs"].values()
    parameters = {name: each for kind in kinds for name, each in kind["properties"].items() if name != "action"}
    names = {"enum": list(action_names())}
    whole = {"type": "object", "properties": {"action": names, **parameters}, "required": ["action"]}
    return {"anyOf": [names, whole]}


def action_fault(document: Any) -> str:
    """Why ``document`` is no action, in one line for a policy author; empty where it is one."""
    try:
        _ADAPTER.validate_python(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        if first["type"] == "union_tag_invalid":
            return f"there is no action {first['ctx']['tag']}"
        where = ".".join(str(part) for part in first["loc"][1:])
        return f"{where}: {first['msg']}" if where else first["msg"]
    return ""
