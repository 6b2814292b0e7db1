"""What the database has of checkpoints: signatures, some of which are not in the file of checkpoints yet.

A checkpoint is signed as its entry is committed, and written into the file a moment later. A process that ends between
the two leaves it so, and the next entry makes it good. The database takes note of each checkpoint that was written, so
that one that was taken away is told from one that never got there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from narrowgate.ledger.checkpoints import Checkpoint, is_signed, signed_note
from narrowgate.ledger.notes import Verifier
from narrowgate.ledger.verify.findings import Findings, runs, told
from narrowgate.ledger.verify.signed import LOG_REMEDY, Notes
from narrowgate.ledger.verify.tree import Standing, roots


@dataclass(frozen=True)
class Seals:
    """What the database says of checkpoints, whatever stands there.

    Args:
        signatures: by the number of the entry that each ends with.
        written: of how many entries those are that were written into the file.
    """

    signatures: Mapping[int, object]
    written: Sequence[object]


def check_tail(
    tree: Standing,
    leaves: Sequence[bytes],
    seals: Seals,
    notes: Sequence[Notes],
    verifier: Verifier,
    findings: Findings,
) -> None:
    """Say what nobody signed, and what the file of checkpoints lacks.

    Args:
        tree: how the tree over ``leaves`` stands to all checkpoints.
        notes: what the file holds, the newest last.
    """
    covered = max((each.size for each in tree.signed), default=0)
    sealed = _sealed(tree, leaves, seals, verifier, findings)
    rest, path = notes[-1].rest, notes[-1].path
    if rest and not any(signed_note(*each, verifier).encode().startswith(rest) for each in sealed):
        findings.add("checkpoints", f"{path} ends with a checkpoint that was cut off", remedy=LOG_REMEDY)
    lost = _lost(tree, seals, notes, findings)
    if covered >= tree.size:
        return
    entries = covered, tree.size - 1
    if tree.size not in {checkpoint.size for checkpoint, _ in sealed}:
        remedy = "see whether they are yours: narrowgate ledger list"
        message = f"no checkpoint covers {told(*entries)}: somebody else added to the ledger"
        findings.add("checkpoints", message, entries, remedy)
    elif not lost:
        findings.note(f"{told(*entries)}: signed, and not yet in {path}; a process ended just then")


def _sealed(
    tree: Standing, leaves: Sequence[bytes], seals: Seals, verifier: Verifier, findings: Findings
) -> list[tuple[Checkpoint, bytes]]:
    """Checkpoints that only the database has, with their signatures; a signature that is none is a finding."""
    known = {each.size: each.signature for each in tree.signed if each.signature}
    covered = max((each.size for each in tree.signed), default=0)
    sizes = [size for size in range(1, len(leaves) + 1) if size not in known]
    found, wrong = [], []
    for size, root in zip(sizes, roots(leaves, sizes), strict=True):
        checkpoint, value = Checkpoint(verifier.name, size, root), seals.signatures.get(size - 1)
        if isinstance(value, bytes) and is_signed(checkpoint, value, verifier):
            found.append((checkpoint, value))
        elif size <= covered and size - 1 in seals.signatures:
            wrong.append(size - 1)
    wrong += [size - 1 for size, value in known.items() if seals.signatures.get(size - 1, value) != value]
    for first, last in runs(sorted(wrong)):
        message = f"what is kept as signature with {told(first, last)} is not that of the checkpoint"
        findings.add("checkpoints", message, (first, last))
    return found


def _lost(tree: Standing, seals: Seals, notes: Sequence[Notes], findings: Findings) -> bool:
    """Whether checkpoints are missing that were written into the file, which is a finding."""
    there = {each.size for each in tree.signed}.union(*(each.sizes() for each in notes))
    if odd := sum(not isinstance(size, int) for size in seals.written):
        findings.add("checkpoints", f"the table checkpoints has {odd:,} sizes that are none")
    missing = {size for size in seals.written if isinstance(size, int)} - there
    for first, last in runs(sorted(size - 1 for size in missing)):
        findings.add(
            "checkpoints",
            f"{notes[-1].path} lacks the checkpoints of {told(first, last)}, which were written: it was rolled back, "
            "or they are in another machine's file",
            (first, last),
            f"{LOG_REMEDY}; name another machine's with --checkpoint",
        )
    return bool(missing)
