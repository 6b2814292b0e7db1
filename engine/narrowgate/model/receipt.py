"""The receipt: what was released, to whom, by which policies, and what the supplier owes for it."""

from __future__ import annotations

import hashlib
import json
from datetime import date, timedelta
from typing import Any, Literal

from pydantic import Field

from narrowgate.model.base import Document
from narrowgate.model.inspection import Finding
from narrowgate.model.request import Request

FORMAT: Literal["narrowgate-receipt/1"] = "narrowgate-receipt/1"


class EngineInfo(Document):
    """Which OPA decided."""

    kind: Literal["private", "shared"]
    opa_version: str
    url: str | None = None
    """Of a shared OPA; a private one has an address that means nothing afterwards."""


class PolicyRevision(Document):
    """By which policies."""

    digest: str
    """SHA-256 over the modules and data that the deciding OPA reported."""
    bundle: str
    """The revision in the bundle's manifest."""


class FileDigest(Document):
    """A file as it was read or written, compression included."""

    format: str
    bytes: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class ColumnOutcome(Document):
    """A column that left, or would have."""

    field: str
    name: str | None
    """In the release; None where the column did not leave."""
    action: dict[str, Any]
    reason: str
    rules: tuple[str, ...] = ()
    bad_cells: int = Field(0, ge=0)
    """Cells withheld because they break the catalogue."""
    leaks: dict[str, int] = Field(default_factory=dict)
    """Cells withheld because a withheld value stood in them, by the field it belongs to."""
    overrides: dict[str, int] = Field(default_factory=dict)
    """Cells that left in a form of their record's own instead of the column's, by that form."""
    formulas: int = Field(0, ge=0)
    """Released cells that a spreadsheet would run as a formula."""


class Counts(Document):
    """Records in and out. A record may be withheld for more than one reason."""

    read: int = Field(ge=0)
    released: int = Field(ge=0)
    withheld: int = Field(ge=0)
    reasons: dict[str, int] = Field(default_factory=dict)
    bad_cells: dict[str, int] = Field(default_factory=dict)
    """Cells that rules read and that break the catalogue, by field; their records are withheld."""


class Pictures(Document):
    """What became of the pictures that records name."""

    released: int = Field(ge=0)
    missing: int = Field(ge=0)
    """Named by a released record, and not there."""
    refused: int = Field(ge=0)
    """Named by a released record, and none that can be decoded, or absurdly large."""
    unreferenced: int = Field(ge=0)
    """There, and named by no record."""


class Owed(Document):
    """What the supplier takes on with the release."""

    agreement: str
    lawful_basis: str
    delete_by: date


class Receipt(Document):
    """The description of one release."""

    format: Literal["narrowgate-receipt/1"] = FORMAT
    id: str = ""
    """SHA-256 over the rest of the receipt."""
    released_at: str
    """When, RFC 3339 in UTC."""
    request: Request
    policy: PolicyRevision
    engine: EngineInfo
    constants: dict[str, str] = Field(default_factory=dict)
    """What the source declared for every record because its system does not hold it."""
    columns: tuple[ColumnOutcome, ...]
    unknown_columns: int = Field(ge=0)
    """How many columns no field of the catalogue claims. Their names stay here with us."""
    records: Counts
    pictures: Pictures | None = None
    """None where no column leaves as pictures."""
    hidden: tuple[Finding, ...] = ()
    """What the export hid, and what stayed behind with it."""
    input: FileDigest
    release: FileDigest
    obligations: Owed

    def sealed(self) -> Receipt:
        """The same receipt with its ``id``."""
        return self.model_copy(update={"id": self.seal()})

    def seal(self) -> str:
        """SHA-256 over the receipt without its id, as canonical JSON (sorted keys, no white space)."""
        body = self.model_dump(mode="json", by_alias=True, exclude={"id"})
        return hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def delete_by(on: date, retention_days: int) -> date:
    """The last day on which the supplier may hold a release of the day ``on``."""
    return on + timedelta(days=retention_days)
