"""What became of what was dropped, as it is told."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from narrowgate.ledger.receipts import read_receipt
from narrowgate.model.base import Document
from narrowgate.watch.claims import Held


class Reason(Document):
    """Why a file was not released, as it is written beside it. No value that was withheld is in it."""

    kind: str
    """Of the error, ``refused`` or another."""
    message: str
    remedy: str
    reasons: tuple[str, ...] = ()
    """Of a refusal, one for each ground."""


class Outcome(Document):
    """An event in a watched folder."""

    event: Literal["released", "refused", "waiting", "strange"]
    """Whether a file was released, or not, or has to wait, or lies where none is looked for."""
    file: str
    """Where it was dropped, relative to the watched folder."""
    target: str | None = None
    """Where the release lies, or the file that was refused."""
    receipt: str | None = None
    """Id of the receipt."""
    read: int | None = None
    """Records of the export."""
    released: int | None = None
    """Of these, those that left."""
    reason: Reason | None = None


def told(root: Path, held: Held) -> Outcome:
    """What has been decided of a claim. Its first move is of what is said of the file, its second of the file."""
    said, moved = held.claim.moves[:2]
    # A supplier may have been quick, where an earlier try had given it its name already.
    document = next((path for path in (held.folder / said.source, root / said.target) if path.is_file()), None)
    file = held.claim.drop
    if held.claim.outcome == "refused":
        reason = Reason.model_validate_json(document.read_bytes()) if document else None
        return Outcome(event="refused", file=file, target=moved.target, reason=reason)
    if document is None:
        return Outcome(event="released", file=file, target=moved.target)
    receipt = read_receipt(document)
    records = receipt.entry.records
    return Outcome(
        event="released",
        file=file,
        target=moved.target,
        receipt=receipt.id,
        read=records.read,
        released=records.released,
    )
