"""The ledger: every release and every refusal, in a log that shows whether it was tampered with."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

import sqlalchemy as sa

from narrowgate.errors import LedgerError, UsageError
from narrowgate.ledger import draw, merkle
from narrowgate.ledger.asking import Asking, Fields, Identified, Overtaken, Past
from narrowgate.ledger.canonical import canonical, packed, unpacked
from narrowgate.ledger.checkpoints import Checkpoint, CheckpointLog, is_signed, open_checkpoint
from narrowgate.ledger.draw import disclose
from narrowgate.ledger.history import history
from narrowgate.ledger.identify import SubjectIndex, add_subjects
from narrowgate.ledger.notes import Signer, Verifier, parse_note, sign
from narrowgate.ledger.rows import NodeReader, body_of, find_entry, size_of
from narrowgate.ledger.schema import (
    attestations,
    checkpoints,
    commitments,
    entries,
    nodes,
    policies,
    releases,
    subjects,
)
from narrowgate.ledger.stores.interface import Store
from narrowgate.model.entry import (
    ENTRY,
    AttestationEntry,
    Entry,
    ErasureEntry,
    NewSubjects,
    Owed,
    RefusalEntry,
    ReleaseEntry,
    delete_by,
    named,
)
from narrowgate.model.receipt import Receipt
from narrowgate.model.subject import SubjectKey

_VERIFY = "run: narrowgate ledger verify"


@dataclass(frozen=True)
class Evidence:
    """That an entry is in the ledger."""

    number: int
    leaf: bytes
    proof: tuple[bytes, ...]
    size: int
    """Of the tree that ``checkpoint`` signs."""
    checkpoint: str

    def receipt(self, entry: ReleaseEntry) -> Receipt:
        """The receipt of ``entry``, whose evidence this is."""
        return Receipt(
            id=self.leaf.hex(),
            entry=entry,
            number=self.number,
            proof=tuple(each.hex() for each in self.proof),
            checkpoint=self.checkpoint,
        )


class Ledger:
    """One ledger, for several threads.

    Args:
        store: with its tables.
        subject_key: makes the pseudonyms of subjects.
        signer: signs checkpoints; its name is the ledger's origin.
        log: checkpoints that were signed, outside the store.
    """

    def __init__(self, store: Store, subject_key: SubjectKey, signer: Signer, log: CheckpointLog) -> None:
        self.store, self.subject_key, self.log = store, subject_key, log
        self._signer, self._index, self._lock = signer, SubjectIndex(), threading.RLock()

    @property
    def origin(self) -> str:
        """The name that its checkpoints bear."""
        return self._signer.name

    @property
    def verifier(self) -> Verifier:
        """The public key of its checkpoints."""
        return self._signer.verifier

    def identify(self, sets: Mapping[Fields, bytes], unidentified: int) -> Identified:
        """The people whose pseudonyms, end to end, are in ``sets``."""
        with self._lock, self.store.reading() as connection:
            self._index.catch_up(connection)
            return self._index.identify(sets, unidentified)

    def past(self, asking: Asking) -> Past:
        """What the supplier holds, for the decision on ``asking``."""
        with self.store.reading() as connection:
            return Past(history(connection, asking, datetime.now(UTC).date()), size_of(connection))

    def enter_release(self, entry: ReleaseEntry, identified: Identified, bundle: bytes, past: Past) -> Receipt:
        """Enter a release; it may appear once this has returned.

        Args:
            entry: complete but for its time, what follows from that, and subjects.
            identified: its subjects.
            bundle: the policies that decided, as their digest covers them.
            past: what was decided by.

        Raises:
            Overtaken: decide again.
            LedgerError: it was not entered, or whether it was cannot be told; it must not appear.
        """
        with self._lock:
            with self.store.writing() as connection:
                _require_not_overtaken(connection, entry.request.supplier, past)
                _keep_policies(connection, entry.policy.digest, bundle)
                self._index.catch_up(connection)
                if not self._index.is_of(identified):
                    raise Overtaken
                first = self._index.next
                sets, new = self._index.resolve(identified, first)
                made = add_subjects(connection, new)
                disclosed = disclose(connection, entry.request, sets)
                whole = entry.model_copy(
                    update={
                        "at": (at := timestamp()),
                        "obligations": _owed(entry, date.fromisoformat(at[:10])),
                        "subjects": tuple(each.said() for each in disclosed),
                        "new_subjects": _newcomers(first, made),
                    }
                )
                evidence = self._enter(connection, whole)
                draw.enter_release(connection, evidence.number, whole, disclosed)
                if made:
                    kept = {"first": first, "entry": evidence.number, "count": len(made), "hashes": b"".join(made)}
                    connection.execute(sa.insert(commitments).values(kept))
            self._publish(evidence)
        return evidence.receipt(whole)

    def enter_refusal(self, entry: RefusalEntry, bundle: bytes) -> Evidence:
        """Enter a refusal. Its time is set here."""
        with self._lock:
            with self.store.writing() as connection:
                _keep_policies(connection, entry.policy.digest, bundle)
                evidence = self._enter(connection, entry.model_copy(update={"at": timestamp()}))
            self._publish(evidence)
        return evidence

    def enter_attestation(self, entry: AttestationEntry) -> Evidence:
        """Enter that a supplier says it has deleted a release. Its time is set here.

        Raises:
            UsageError: the release is not in the ledger, or was attested before.
        """
        with self._lock:
            with self.store.writing() as connection:
                release = find_entry(connection, entry.release)
                known = sa.select(attestations.c.entry).where(attestations.c.release == release)
                if (earlier := connection.scalar(known)) is not None:
                    raise UsageError(f"entry {earlier:,} attests that already", "nothing is left to do")
                evidence = self._enter(connection, entry.model_copy(update={"at": timestamp()}))
                row = {"entry": evidence.number, "release": release, "deleted_on": entry.deleted_on}
                connection.execute(sa.insert(attestations).values(row))
            self._publish(evidence)
        return evidence

    def supplier_key(self, entry: ReleaseEntry) -> str | None:
        """The public key of a release's supplier, if the policies that decided it know one.

        Raises:
            LedgerError: they are not here any more, or not what they were.
        """
        with self.store.reading() as connection:
            bundle = connection.scalar(sa.select(policies.c.bundle).where(policies.c.digest == entry.policy.digest))
        if bundle is None:
            raise LedgerError("the policies that decided are not in the ledger", _VERIFY)
        content = unpacked(bytes(bundle), "what is stored of the policies")
        if hashlib.sha256(content).hexdigest() != entry.policy.digest:
            raise LedgerError("the policies that decided have been changed", _VERIFY)
        key: str | None = json.loads(content)["suppliers"].get(entry.request.supplier, {}).get("key")
        return key

    def erase(self, identifier: str) -> tuple[int, ...]:
        """Forget whose number it is. Entries and sets stay; so do proofs.

        Returns:
            The numbers; none where the ledger does not know the person.

        Raises:
            LedgerError: they were not forgotten, or not in all of the database's files.
        """
        pseudonym = self.subject_key.of(identifier)
        with self._lock:
            with self.store.writing() as connection:
                theirs = sa.select(subjects.c.number).where(subjects.c.pseudonym == pseudonym)
                numbers = tuple(connection.scalars(theirs.order_by(subjects.c.number)))
                if numbers:
                    evidence = self._enter(connection, ErasureEntry(at=timestamp(), numbers=numbers))
                    connection.execute(sa.delete(subjects).where(subjects.c.number.in_(numbers)))
            if numbers:
                self._publish(evidence)
            # Also where there is nobody: they may have been erased while somebody was reading.
            self.store.scrub()
        return numbers

    def find(self, name: str) -> int:
        """The number of the entry that ``name`` means: its number, or the beginning of its id, 8 digits or more."""
        with self.store.reading() as connection:
            return find_entry(connection, name)

    def receipt(self, number: int) -> Receipt:
        """The receipt of the release that is entry ``number``, with the tree as it is now.

        Raises:
            UsageError: the entry is no release.
        """
        with self.store.reading() as connection:
            size, read = size_of(connection), NodeReader(connection)
            self._require_continued(connection, size, read)
            body = body_of(connection, number)
            entry = ENTRY.validate_json(body)
            if not isinstance(entry, ReleaseEntry):
                raise UsageError(f"entry {number:,} is {named(entry)}, which has no receipt", "name a release")
            return self._evidence(number, size, body, read).receipt(entry)

    def checkpoint(self) -> str:
        """The signed checkpoint of the ledger as it is now."""
        with self.store.reading() as connection:
            size, read = size_of(connection), NodeReader(connection)
            self._require_continued(connection, size, read)
            return self._checkpoint(size, read)

    def _enter(self, connection: sa.Connection, entry: Entry) -> Evidence:
        """Add ``entry`` to the log."""
        number, read = size_of(connection), NodeReader(connection)
        self._require_continued(connection, number, read)
        body = canonical(entry)
        grown = merkle.grown(number, merkle.leaf_hash(body), read)
        read.learn(grown)
        rows = [{"level": level, "number": place, "hash": digest} for (level, place), digest in grown]
        connection.execute(sa.insert(nodes), rows)
        evidence = self._evidence(number, number + 1, body, read)
        (signature,) = parse_note(evidence.checkpoint).signatures
        row = {**entry_row(number, entry), "body": packed(body), "signature": signature.value}
        connection.execute(sa.insert(entries).values(row))
        return evidence

    def _publish(self, evidence: Evidence) -> None:
        """Write the checkpoint of what was committed into its file, and take note that it is there."""
        self.log.append(evidence.checkpoint)
        with self.store.writing(lasting=False) as connection:
            connection.execute(sa.insert(checkpoints).values(size=evidence.size))

    def _evidence(self, number: int, size: int, body: bytes, read: NodeReader) -> Evidence:
        proof = merkle.inclusion_proof(number, size, read)
        return Evidence(number, merkle.leaf_hash(body), tuple(proof), size, self._checkpoint(size, read))

    def _checkpoint(self, size: int, read: NodeReader) -> str:
        root = merkle.root(size, read)
        return sign(Checkpoint(self.origin, size, root).text(), self._signer)

    def _require_continued(self, connection: sa.Connection, size: int, read: NodeReader) -> None:
        """Make sure that we signed all that the store holds: the last checkpoint in the file, and what came after it.

        Raises:
            LedgerError: we did not. Signing another checkpoint would hide that.
        """
        note = self.log.latest()
        last = open_checkpoint(note, self.verifier) if note else Checkpoint(self.origin, 0, merkle.EMPTY_ROOT)
        remedy = "run: narrowgate ledger verify; nothing is entered until this is mended"
        if last.size > size:
            raise LedgerError(
                f"the ledger {self.store.name} has {size:,} entries, and had {last.size:,}: it was cut short, or an "
                "old copy of it put back",
                remedy,
            )
        if merkle.root(last.size, read) != last.root:
            raise LedgerError(
                f"the first {last.size:,} entries of {self.store.name} are not those that were signed", remedy
            )
        if last.size < size and not self._is_signed(connection, size, read):
            raise LedgerError(
                f"{self.store.name} has entries from {last.size:,} on that were never signed: somebody else added them",
                remedy,
            )

    def _is_signed(self, connection: sa.Connection, size: int, read: NodeReader) -> bool:
        """Whether the checkpoint of ``size`` entries was signed as they were committed."""
        signature = connection.scalar(sa.select(entries.c.signature).where(entries.c.number == size - 1))
        now = Checkpoint(self.origin, size, merkle.root(size, read))
        return signature is not None and is_signed(now, bytes(signature), self.verifier)


def entry_row(number: int, entry: Entry) -> dict[str, object]:
    """What a row of ``entries`` says of an entry."""
    request = entry.request if isinstance(entry, ReleaseEntry | RefusalEntry) else None
    supplier = entry.supplier if isinstance(entry, AttestationEntry) else None
    return {
        "number": number,
        "kind": entry.kind,
        "at": entry.at,
        "supplier": request.supplier if request else supplier,
        "purpose": request.purpose if request else None,
    }


def timestamp() -> str:
    """Now, as entries have it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _require_not_overtaken(connection: sa.Connection, supplier: str, past: Past) -> None:
    newer = sa.select(releases.c.entry).where(releases.c.supplier == supplier, releases.c.entry >= past.size)
    if connection.execute(newer.limit(1)).first():
        raise Overtaken


def _keep_policies(connection: sa.Connection, digest: str, bundle: bytes) -> None:
    if connection.execute(sa.select(policies.c.digest).where(policies.c.digest == digest)).first() is None:
        connection.execute(sa.insert(policies).values(digest=digest, bundle=packed(bundle)))


def _owed(entry: ReleaseEntry, entered_on: date) -> Owed:
    """What the supplier owes, its days counted from when the release was asked for or left, whichever came first."""
    agreed = entry.decision.obligations
    if agreed is None:
        return entry.obligations
    day = delete_by(entry.request.on, entered_on, agreed.retention_days)
    return entry.obligations.model_copy(update={"delete_by": day})


def _newcomers(first: int, made: list[bytes]) -> NewSubjects | None:
    if not made:
        return None
    tree = merkle.MemoryTree.from_leaves(map(merkle.leaf_hash, made))
    return NewSubjects(first=first, count=len(made), root=tree.root().hex())
