"""The catalogue: the controller's data dictionary, one JSON Schema of a personnel record."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from pydantic import Field as PydanticField
from pydantic import ValidationError

from narrowgate.errors import SourceError
from narrowgate.model.base import Document
from narrowgate.model.patterns import ASCII, ascii_alphabet

Scan = Literal["anywhere", "token", "account"]
Value = str | int | float | bool

FILE_NAME = "personnel.schema.json"


class Field(Document):
    """One personnel field: a property of the catalogue's schema."""

    name: str
    title: str
    description: str = ""
    type: Literal["string", "integer", "number", "boolean"]
    pattern: str | None = None
    enum: tuple[str, ...] | None = None
    format: Literal["date", "uk-postcode"] | None = None
    minimum: float | None = None
    maximum: float | None = None
    max_length: int | None = PydanticField(None, alias="maxLength")
    category: str = PydanticField(alias="x-category")
    sensitivity: Literal["ordinary", "confidential", "operational", "special"] = PydanticField(alias="x-sensitivity")
    aliases: tuple[str, ...] = PydanticField((), alias="x-aliases")
    dpv: str = PydanticField(alias="x-dpv", pattern=r"^pd:[A-Za-z]+$")
    """W3C Data Privacy Vocabulary, personal data extension (https://w3id.org/dpv/pd)."""
    scan: Scan | None = PydanticField(None, alias="x-scan")
    """How the leak scan looks for a withheld value of this field in what is released; None where it does not."""
    subject_key: bool = PydanticField(False, alias="x-subject-key")
    """Identifies the person a record is about."""

    @cached_property
    def alphabet(self) -> frozenset[str]:
        """ASCII characters that a valid cell may hold."""
        if self.type in {"integer", "number"}:
            return frozenset("0123456789.+-eE")
        if self.type == "boolean":
            return frozenset("truefalse")
        if self.format == "date":
            return frozenset("0123456789-")
        if self.enum is not None:
            return frozenset().union(*self.enum) & ASCII
        return ascii_alphabet(self.pattern) if self.pattern else ASCII

    def value(self, text: str) -> Value:
        """A valid cell as the value that policies see.

        Args:
            text: a cell that has passed the catalogue's checks.
        """
        match self.type:
            case "integer":
                return int(text)
            case "number":
                return float(text)
            case "boolean":
                return text == "true"
            case _:
                return text


@dataclass(frozen=True)
class Catalogue:
    """All fields by name, in the catalogue's order."""

    fields: Mapping[str, Field]

    def __getitem__(self, name: str) -> Field:
        return self.fields[name]

    def __contains__(self, name: object) -> bool:
        return name in self.fields

    @cached_property
    def by_header(self) -> Mapping[str, str]:
        """Field name by plain form of each header it is known under."""
        return {plain(header): field.name for field in self.fields.values() for header in (field.name, *field.aliases)}

    @property
    def subject_key(self) -> str:
        """The field that identifies the person a record is about."""
        return next(field.name for field in self.fields.values() if field.subject_key)


def plain(header: str) -> str:
    """``Warrant No.`` and ``warrant_no`` alike: letters and digits in lower case, anything between them as ``_``."""
    return re.sub(r"[^0-9a-z]+", "_", header.casefold()).strip("_")


def load_catalogue(schemas: Path) -> Catalogue:
    """Read ``personnel.schema.json`` from the folder ``schemas``.

    Raises:
        SourceError: the file is missing, is not JSON or describes a field in a way we do not know.
    """
    path = schemas / FILE_NAME
    try:
        properties: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["properties"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SourceError(
            f"{path} is not a catalogue: {error}", "point --schemas at a folder that holds one"
        ) from error
    fields = {name: _field(path, name, document) for name, document in properties.items()}
    catalogue = Catalogue(fields)
    _check_whole(path, catalogue)
    return catalogue


def _field(path: Path, name: str, document: dict[str, Any]) -> Field:
    try:
        return Field(name=name, **document)
    except (ValidationError, TypeError) as error:
        detail = error.errors()[0] if isinstance(error, ValidationError) else {"loc": (), "msg": str(error)}
        where = ".".join(str(part) for part in detail["loc"])
        raise SourceError(f"{path}: field {name}: {where} {detail['msg']}", "compare with its neighbours") from error


def _check_whole(path: Path, catalogue: Catalogue) -> None:
    claimed: dict[str, str] = {}
    for field in catalogue.fields.values():
        for header in {plain(each) for each in (field.name, *field.aliases)}:
            if other := claimed.get(header):
                raise SourceError(
                    f"{path}: {field.name} and {other} both claim the header {header}", "let only one of them have it"
                )
            claimed[header] = field.name
    keys = [field.name for field in catalogue.fields.values() if field.subject_key]
    if len(keys) != 1:
        raise SourceError(f"{path}: {len(keys)} fields carry x-subject-key", "mark the one that identifies a person")
