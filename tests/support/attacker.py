"""Somebody who may write to a ledger's file, and has read the source, but has no key."""

from __future__ import annotations

import json
import shutil
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from narrowgate.ledger.checkpoints import CheckpointLog
from narrowgate.ledger.ledger import Ledger
from narrowgate.ledger.merkle import leaf_hash, node_hash
from narrowgate.ledger.notes import Verifier
from narrowgate.ledger.stores.sqlite import SqliteStore
from narrowgate.ledger.verify import verify_ledger
from narrowgate.model.receipt import Receipt
from narrowgate.model.verification import LedgerFinding, VerificationReport

DRAWN = {"releases": "entry", "disclosures": "entry", "commitments": "entry", "attestations": "entry"}
"""What is drawn from entries, each with the column that says from which."""


@dataclass(frozen=True)
class Victim:
    """A ledger in files, and what its owner remembers of it."""

    folder: Path
    verifier: Verifier
    subject_check: str

    @classmethod
    def of(cls, ledger: Ledger, folder: Path) -> Victim:
        """The ledger in ``folder``, closed."""
        ledger.store.close()
        return cls(folder, ledger.verifier, ledger.subject_key.check)

    def copy(self, folder: Path) -> Victim:
        """The same in another folder."""
        shutil.copytree(self.folder, folder)
        return Victim(folder, self.verifier, self.subject_check)

    @property
    def database(self) -> Path:
        """The file of the ledger."""
        return self.folder / "ledger.db"

    @property
    def log(self) -> Path:
        """The file of its checkpoints."""
        return self.folder / "ledger.checkpoints"

    def verified(self, *evidence: str | Receipt) -> VerificationReport:
        """What verification says of it."""
        store = SqliteStore(self.database, timeout=1)
        try:
            return verify_ledger(
                store, CheckpointLog(self.log), self.verifier, evidence, subject_check=self.subject_check
            )
        finally:
            store.close()

    @contextmanager
    def edited(self) -> Iterator[sqlite3.Connection]:
        """The database, its guards out of the way and back in their place afterwards."""
        connection = sqlite3.connect(self.database)
        try:
            guards = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
            for name, _ in guards:
                connection.execute(f"DROP TRIGGER {name}")
            yield connection
            for _, text in guards:
                connection.execute(text)
            connection.commit()
        finally:
            connection.close()


def told(report: VerificationReport) -> list[tuple[str, int | None, int | None]]:
    """The findings in short: which check, from which entry to which."""
    return [(each.check, each.first, each.last) for each in report.findings]


def finding(report: VerificationReport, check: str, first: int | None, last: int | None) -> LedgerFinding:
    """The finding of ``check`` about just those entries."""
    found = [each for each in report.findings if (each.check, each.first, each.last) == (check, first, last)]
    assert found, f"{check} {first} to {last} is not among {[*report.findings]}"
    return found[0]


def body_of(connection: sqlite3.Connection, number: int) -> dict[str, Any]:
    """The document in an entry."""
    kept = connection.execute("SELECT body FROM entries WHERE number = ?", (number,)).fetchone()[0]
    document: dict[str, Any] = json.loads(zlib.decompress(kept))
    return document


def put_body(connection: sqlite3.Connection, number: int, document: dict[str, Any]) -> None:
    """Put another document into an entry."""
    kept = zlib.compress(json.dumps(document, sort_keys=True, separators=(",", ":")).encode())
    connection.execute("UPDATE entries SET body = ? WHERE number = ?", (kept, number))


def rebuild_tree(connection: sqlite3.Connection) -> None:
    """Make the tree that the entries would have, were they genuine."""
    bodies = connection.execute("SELECT body FROM entries ORDER BY number").fetchall()
    hashes, level = [leaf_hash(zlib.decompress(body)) for (body,) in bodies], 0
    connection.execute("DELETE FROM nodes")
    while hashes:
        rows = [(level, number, digest) for number, digest in enumerate(hashes)]
        connection.executemany("INSERT INTO nodes VALUES (?, ?, ?)", rows)
        hashes = [node_hash(*pair) for pair in zip(hashes[::2], hashes[1::2], strict=False)]
        level += 1


def remove(connection: sqlite3.Connection, number: int) -> None:
    """Remove an entry and all that is drawn from it."""
    for table, column in DRAWN.items():
        connection.execute(f"DELETE FROM {table} WHERE {column} = ?", (number,))
    connection.execute("DELETE FROM entries WHERE number = ?", (number,))


def renumber(connection: sqlite3.Connection, old: int, new: int) -> None:
    """Give an entry another number, wherever it is named."""
    columns = [*DRAWN.items(), ("disclosures", "base_entry"), ("attestations", "release"), ("entries", "number")]
    for table, column in columns:
        connection.execute(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", (new, old))
