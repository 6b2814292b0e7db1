"""Checkpoints that were signed, from the ledger's log of them and from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from narrowgate.errors import EvidenceError
from narrowgate.ledger.checkpoints import Checkpoint, CheckpointLog, open_checkpoint
from narrowgate.ledger.notes import Verifier, parse_note
from narrowgate.ledger.receipts import prove_receipt
from narrowgate.ledger.verify.findings import Findings
from narrowgate.model.receipt import Receipt
from narrowgate.model.verification import Check

_OUT_OF_ORDER = 64
"""By how many entries a checkpoint may be older than one before it in the log: writers do not wait for each other."""
_MANY = 4096
"""Notes that take longer to open than a process to start."""
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


@dataclass(frozen=True)
class Opened:
    """A note whose signature is good."""

    checkpoint: Checkpoint
    signature: bytes

    def signed(self, where: str, check: Check, *, newer: bool = False) -> Signed:
        """It, and which one it is."""
        return Signed(self.checkpoint.size, self.checkpoint.root, where, check, newer, self.signature)


def open_note(text: str, verifier: Verifier) -> Opened | EvidenceError:
    """The checkpoint in a note, or why it is none of the ledger's."""
    try:
        note = parse_note(text)
        checkpoint = open_checkpoint(note, verifier)
    except EvidenceError as error:
        return error
    ours = (each.value for each in note.signatures if (each.name, each.key_id) == (verifier.name, verifier.id))
    return Opened(checkpoint, next(ours))


def open_notes(texts: Sequence[str], verifier: Verifier) -> list[Opened | None]:
    """The checkpoints in notes, in their order; None for those that are none of the ledger's."""
    opened = (open_note(text, verifier) for text in texts)
    return [None if isinstance(each, EvidenceError) else each for each in opened]


@contextmanager
def opening(notes: Notes, verifier: Verifier) -> Iterator[Callable[[], list[Opened | None]]]:
    """Open notes meanwhile: very many of them, as of a ledger of years, in a process of their own."""
    if len(notes.texts) < _MANY:
        yield lambda: open_notes(notes.texts, verifier)
        return
    with ProcessPoolExecutor(1, get_context("spawn")) as beside:
        yield beside.submit(open_notes, notes.texts, verifier).result


def signed_in_log(
    notes: Notes, opened: Sequence[Opened | None], verifier: Verifier, findings: Findings
) -> list[Signed]:
    """The checkpoints of the log, in its order; those that are not the ledger's are findings.

    Args:
        opened: what is in ``notes``.
    """
    found: list[Signed] = []
    largest = 0
    for number, (text, each) in enumerate(zip(notes.texts, opened, strict=True), notes.before + 1):
        where = f"checkpoint {number:,} of {notes.path}"
        if each is None:
            _tell(text, where, "checkpoints", verifier, findings)
            continue
        signed = each.signed(where, "checkpoints", newer=notes.newer)
        if signed.size < largest - _OUT_OF_ORDER:
            findings.add(
                "checkpoints",
                f"{where} is of {signed.size:,} entries, after one of {largest:,}: the ledger was rolled back",
                (signed.size, largest - 1),
                LOG_REMEDY,
            )
        largest = max(largest, signed.size)
        found.append(signed)
    if notes.fault:
        findings.add("checkpoints", notes.fault, remedy=LOG_REMEDY)
    return found


def _tell(text: str, where: str, check: Check, verifier: Verifier, findings: Findings) -> None:
    """Say of a note that is none of the ledger's why it is not."""
    error = open_note(text, verifier)
    assert isinstance(error, EvidenceError)
    findings.add(check, f"{where} is not signed by {verifier.name}: {error.message}", _claimed(text), LOG_REMEDY)


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
    found: list[Signed] = []
    for number, each in enumerate(evidence, 1):
        if isinstance(each, Receipt):
            found += _of_receipt(each, verifier, leaves, findings)
            continue
        where, opened = f"checkpoint {number:,} from elsewhere", open_note(each, verifier)
        if isinstance(opened, EvidenceError):
            _tell(each, where, "evidence", verifier, findings)
        else:
            found.append(opened.signed(where, "evidence"))
    return found


def _of_receipt(
    receipt: Receipt, verifier: Verifier, leaves: Mapping[int, bytes], findings: Findings
) -> tuple[Signed, ...]:
    where = f"the receipt of entry {receipt.number:,}"
    try:
        checkpoint = prove_receipt(receipt, verifier)
    except EvidenceError as error:
        findings.add("evidence", f"{where} proves nothing: {error.message}", receipt.number, error.remedy)
        return ()
    leaf = leaves.get(receipt.number)
    if leaf is not None and leaf.hex() != receipt.id:
        findings.add("evidence", f"entry {receipt.number:,} is not what {where} says", receipt.number)
    return (Signed(checkpoint.size, checkpoint.root, f"the checkpoint in {where}", "evidence"),)
