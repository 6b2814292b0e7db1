"""What queries have in common: names and days, as callers write them."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

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
