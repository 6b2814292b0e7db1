"""What is drawn from entries, held against them: releases and attestations, and what the sets and people build on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import sqlalchemy as sa

from narrowgate.errors import EvidenceError, UsageError
from narrowgate.ledger.deletion import deletion_text
from narrowgate.ledger.draw import release_row, shape_of
from narrowgate.ledger.notes import Verifier, verified
from narrowgate.ledger.schema import attestations, releases, shapes
from narrowgate.ledger.verify.findings import Findings
from narrowgate.ledger.verify.leaves import Leaves
from narrowgate.ledger.verify.numbered import Numbered
from narrowgate.ledger.verify.raw import Row, counted, read
from narrowgate.model.entry import AttestationEntry, Entry, ReleaseEntry
from narrowgate.model.verification import Check


class Drawn:
    """One table that is drawn from entries. It is read in step with them.

    Args:
        connection: on which the entries are read.
        findings: where to put what is found.
    """

    table: ClassVar[sa.Table]
    called: ClassVar[Check]

    def __init__(self, connection: sa.Connection, findings: Findings) -> None:
        self._connection, self.findings = connection, findings
        self._rows: dict[Any, list[Row]] = {}
        self._seen = 0

    def load(self, after: int | None, upto: int | None) -> None:
        """Read the rows of the entries after ``after`` and up to ``upto``; None: from the first, to the last."""
        column = self.table.c.entry
        where = [column > after] if after is not None else []
        where += [column <= upto] if upto is not None else []
        rows = defaultdict(list)
        for row in read(self._connection, self.table, *where):
            rows[row["entry"]].append(row)
            self._seen += 1
        self._rows = dict(rows)

    def check(self, number: int, entry: Entry | None) -> None:
        """Hold the rows of entry ``number`` against it; None where it cannot be read, which is known already."""
        rows = self._rows.pop(number, [])
        if entry is None:
            self.pass_over(rows)
            return
        expected = self.expected(number, entry)
        if len(rows) != len(expected):
            there = f"{len(rows)} rows, not {len(expected)}"
            self.findings.add(self.called, f"of entry {number:,} there are {there}, in {self.table.name}", number)
        else:
            for row, wanted in zip(rows, expected, strict=True):
                self.compare(number, row, wanted)
        self.look_into(number, entry, rows)

    def expected(self, number: int, entry: Entry) -> Sequence[Mapping[str, object]]:
        """What the rows must hold; columns that are not named are looked into otherwise."""
        raise NotImplementedError

    def look_into(self, number: int, entry: Entry, rows: Sequence[Row]) -> None:
        """Whatever else is to be held against the entry."""

    def pass_over(self, rows: Sequence[Row]) -> None:
        """Rows that nothing can be held against."""

    def compare(self, number: int, row: Row, wanted: Mapping[str, object]) -> None:
        """Say in which columns a row differs from what its entry says."""
        for column, value in wanted.items():
            if row[column] != value:
                message = f"{self.table.name} has another {column.replace('_', ' ')} than entry {number:,} says"
                self.findings.add(self.called, message, number)

    def finish_part(self) -> None:
        """Say what was loaded and belongs to no entry."""
        for number, rows in self._rows.items():
            entry = number if isinstance(number, int) else None
            which = f"entry {number:,}, which is not there" if entry is not None else "no entry"
            self.findings.add(self.called, f"{self.table.name} has {len(rows)} rows of {which}", entry)
            self.pass_over(rows)
        self._rows = {}

    def finish(self) -> None:
        """Say what was not even loaded."""
        if more := counted(self._connection, self.table) - self._seen:
            self.findings.add(self.called, f"{self.table.name} has {more:,} rows of no entry")


class Releases(Drawn):
    """The table ``releases``, and ``shapes``, which it names."""

    table, called = releases, "releases"

    def __init__(self, connection: sa.Connection, findings: Findings) -> None:
        super().__init__(connection, findings)
        self._shapes = Numbered(connection, shapes, "shapes", findings)

    def expected(self, number: int, entry: Entry) -> Sequence[Mapping[str, object]]:
        """See ``Drawn.expected``."""
        if not isinstance(entry, ReleaseEntry):
            return ()
        row = release_row(number, entry)
        days = ("requested_on", "entered_on", "delete_by")
        shape = self._shapes.number_of(shape_of(entry))
        return ({**row, "shape": shape, **{day: str(row[day]) for day in days}},)

    def finish(self) -> None:
        """See ``Drawn.finish``; and say which shapes nobody has."""
        super().finish()
        self._shapes.finish()


class Attestations(Drawn):
    """The table ``attestations``.

    Args:
        leaves: which release has which id.
    """

    table, called = attestations, "attestations"

    def __init__(self, connection: sa.Connection, findings: Findings, leaves: Leaves) -> None:
        super().__init__(connection, findings)
        self._leaves = leaves

    def expected(self, number: int, entry: Entry) -> Sequence[Mapping[str, object]]:
        """See ``Drawn.expected``."""
        if not isinstance(entry, AttestationEntry):
            return ()
        row: dict[str, object] = {"entry": number, "deleted_on": str(entry.deleted_on)}
        # A release that was changed has another id, and is told of for that.
        release = self._leaves.number_of.get(bytes.fromhex(entry.release))
        return (row if release is None else {**row, "release": release},)

    def look_into(self, number: int, entry: Entry, rows: Sequence[Row]) -> None:
        """Check a supplier's signature again."""
        if isinstance(entry, AttestationEntry) and entry.key is not None and not _is_stated(entry, entry.key):
            self.findings.add("attestations", f"what entry {number:,} rests on is not signed by the supplier", number)


def _is_stated(entry: AttestationEntry, key: str) -> bool:
    try:
        found = verified(entry.statement or "", [Verifier.parse(key)])
    except (EvidenceError, UsageError):
        return False
    return found.text == deletion_text(entry.release, entry.deleted_on)
