"""Checkpoints that were signed, from the ledger's log of them and from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from narrowgate.errors import EvidenceError
from narrowgate.ledger.checkpoints import CheckpointLog, open_checkpoint
from narrowgate.ledger.notes import Verifier
from narrowgate.ledger.receipts import prove_receipt
from narrowgate.ledger.verify.findings import Findings
from narrowgate.model.receipt import Receipt
from narrowgate.model.verification import Check

_OUT_OF_ORDER = 64
"""By how many entries a checkpoint may be older than one before it in the log: writers do not wait for each other."""
_LOG = "put back the file of checkpoints as it was, and see who could write to it"


@dataclass(frozen=True)
class Signed:
    """A checkpoint with a good signature."""

    size: int
    root: bytes
    where: str
    """Which one, for people."""
    check: Check = "checkpoints"
    newer: bool = False
    """Whether it may be of entries that came after the ledger was read."""


@dataclass(frozen=True)
class Notes:
    """What the file of checkpoints holds."""

    path: Path
    texts: tuple[str, ...]
    fault: str = ""
    """Why it was read no further."""
    before: int = 0
    """How many come before these."""
    newer: bool = False
    """Whether they may be of entries that came after the ledger was read."""

    def after(self, others: Notes) -> Notes:
        """Those that were written since ``others`` were read."""
        count = len(others.texts)
        return Notes(self.path, self.texts[count:], before=count, newer=True)


def read_notes(log: CheckpointLog) -> Notes:
    """The checkpoints of ``log``, unopened."""
    texts: list[str] = []
    try:
        texts.extend(log.all())
    except EvidenceError as error:
        return Notes(log.path, tuple(texts), error.message)
    return Notes(log.path, tuple(texts))


def signed_in_log(notes: Notes, verifier: Verifier, findings: Findings) -> list[Signed]:
    """The checkpoints of the log, in its order; those that are not the ledger's are findings."""
    found: list[Signed] = []
    largest = 0
    for number, note in enumerate(notes.texts, notes.before + 1):
        where = f"checkpoint {number:,} of {notes.path}"
        if (signed := _opened(note, verifier, where, "checkpoints", findings)) is None:
            continue
        if signed.size < largest - _OUT_OF_ORDER:
            findings.add(
                "checkpoints",
                f"{where} is of {signed.size:,} entries, after one of {largest:,}: the ledger was rolled back",
                (signed.size, largest - 1),
                _LOG,
            )
        largest = max(largest, signed.size)
        found.append(replace(signed, newer=notes.newer))
    if notes.fault:
        findings.add("checkpoints", notes.fault, remedy=_LOG)
    return found


def _opened(note: str, verifier: Verifier, where: str, check: Check, findings: Findings) -> Signed | None:
    try:
        checkpoint = open_checkpoint(note, verifier)
    except EvidenceError as error:
        findings.add(check, f"{where} is not signed by {verifier.name}: {error.message}", _claimed(note), _LOG)
        return None
    return Signed(checkpoint.size, checkpoint.root, where, check)


def _claimed(note: str) -> int | None:
    """The last entry that a note says it covers, whatever that is worth."""
    lines = note.splitlines()
    size = lines[1] if len(lines) > 1 else ""
    return int(size) - 1 if size.isdecimal() and 0 < len(size) < 16 and int(size) else None


def signed_elsewhere(
    evidence: Sequence[str | Receipt], verifier: Verifier, leaves: Mapping[int, bytes], findings: Findings
) -> list[Signed]:
    """The checkpoints of ``evidence``: notes and receipts. What proves nothing is a finding.

    Args:
        leaves: of the entries, by number. Those of receipts are to be among them.
    """
    found = []
    for number, each in enumerate(evidence, 1):
        if isinstance(each, Receipt):
            signed = _of_receipt(each, verifier, leaves, findings)
        else:
            signed = _opened(each, verifier, f"checkpoint {number:,} from elsewhere", "evidence", findings)
        if signed is not None:
            found.append(signed)
    return found


def _of_receipt(receipt: Receipt, verifier: Verifier, leaves: Mapping[int, bytes], findings: Findings) -> Signed | None:
    where = f"the receipt of entry {receipt.number:,}"
    try:
        checkpoint = prove_receipt(receipt, verifier)
    except EvidenceError as error:
        findings.add("evidence", f"{where} proves nothing: {error.message}", receipt.number, error.remedy)
        return None
    leaf = leaves.get(receipt.number)
    if leaf is not None and leaf.hex() != receipt.id:
        findings.add("evidence", f"entry {receipt.number:,} is not what {where} says", receipt.number)
    return Signed(checkpoint.size, checkpoint.root, f"the checkpoint in {where}", "evidence")
