"""What was asked before under the same key: it is answered as it was then, and not entered again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from narrowgate.errors import Conflict, Refused
from narrowgate.ledger.asking import Past
from narrowgate.model.entry import FileDigest, RefusalEntry, ReleaseEntry
from narrowgate.model.receipt import Receipt
from narrowgate.model.request import Request

if TYPE_CHECKING:
    # What only decides is not to wait for a database to be imported.
    from narrowgate.ledger.ledger import Entered, Ledger

_REMEDY = "ask under another key; under this one there is an answer already"


def answered_before(ledger: Ledger, key: str | None) -> Entered | None:
    """The entry that was made under ``key``; None where there is none."""
    return ledger.under([key]).get(key) if key is not None else None


def past_of(entered: Entered) -> Past:
    """What was decided by then."""
    assert isinstance(entered.entry, ReleaseEntry | RefusalEntry)
    return Past(entered.entry.history, entered.number)


def require_not_refused(entered: Entered, request: Request, export: FileDigest) -> None:
    """Refuse what was refused.

    Args:
        request, export: what is asked now.

    Raises:
        Refused: for the reasons of then.
        Conflict: something else was asked then.
    """
    entry = entered.entry
    assert isinstance(entry, ReleaseEntry | RefusalEntry)
    if (_asked(entry.request), entry.input) != (_asked(request), export):
        raise Conflict(f"entry {entered.number:,} has the same key, and is of another export or request", _REMEDY)
    if isinstance(entry, RefusalEntry):
        raise Refused(entry.reasons, f"see entry {entered.number:,}; ask under another key to have it decided anew")


def released_before(ledger: Ledger, entered: Entered, release: FileDigest) -> Receipt:
    """The receipt of what was released, which ``release`` is once more.

    Raises:
        Conflict: it is something else: the policies are no longer those that decided.
    """
    entry = entered.entry
    assert isinstance(entry, ReleaseEntry)
    if entry.release != release:
        raise other_now(entered)
    return ledger.receipt(entered.number)


def other_now(entered: Entered) -> Conflict:
    """What was released can no longer be."""
    return Conflict(
        f"what was released as entry {entered.number:,} cannot be made again: the policies are others now",
        _REMEDY,
    )


def _asked(request: Request) -> Request:
    return request.model_copy(update={"row_count": None})
