"""The log within one transaction: its tree, the checkpoints that we signed of it, and what is added at its end."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from narrowgate.errors import LedgerError
from narrowgate.ledger import merkle
from narrowgate.ledger.canonical import Shared, packed
from narrowgate.ledger.checkpoints import Checkpoint, CheckpointLog, is_signed, open_checkpoint
from narrowgate.ledger.evidence import Evidence
from narrowgate.ledger.notes import Signer, sign
from narrowgate.ledger.rows import NodeReader, insert_rows, size_of
from narrowgate.ledger.schema import entries, nodes
from narrowgate.model.entry import AttestationEntry, Entry, RefusalEntry, ReleaseEntry


@dataclass(frozen=True)
class Added:
    """An entry that was added."""

    number: int
    leaf: bytes
    entry: Entry


class Log:
    """The log as a connection sees it, made sure to be the one that we signed.

    Args:
        connection: of a transaction, which must write where anything is to be added.
        signer: signs checkpoints; its name is the log's origin.
        checkpoints: those that were signed, outside the store.
        name: of the store, for people.
        shared: makes entries canonical.

    Raises:
        LedgerError: it is not. Signing another checkpoint would hide that.
    """

    def __init__(
        self, connection: sa.Connection, signer: Signer, checkpoints: CheckpointLog, name: str, shared: Shared
    ) -> None:
        self._connection, self._signer, self._checkpoints, self._name = connection, signer, checkpoints, name
        self.size = size_of(connection)
        self._read = NodeReader(connection)
        self._rows: list[dict[str, object]] = []
        self._nodes: list[dict[str, object]] = []
        self._shared = shared
        self.added: list[Added] = []
        """All that was added, written or not."""
        self._require_continued()

    def add(self, entry: Entry) -> Added:
        """Add ``entry`` at the end. It is in the store once ``write`` has been called."""
        number, body = self.size, self._shared.canonical(entry)
        leaf = merkle.leaf_hash(body)
        grown = merkle.grown(number, leaf, self._read)
        self._read.learn(grown)
        self._nodes += [{"level": level, "number": place, "hash": digest} for (level, place), digest in grown]
        self.size += 1
        signature = self._signer.signature(self._tree().text()).value
        self._rows.append({**entry_row(number, entry), "body": packed(body), "signature": signature})
        self.added.append(Added(number, leaf, entry))
        return self.added[-1]

    def write(self) -> None:
        """Write what was added into the store."""
        insert_rows(self._connection, nodes, self._nodes)
        insert_rows(self._connection, entries, self._rows)
        self._rows, self._nodes = [], []

    def checkpoint(self) -> str:
        """The signed checkpoint of the log with all that was added."""
        return sign(self._tree().text(), self._signer)

    def evidence(self, number: int, leaf: bytes) -> Evidence:
        """That entry ``number`` is in the log."""
        proof = merkle.inclusion_proof(number, self.size, self._read)
        return Evidence(number, leaf, tuple(proof), self.size, self.checkpoint())

    def _tree(self) -> Checkpoint:
        return Checkpoint(self._signer.name, self.size, merkle.root(self.size, self._read))

    def _require_continued(self) -> None:
        """Make sure that we signed all that the store holds: the last checkpoint in the file, and what came after."""
        note, size = self._checkpoints.latest(), self.size
        verifier = self._signer.verifier
        last = open_checkpoint(note, verifier) if note else Checkpoint(self._signer.name, 0, merkle.EMPTY_ROOT)
        remedy = "run: narrowgate ledger verify; nothing is entered until this is mended"
        if last.size > size:
            raise LedgerError(
                f"the ledger {self._name} has {size:,} entries, and had {last.size:,}: it was cut short, or an "
                "old copy of it put back",
                remedy,
            )
        if merkle.root(last.size, self._read) != last.root:
            raise LedgerError(f"the first {last.size:,} entries of {self._name} are not those that were signed", remedy)
        if last.size < size and not self._is_signed():
            raise LedgerError(
                f"{self._name} has entries from {last.size:,} on that were never signed: somebody else added them",
                remedy,
            )

    def _is_signed(self) -> bool:
        """Whether the checkpoint of all entries was signed as they were committed."""
        last = sa.select(entries.c.signature).where(entries.c.number == self.size - 1)
        signature = self._connection.scalar(last)
        return signature is not None and is_signed(self._tree(), bytes(signature), self._signer.verifier)


def entry_row(number: int, entry: Entry) -> dict[str, object]:
    """What a row of ``entries`` says of an entry."""
    asked = entry if isinstance(entry, ReleaseEntry | RefusalEntry) else None
    supplier = entry.supplier if isinstance(entry, AttestationEntry) else None
    return {
        "number": number,
        "kind": entry.kind,
        "at": entry.at,
        "supplier": asked.request.supplier if asked else supplier,
        "purpose": asked.request.purpose if asked else None,
        "key": asked.key if asked else None,
    }
