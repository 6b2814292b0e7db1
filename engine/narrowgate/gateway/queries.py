"""What queries have in common: names and days, as callers write them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any, TypeVar, get_origin

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from narrowgate.errors import UsageError
from narrowgate.model.request import FIRST_DAY, LAST_DAY, NAME

_LONGEST = 100
_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def _iso(given: Any) -> Any:
    # A number would be taken for seconds since 1970.
    if isinstance(given, str) and not _ISO_DAY.fullmatch(given):
        raise ValueError
    return given


Name = Annotated[str, Field(pattern=NAME, max_length=_LONGEST)]
"""Of a supplier, a purpose or a field."""
Day = Annotated[date, BeforeValidator(_iso), Field(ge=FIRST_DAY, le=LAST_DAY)]
"""YYYY-MM-DD."""
Format = Annotated[str, Field(pattern=r"^[a-z]{1,16}(\.(gz|zip))?$")]
"""Name of a format, packing included."""


class Query(BaseModel):
    """Parameters of a query; there are no others."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


Q = TypeVar("Q", bound=Query)


def merged(query: Q, fields: Iterable[tuple[str, str]]) -> Q:
    """What is told in the query and in the fields of a form, by one model.

    Raises:
        UsageError: something is told twice.
        RequestValidationError: something in the form is not right.
    """
    form = type(query)
    repeated = {name for name, field in form.model_fields.items() if get_origin(field.annotation) is list}
    told: dict[str, Any] = query.model_dump(by_alias=True, exclude_unset=True)
    in_form: dict[str, Any] = {}
    for name, value in fields:
        if name in repeated:
            in_form.setdefault(name, []).append(value)
        elif name in in_form:
            raise UsageError("a field of the form is there twice", "send each once")
        else:
            in_form[name] = value
    if told.keys() & in_form.keys():
        raise UsageError("something is told in the query and in the form", "say it in one place")
    try:
        return form.model_validate(told | in_form)
    except ValidationError as error:
        faults = [{**fault, "loc": ("body", *fault["loc"])} for fault in error.errors()]
        raise RequestValidationError(faults) from None
