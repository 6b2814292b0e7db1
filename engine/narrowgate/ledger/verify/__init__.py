"""Whether a ledger is what it was: every body hashed anew, and held against checkpoints kept outside the database.

Whoever may write to the database, guards and all, cannot sign. So nothing in it is believed but what leads to the root
of a signed checkpoint: entries do, and what is drawn from them is held against them.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import sqlalchemy as sa

from narrowgate.errors import LedgerError
from narrowgate.ledger.checkpoints import CheckpointLog
from narrowgate.ledger.notes import Verifier
from narrowgate.ledger.schema import checkpoints
from narrowgate.ledger.stores.interface import Store
from narrowgate.ledger.verify.bundles import Bundles
from narrowgate.ledger.verify.database import check_database
from narrowgate.ledger.verify.disclosed import Disclosures
from narrowgate.ledger.verify.drawn import Attestations, Releases
from narrowgate.ledger.verify.findings import RESTORE, Findings
from narrowgate.ledger.verify.leaves import Leaves, check_leaves, read_tree
from narrowgate.ledger.verify.people import Commitments
from narrowgate.ledger.verify.raw import lenient, read, surviving
from narrowgate.ledger.verify.signed import (
    Notes,
    Signed,
    open_notes,
    opening,
    read_notes,
    signed_elsewhere,
    signed_in_log,
)
from narrowgate.ledger.verify.subjects import check_subjects
from narrowgate.ledger.verify.tail import Seals, check_tail
from narrowgate.ledger.verify.tree import Nodes, Standing, check_nodes, check_signed, standing
from narrowgate.ledger.verify.walk import Walk
from narrowgate.model.receipt import Receipt
from narrowgate.model.verification import VerificationReport

Progress = Callable[[int], None]
_SETTLED = 0.2
"""Seconds in which a writer has surely written down the checkpoint of what it has entered."""


def verify_ledger(
    store: Store,
    log: CheckpointLog,
    verifier: Verifier,
    evidence: Sequence[str | Receipt] = (),
    progress: Progress = lambda _: None,
    subject_check: str | None = None,
) -> VerificationReport:
    """Look for anything in the ledger that is not as it was entered.

    Args:
        store: may be written to meanwhile: it is read as of one moment.
        log: its checkpoints.
        verifier: the public key that signed them; not the one that the database names.
        evidence: checkpoints that others kept, as notes, and receipts.
        progress: called with the number of entries read since the last call.
        subject_check: of the key that makes the ledger's pseudonyms, where it is known.

    Raises:
        LedgerError: the database cannot be read at all.
    """
    findings, before = Findings(), read_notes(log)
    with opening(before, verifier) as opened, _uncollected():
        with _opened(store) as connection, lenient(connection):
            check_database(connection, verifier, subject_check, findings)
            leaves, above = Leaves(), Nodes()
            with surviving(connection, findings, "the stored tree"):
                above = read_tree(connection, leaves)
            entries, subjects = _check_contents(connection, leaves, findings, progress)
            written = _written(connection, findings)
        notes, signed = [before], signed_in_log(before, opened(), verifier, findings)
    if max((each.size for each in signed), default=0) < len(leaves.of_entries):
        notes.append(newer := _written_since(before, log))
        signed += signed_in_log(newer, open_notes(newer.texts, verifier), verifier, findings)
    signed += signed_elsewhere(evidence, verifier, leaves.of_entries, findings)
    tree, of = _check_tree(leaves, above, signed, findings)
    check_tail(tree, of, Seals(leaves.signatures, written), notes, verifier, findings)
    return VerificationReport(
        origin=verifier.name,
        entries=entries,
        subjects=subjects,
        checkpoints=len(signed),
        findings=findings.all(),
        notes=tuple(findings.notes),
    )


@contextmanager
def _uncollected() -> Iterator[None]:
    """Have nobody look for cycles meanwhile: among millions of objects there are none, and it takes its time."""
    usual = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if usual:
            gc.enable()


@contextmanager
def _opened(store: Store) -> Iterator[sa.Connection]:
    try:
        with store.reading() as connection:
            yield connection
    except UnicodeDecodeError as error:  # SQLite quotes in its messages what stands in the schema
        raise LedgerError(f"the ledger {store.name} is damaged", RESTORE) from error


def _written_since(before: Notes, log: CheckpointLog) -> Notes:
    """What was written to the log since it was read; a writer may have entered something, and be about to write."""
    for wait in (0.0, _SETTLED):
        time.sleep(wait)
        newer = read_notes(log).after(before)
        if newer.texts:
            break
    return newer


def _check_contents(
    connection: sa.Connection, leaves: Leaves, findings: Findings, progress: Progress
) -> tuple[int, int]:
    """Hold everything that is drawn from entries against them; returns how many entries and subjects there are."""
    entries, subjects, whole = 0, 0, False
    with surviving(connection, findings, "what the ledger holds"):
        bundles, people = Bundles(findings), Commitments(connection, findings)
        drawn = (
            people,
            Releases(connection, findings),
            Disclosures(connection, findings, people),
            Attestations(connection, findings, leaves),
        )
        entries = Walk(leaves, findings, bundles.name).run(connection, drawn, progress)
        bundles.finish(connection)
        subjects = check_subjects(connection, people, findings)
        whole = True
    if not whole:
        leaves.unreadable.update(leaves.stored.keys() - leaves.of_entries.keys())
    return entries, subjects


def _written(connection: sa.Connection, findings: Findings) -> list[object]:
    """Of how many entries the checkpoints are that were written into the file, as the database says."""
    with surviving(connection, findings, "the list of checkpoints"):
        return [row["size"] for row in read(connection, checkpoints)]
    return []


def _check_tree(
    leaves: Leaves, above: Nodes, signed: Sequence[Signed], findings: Findings
) -> tuple[Standing, Sequence[bytes]]:
    """Hold the tree of the entries, and the stored one, against the checkpoints.

    Where the two differ, the one that goes further with the checkpoints tells what was changed. It is returned, with
    its leaves.
    """
    stored, entered = leaves.by_tree(), leaves.by_entries()
    by_tree = standing(stored, signed)
    by_entries = by_tree if entered == stored else standing(entered, signed)
    check_leaves(leaves, len(entered), by_tree.agreed, findings)
    tree_goes_further = by_tree.agreed >= by_entries.agreed
    tree, of = (by_tree, stored) if tree_goes_further else (by_entries, entered)
    check_signed(tree, findings)
    check_nodes(of, above, findings)
    return tree, of
