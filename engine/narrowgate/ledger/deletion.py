"""A supplier's word that it has deleted a release, signed where it has a key.

What is signed is a text of three lines: ``narrowgate deletion/1``, the id of the release's entry, and the day on which
it was deleted, YYYY-MM-DD. The signature makes it a signed note (https://c2sp.org/signed-note).
"""

from __future__ import annotations

import re
from datetime import date

from narrowgate.errors import EvidenceError, UsageError
from narrowgate.ledger.ledger import Ledger
from narrowgate.ledger.log import Added
from narrowgate.ledger.notes import Signer, Verifier, sign, verified
from narrowgate.model.entry import AttestationEntry, ReleaseEntry, named
from narrowgate.model.listing import ShownEntry

_TEXT = re.compile(r"narrowgate deletion/1\n([0-9a-f]{64})\n(\d{4}-\d{2}-\d{2})\n", re.ASCII)


def deletion_text(release: str, deleted_on: date) -> str:
    """What is signed.

    Args:
        release: id of the release's entry.
    """
    return f"narrowgate deletion/1\n{release}\n{deleted_on}\n"


def sign_deletion(release: str, deleted_on: date, signer: Signer) -> str:
    """The signed note in which a supplier says that it has deleted a release."""
    return sign(deletion_text(release, deleted_on), signer)


def deletion_day(note: str, release: str) -> date:
    """The day on which the release was deleted, as ``note`` says. Who signed it is not looked at.

    Raises:
        EvidenceError: it says so of no release, or of another.
    """
    said = _TEXT.match(note)
    if said is None or said[1] != release:
        whose = "does not say that a release was deleted" if said is None else "is about another release"
        raise EvidenceError(f"the signed note {whose}", "have it made by: narrowgate receipt confirm-deletion RECEIPT")
    try:
        return date.fromisoformat(said[2])
    except ValueError:
        raise EvidenceError(f"the signed note says {said[2]}, which is no day", "have it made anew") from None


def attest_deletion(
    ledger: Ledger, shown: ShownEntry, deleted_on: date, today: date, note: str | None, key: str | None
) -> Added:
    """Enter that a release was deleted.

    Args:
        shown: the release.
        today: the last day that ``deleted_on`` can be.
        note: the supplier's signed note.
        key: the supplier's public key, by which the note is checked; None where today's policies know none. One that
            they knew when they decided has to have signed all the same.

    Raises:
        UsageError: the entry is no release, the day cannot be, or a note is missing or cannot be checked.
        EvidenceError: the note is not the supplier's, or says something else.
    """
    entry = shown.entry
    if not isinstance(entry, ReleaseEntry):
        raise UsageError(f"entry {shown.number:,} is {named(entry)}, which nobody can delete", "name a release")
    supplier, entered_on = entry.request.supplier, date.fromisoformat(entry.at[:10])
    key = key or ledger.supplier_key(entry)
    if key is not None:
        _require_signed(supplier, note, deletion_text(shown.id, deleted_on), Verifier.parse(key))
    elif note is not None:
        raise UsageError(
            f"{supplier} has no key by which its note could be checked", f"give {supplier} a key among the suppliers"
        )
    if not entered_on <= deleted_on <= today:
        raise UsageError(
            f"the release cannot have been deleted on {deleted_on}",
            f"name a day from {entered_on}, on which it left, to {today}",
        )
    return ledger.enter_attestation(
        AttestationEntry(at="", supplier=supplier, release=shown.id, deleted_on=deleted_on, statement=note, key=key)
    )


def _require_signed(supplier: str, note: str | None, text: str, verifier: Verifier) -> None:
    if note is None:
        raise UsageError(
            f"{supplier} has a key, so it has to sign that it deleted the release",
            "add --signed NOTE, which it makes by: narrowgate receipt confirm-deletion RECEIPT",
        )
    found = verified(note, [verifier])
    if found.text != text:
        raise EvidenceError(
            "the signed note says something else", "give the day that it names, or leave it to the note"
        )
