"""How a job of the gateway goes."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from narrowgate.model.base import Document
from narrowgate.model.entry import Counts, Digest
from narrowgate.model.problem import Problem

JobState = Literal["queued", "running", "released", "refused", "failed"]


class JobReport(Document):
    """An export that is worked on after its call has been answered."""

    id: str
    """Of the job. Nobody can guess it."""
    state: JobState
    """``released``, ``refused`` and ``failed`` are final."""
    read: int = Field(ge=0)
    """Bytes of the export that have been read."""
    total: int = Field(ge=0)
    """Bytes that it has."""
    receipt: Digest | None = None
    """Id of the release's receipt."""
    records: Counts | None = None
    """Records in and out."""
    release: str | None = None
    """Where the release is to be had, once."""
    problem: Problem | None = None
    """Why there is none."""
    expires: datetime | None = None
    """When the job and its release are gone. None: not as long as it is not done."""
