"""Checkpoints that were signed, from the ledger's log of them and from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from narrowgate.errors import EvidenceError
from narrowgate.ledger.checkpoints import CheckpointLog, open_checkpoint
from narrowgate.ledger.notes import Verifier, parse_note
from narrowgate.ledger.receipts import prove_receipt
from narrowgate.ledger.verify.findings import Findings
from narrowgate.model.receipt import Receipt
from narrowgate.model.verification import Check

_OUT_OF_ORDER = 64
"""By how many entries a checkpoint may be older than one before it in the log: writers do not wait for each other."""
LOG_REMEDY = "put back the file of checkpoints as it was, and see who could write to it"


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
    signature: bytes = b""


@dataclass(frozen=True)
class Notes:
    """What the file of checkpoints holds."""

    path: Path
    texts: tuple[str, ...]
    fault: str = ""
    """Why it was read no further."""
    rest: bytes = b""
    """The beginning of a note that was cut off, at its end."""
    before: int = 0
    """How many come before these."""
    newer: bool = False
    """Whether they may be of entries that came after the ledger was read."""

    def sizes(self) -> set[int]:
        """Of how many entries they say that they are, believed or not."""
        return {last + 1 for note in self.texts if (last := _claimed(note)) is not None}

    def after(self, others: Notes) -> Notes:
        """Those that were written since ``others`` were read."""
        count = len(others.texts)
        return Notes(self.path, self.texts[count:], self.fault, self.rest, before=count, newer=True)


def read_notes(log: CheckpointLog) -> Notes:
    """The checkpoints of ``log``, unopened."""
    texts, reading = list[str](), log.whole()
    while True:
        try:
            texts.append(next(reading))
        except StopIteration as end:
            return Notes(log.path, tuple(texts), rest=end.value)
        except EvidenceError as error:
            return Notes(log.path, tuple(texts), error.message)


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
                LOG_REMEDY,
            )
        largest = max(largest, signed.size)
        found.append(replace(signed, newer=notes.newer))
    if notes.fault:
        findings.add("checkpoints", notes.fault, remedy=LOG_REMEDY)
    return found


def _opened(note: str, verifier: Verifier, where: str, check: Check, findings: Findings) -> Signed | None:
    try:
        checkpoint = open_checkpoint(note, verifier)
    except EvidenceError as error:
        findings.add(check, f"{where} is not signed by {verifier.name}: {error.message}", _claimed(note), LOG_REMEDY)
        return None
    signatures = parse_note(note).signatures
    value = next(each.value for each in signatures if (each.name, each.key_id) == (verifier.name, verifier.id))
    return Signed(checkpoint.size, checkpoint.root, where, check, signature=value)


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
