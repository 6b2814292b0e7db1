"""What releases and sets have only the number of: shapes and flows, held against what entries say."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from narrowgate.ledger.verify.findings import Findings
from narrowgate.ledger.verify.raw import read
from narrowgate.model.verification import Check


class Numbered:
    """A table of which the rows are told by a number.

    Args:
        called: what its findings are called; and, without the last letter, a row of it.
    """

    def __init__(self, connection: sa.Connection, table: sa.Table, called: Check, findings: Findings) -> None:
        self._called, self._findings = called, findings
        self._number_of: dict[tuple[Any, ...], Any] = {}
        self._used: set[tuple[Any, ...]] = set()
        for row in read(connection, table):
            key = tuple(value for name, value in row.items() if name != "number")
            if key in self._number_of:
                findings.add(called, f"{called[:-1]} {row['number']} is there twice")
            self._number_of[key] = row["number"]

    def number_of(self, *key: str) -> object:
        """The number of what an entry says; where there is none, what no row can have for one."""
        self._used.add(key)
        return self._number_of.get(key, f"one that {self._called} has not")

    def finish(self) -> None:
        """Say what no entry is about."""
        for key in sorted(self._number_of.keys() - self._used, key=str):
            self._findings.add(self._called, f"no entry is of {self._called[:-1]} {self._number_of[key]}")
