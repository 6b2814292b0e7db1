"""The answer to: is this file already no more than is permitted?"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from narrowgate.model.base import Document
from narrowgate.model.entry import FileDigest
from narrowgate.model.request import Request


class CheckReport(Document):
    """What a check found."""

    compliant: bool
    objections: tuple[str, ...]
    """Why it is not, one line for each ground."""
    records: Literal["judged", "judged at release", "not judged"]
    """Whether it is known that each record may leave: from the file itself, from its receipt, or not at all."""
    record_count: int = Field(ge=0)
    request: Request
    file: FileDigest | None
    """None where it was not read to its end, as the answer was clear before."""
    receipt: str | None = None
    """The receipt under which the file was released."""
