"""The ledger: every release and every refusal, in a log that shows whether it was tampered with."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa

from narrowgate.errors import LedgerError, UsageError
from narrowgate.ledger import merkle
from narrowgate.ledger.asking import NOBODY, Asking, Fields, Identified, Overtaken, Past, Repeated
from narrowgate.ledger.canonical import Shared, packed, unpacked
from narrowgate.ledger.checkpoints import CheckpointLog
from narrowgate.ledger.draw import Drawing
from narrowgate.ledger.history import Histories
from narrowgate.ledger.identify import Newcomers, SubjectIndex
from narrowgate.ledger.log import Added, Log
from narrowgate.ledger.notes import Signer, Verifier
from narrowgate.ledger.rows import body_of, find_entry, size_of
from narrowgate.ledger.schema import attestations, checkpoints, entries, policies, releases, subjects
from narrowgate.ledger.stores.interface import Store
from narrowgate.model.entry import (
    ENTRY,
    AttestationEntry,
    Entry,
    ErasureEntry,
    Owed,
    RefusalEntry,
    ReleaseEntry,
    delete_by,
    named,
)
from narrowgate.model.receipt import Receipt
from narrowgate.model.subject import SubjectKey

_IN_COMMON = ("columns", "constants", "decision", "engine", "hidden", "history", "pictures", "policy", "request")
"""Members that entries which are added together mostly share."""
_VERIFY = "run: narrowgate ledger verify"


@dataclass(frozen=True)
class Entered:
    """An entry of the ledger.

    Args:
        id: its leaf hash, in hexadecimal.
    """

    number: int
    id: str
    entry: Entry


@dataclass(frozen=True)
class Draft:
    """An entry that is to be: complete but for its time, what follows from that, and subjects."""

    entry: ReleaseEntry | RefusalEntry
    identified: Identified = NOBODY
    """The subjects of a release."""


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
        self._signer, self._lock = signer, threading.RLock()
        self._heard: Callable[[Entry], None] = lambda _: None
        self._index, self._histories, self._shared = SubjectIndex(), Histories(), Shared(*_IN_COMMON)

    @property
    def origin(self) -> str:
        """The name that its checkpoints bear."""
        return self._signer.name

    @property
    def verifier(self) -> Verifier:
        """The public key of its checkpoints."""
        return self._signer.verifier

    def listen(self, heard: Callable[[Entry], None]) -> None:
        """Have ``heard`` told of each entry that is made from now on, once it is made; nobody else is told any more."""
        self._heard = heard

    def identify(self, sets: Mapping[Fields, bytes], unidentified: int) -> Identified:
        """The people whose pseudonyms, end to end, are in ``sets``."""
        (identified,) = self.identify_each([(sets, unidentified)])
        return identified

    def identify_each(self, releases: Sequence[tuple[Mapping[Fields, bytes], int]]) -> list[Identified]:
        """The people of several releases: their pseudonyms, and how many records do not say whose they are."""
        with self._lock, self.store.reading() as connection:
            self._index.catch_up(connection)
            return [self._index.identify(*each) for each in releases]

    def past(self, asking: Asking) -> Past:
        """What the supplier holds, for the decision on ``asking``."""
        with self._lock, self.store.reading() as connection:
            return Past(self._histories.of(connection, asking, datetime.now(UTC).date()), size_of(connection))

    def under(self, keys: Sequence[str]) -> dict[str, Entered]:
        """What was entered already of that which is asked for under ``keys``."""
        with self.store.reading() as connection:
            rows = connection.execute(sa.select(entries.c.number, entries.c.key).where(entries.c.key.in_(keys))).all()
            return {key: self._entered(number, body_of(connection, number)) for number, key in rows}

    def enter_release(self, entry: ReleaseEntry, identified: Identified, bundle: bytes, past: Past) -> Receipt:
        """Enter a release; it may appear once this has returned.

        Args:
            entry: complete but for its time, what follows from that, and subjects.
            identified: its subjects.
            bundle: the policies that decided, as their digest covers them.
            past: what was decided by.

        Raises:
            Overtaken: decide again.
            Repeated: it was entered before.
            LedgerError: it was not entered, or whether it was cannot be told; it must not appear.
        """
        with self._adding() as (connection, log):
            (added,) = self._together(connection, log, [Draft(entry, identified)], bundle, past)
            evidence = log.evidence(added.number, added.leaf)
        assert isinstance(added.entry, ReleaseEntry)
        return evidence.receipt(added.entry)

    def enter_refusal(self, entry: RefusalEntry, bundle: bytes) -> None:
        """Enter a refusal. Its time is set here.

        Raises:
            Repeated: it was entered before.
        """
        with self._adding() as (connection, log):
            self._together(connection, log, [Draft(entry)], bundle)

    def enter_together(self, drafts: Sequence[Draft], bundle: bytes, past: Past) -> list[Entered]:
        """Enter several releases to one supplier, and refusals, all of them or none.

        Args:
            past: what all of them were decided by: a history that counts every release among them.

        Raises:
            Overtaken, Repeated, LedgerError: as ``enter_release`` does.
        """
        with self._adding() as (connection, log):
            added = self._together(connection, log, drafts, bundle, past)
        return [Entered(each.number, each.leaf.hex(), each.entry) for each in added]

    def enter_attestation(self, entry: AttestationEntry) -> Added:
        """Enter that a supplier says it has deleted a release. Its time is set here.

        Raises:
            UsageError: the release is not in the ledger, or was attested before.
        """
        with self._adding() as (connection, log):
            release = find_entry(connection, entry.release)
            known = sa.select(attestations.c.entry).where(attestations.c.release == release)
            if (earlier := connection.scalar(known)) is not None:
                raise UsageError(f"entry {earlier:,} attests that already", "nothing is left to do")
            added = log.add(entry.model_copy(update={"at": timestamp()}))
            log.write()
            row = {"entry": added.number, "release": release, "deleted_on": entry.deleted_on}
            connection.execute(sa.insert(attestations).values(row))
        return added

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
        theirs = sa.select(subjects.c.number).where(subjects.c.pseudonym == pseudonym).order_by(subjects.c.number)
        with self._lock:
            with self.store.reading() as connection:
                known = connection.scalar(theirs) is not None
            numbers = self._erased(theirs) if known else ()
            # Also where there is nobody: they may have been erased while somebody was reading.
            self.store.scrub()
        return numbers

    def _erased(self, theirs: sa.Select[Any]) -> tuple[int, ...]:
        with self._adding() as (connection, log):
            numbers = tuple(connection.scalars(theirs))
            if numbers:
                log.add(ErasureEntry(at=timestamp(), numbers=numbers))
                log.write()
                connection.execute(sa.delete(subjects).where(subjects.c.number.in_(numbers)))
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
            log, entered = self._log(connection), self._entered(number, body_of(connection, number))
            if not isinstance(entered.entry, ReleaseEntry):
                raise UsageError(f"entry {number:,} is {named(entered.entry)}, which has no receipt", "name a release")
            return log.evidence(number, bytes.fromhex(entered.id)).receipt(entered.entry)

    def checkpoint(self) -> str:
        """The signed checkpoint of the ledger as it is now."""
        with self.store.reading() as connection:
            return self._log(connection).checkpoint()

    def _log(self, connection: sa.Connection) -> Log:
        return Log(connection, self._signer, self.log, self.store.name, self._shared)

    def _entered(self, number: int, body: bytes) -> Entered:
        return Entered(number, merkle.leaf_hash(body).hex(), ENTRY.validate_json(body))

    @contextmanager
    def _adding(self) -> Iterator[tuple[sa.Connection, Log]]:
        """A transaction, and the log to add to. Once it is committed, the checkpoint goes into its file."""
        with self._lock:
            with self.store.writing() as connection:
                log = self._log(connection)
                yield connection, log
                note = log.checkpoint() if log.added else None
            if note is not None:
                self.log.append(note)
                with self.store.writing(lasting=False) as connection:
                    # Take note that it is there.
                    connection.execute(sa.insert(checkpoints).values(size=log.size))
            for each in log.added:
                self._heard(each.entry)

    def _together(
        self, connection: sa.Connection, log: Log, drafts: Sequence[Draft], bundle: bytes, past: Past | None = None
    ) -> list[Added]:
        """Add ``drafts`` and what is drawn from them."""
        _require_new(connection, drafts)
        for digest in {draft.entry.policy.digest for draft in drafts}:
            _keep_policies(connection, digest, bundle)
        if past is not None:
            for supplier in {draft.entry.request.supplier for draft in drafts}:
                _require_not_overtaken(connection, supplier, past)
        self._index.catch_up(connection)
        at, drawing, met = timestamp(), Drawing(connection), Newcomers(self._index)
        added = [self._drafted(log, draft, at, drawing, met) for draft in drafts]
        log.write()
        drawing.write()
        met.write(connection)
        return added

    def _drafted(self, log: Log, draft: Draft, at: str, drawing: Drawing, met: Newcomers) -> Added:
        entry = draft.entry
        if isinstance(entry, RefusalEntry):
            return log.add(entry.model_copy(update={"at": at}))
        sets, new = met.resolve(draft.identified, log.size)
        disclosed = drawing.disclose(log.size, entry.request, sets)
        added = log.add(
            entry.model_copy(
                update={
                    "at": at,
                    "obligations": _owed(entry, date.fromisoformat(at[:10])),
                    "subjects": tuple(each.said() for each in disclosed),
                    "new_subjects": new,
                }
            )
        )
        assert isinstance(added.entry, ReleaseEntry)
        drawing.add(added.number, added.entry, disclosed)
        return added


def timestamp() -> str:
    """Now, as entries have it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _require_new(connection: sa.Connection, drafts: Sequence[Draft]) -> None:
    keys = [draft.entry.key for draft in drafts if draft.entry.key is not None]
    if keys and connection.execute(sa.select(entries.c.number).where(entries.c.key.in_(keys)).limit(1)).first():
        raise Repeated


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
