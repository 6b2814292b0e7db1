"""The stored policies: each is what its digest says, and every one that decided is there."""

from __future__ import annotations

import hashlib

import sqlalchemy as sa

from narrowgate.errors import LedgerError
from narrowgate.ledger.canonical import unpacked
from narrowgate.ledger.schema import policies
from narrowgate.ledger.verify.findings import Findings
from narrowgate.ledger.verify.raw import read
from narrowgate.model.entry import Entry, RefusalEntry, ReleaseEntry


class Bundles:
    """The table ``policies``."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._named: dict[str, int] = {}

    def name(self, number: int, entry: Entry) -> None:
        """Take note of the policies that decided an entry."""
        if isinstance(entry, ReleaseEntry | RefusalEntry):
            self._named.setdefault(entry.policy.digest, number)

    def finish(self, connection: sa.Connection) -> None:
        """Hold the table against the policies that were named."""
        there = set()
        for row in read(connection, policies):
            digest = row["digest"]
            there.add(digest)
            entry = self._named.get(digest)
            if entry is None:
                self._findings.add("policies", "there are policies by which nothing was decided")
            elif _digest(row["bundle"]) != digest:
                self._findings.add("policies", f"the policies that decided entry {entry:,} were changed", entry)
        for digest in self._named.keys() - there:
            entry = self._named[digest]
            self._findings.add("policies", f"the policies that decided entry {entry:,} are missing", entry)


def _digest(bundle: object) -> str | None:
    try:
        return hashlib.sha256(unpacked(bundle, "")).hexdigest() if isinstance(bundle, bytes) else None
    except LedgerError:
        return None
