"""One pass over the entries, and in step with it over what is drawn from them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

import sqlalchemy as sa
from pydantic import ValidationError

from narrowgate.errors import LedgerError
from narrowgate.ledger.canonical import unpacked
from narrowgate.ledger.log import entry_row
from narrowgate.ledger.merkle import leaf_hash
from narrowgate.ledger.schema import entries
from narrowgate.ledger.verify.drawn import Drawn
from narrowgate.ledger.verify.findings import Findings
from narrowgate.ledger.verify.leaves import Leaves
from narrowgate.ledger.verify.raw import Row, read
from narrowgate.model.entry import ENTRY, Entry

AT_ONCE = 200
"""Entries: as many sets as are in memory at a time."""


class Walk:
    """Reads all entries once.

    Args:
        leaves: where the leaf of each goes.
        see: called with each entry that can be read, and its number.
    """

    def __init__(self, leaves: Leaves, findings: Findings, see: Callable[[int, Entry], None]) -> None:
        self._leaves, self._findings, self._see = leaves, findings, see

    def run(self, connection: sa.Connection, drawn: Sequence[Drawn], progress: Callable[[int], None]) -> int:
        """Hold every entry against its row, and ``drawn``, in their order, against it; returns how many there are."""
        count, after = 0, None
        for rows in _batches(connection):
            for each in drawn:
                each.load(after, rows[-1]["number"])
            for row in rows:
                self._check(row, drawn)
            for each in drawn:
                each.finish_part()
            count, after = count + len(rows), rows[-1]["number"]
            progress(len(rows))
        for each in drawn:
            each.load(after, None)
            each.finish_part()
            each.finish()
        return count

    def _check(self, row: Row, drawn: Sequence[Drawn]) -> None:
        number: int = row["number"]
        self._leaves.signatures[number] = row["signature"]
        entry = self._read(number, row["body"])
        if entry is not None:
            self._check_columns(number, entry, row)
            self._see(number, entry)
        for each in drawn:
            each.check(number, entry)

    def _read(self, number: int, kept: object) -> Entry | None:
        """The entry in a body; None where there is none, which is a finding."""
        try:
            body = unpacked(kept, "") if isinstance(kept, bytes) else b""
            entry = ENTRY.validate_json(body)
        except LedgerError:
            self._findings.add("entries", f"entry {number:,} cannot be unpacked", number)
            self._leaves.unreadable.add(number)
            return None
        except ValidationError:
            self._findings.add("entries", f"entry {number:,} is not one that was ever written", number)
            entry = None
        self._leaves.add(number, leaf_hash(body))
        return entry

    def _check_columns(self, number: int, entry: Entry, row: Row) -> None:
        for column, value in entry_row(number, entry).items():
            if row[column] != value:
                self._findings.add("entries", f"entry {number:,} is listed with another {column} than it says", number)


def _batches(connection: sa.Connection) -> Iterator[list[Row]]:
    """The rows of ``entries``, a few at a time."""
    after: int | None = None
    while True:
        where = [entries.c.number > after] if after is not None else []
        rows = list(islice(read(connection, entries, *where), AT_ONCE))
        if not rows:
            return
        yield rows
        after = rows[-1]["number"]
