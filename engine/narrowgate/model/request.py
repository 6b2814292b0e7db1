"""The request: who asks to send what, to whom, what for, and when."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from narrowgate.model.base import Document

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2999, 12, 31)
"""Of requests, so that nobody's retention or window leads out of the calendar."""
NAME = r"^[a-z][a-z0-9_]*$"
"""What a request can call a supplier and a purpose."""


class Request(Document):
    """What a policy may know about an export before it looks at a record."""

    supplier: str = Field(pattern=NAME)
    """Who receives."""
    purpose: str = Field(pattern=NAME)
    """What for: the name of a Rego package below ``narrowgate.purposes``."""
    source: str | None = None
    """The source mapping by which the export was read."""
    on: date = Field(ge=FIRST_DAY, le=LAST_DAY)
    """The day of the request. Policies have no other clock."""
    format: str = "csv"
    """The format in which the release is to be written, without compression."""
    columns: tuple[str, ...]
    """The catalogue's fields that the export holds, in its order. Unknown columns are not told."""
    attributes: dict[str, str] = Field(default_factory=dict)
    """What else the caller declares; each purpose says which it knows."""
    row_count: int | None = Field(None, ge=0)
    """How many records the export holds: absent while it is being read, present in the request that is recorded."""

    def document(self) -> dict[str, object]:
        """The request as policies see it."""
        return self.model_dump(mode="json", exclude_none=True)
