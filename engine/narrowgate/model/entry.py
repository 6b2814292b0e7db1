"""What the ledger holds: one entry for each release, refusal, attestation and erasure."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from narrowgate.model.base import Document
from narrowgate.model.decision import Decision
from narrowgate.model.history import Windows
from narrowgate.model.inspection import Finding
from narrowgate.model.request import Request

FORMAT: Literal["narrowgate-entry/1"] = "narrowgate-entry/1"

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256 in hexadecimal."""


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


class SubjectSet(Document):
    """People whose records held something under the same fields of the release."""

    fields: tuple[str, ...]
    """Those fields, in the release's order."""
    people: int = Field(ge=1)
    digest: Digest
    """Of the set of their numbers as the ledger keeps it."""


class NewSubjects(Document):
    """People whom the ledger met for the first time, numbered from ``first`` on."""

    first: int = Field(ge=0)
    count: int = Field(ge=1)
    root: Digest
    """Of the Merkle tree (RFC 9162, section 2.1) over the commitments to who they are, in the order of numbers."""


class _Entry(Document):
    format: Literal["narrowgate-entry/1"] = FORMAT
    at: str
    """When it was entered, RFC 3339 in UTC."""


class _Answer(_Entry):
    key: Digest | None = Field(None, exclude_if=lambda key: key is None)
    """Under which it was asked for: whoever asks again under it is given the same, and nothing is entered twice. Left
    out where there was none."""


class ReleaseEntry(_Answer):
    """One release. It is entered before the release appears, so one that never did may be here too."""

    kind: Literal["release"] = "release"
    request: Request
    history: dict[str, Windows]
    """What the supplier had been given before, and with this release, by purpose: what policies saw of it."""
    policy: PolicyRevision
    engine: EngineInfo
    decision: Decision
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
    subjects: tuple[SubjectSet, ...]
    """Whose data left, by the fields that left of them."""
    unidentified: int = Field(ge=0)
    """Released records that do not say whose they are: their subject key is missing or breaks the catalogue."""
    new_subjects: NewSubjects | None = None


class RefusalEntry(_Answer):
    """One refusal. Nothing left."""

    kind: Literal["refusal"] = "refusal"
    request: Request
    history: dict[str, Windows]
    policy: PolicyRevision
    engine: EngineInfo
    decision: Decision | None
    """None where there was nothing to ask, as for a purpose that there is not."""
    reasons: tuple[str, ...]
    input: FileDigest


class AttestationEntry(_Entry):
    """A supplier's word that it has deleted a release, on the day of its release or later."""

    kind: Literal["attestation"] = "attestation"
    supplier: str
    release: Digest
    """Id of the release's entry."""
    deleted_on: date
    statement: str | None
    """The signed note in which the supplier says so; None where it has no key."""
    key: str | None = None
    """The supplier's public key, by which the statement was checked."""


class ErasureEntry(_Entry):
    """Who some numbers stand for was forgotten. Sets that hold them stay as they are, and prove what they proved."""

    kind: Literal["erasure"] = "erasure"
    numbers: tuple[int, ...]


Entry = Annotated[ReleaseEntry | RefusalEntry | AttestationEntry | ErasureEntry, Field(discriminator="kind")]
ENTRY: TypeAdapter[Entry] = TypeAdapter(Entry)


def named(entry: Entry) -> str:
    """``a release``, ``an erasure``."""
    return f"{'an' if entry.kind[0] in 'aeiou' else 'a'} {entry.kind}"


def delete_by(on: date, entered_on: date, retention_days: int) -> date:
    """The last day on which the supplier may hold a release.

    Args:
        on: the day of the request, which may be any.
        entered_on: the day on which it was entered. Whichever comes first counts.
    """
    return min(on, entered_on) + timedelta(days=retention_days)
