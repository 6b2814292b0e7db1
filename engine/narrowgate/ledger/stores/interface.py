"""What a ledger needs of a database."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from sqlalchemy import Connection

VERSION = "0002"
"""Of the tables that this version of Narrowgate knows: the newest migration."""


class Store(Protocol):
    """A database with the ledger's tables.

    Whatever goes wrong in it is raised as ``LedgerError``, without a statement or a value of it. It may be used from
    several threads and processes at once.
    """

    name: str
    """How people are told which one: without a password."""

    def version(self) -> str | None:
        """Of the tables; None where there are none."""

    def create(self, fill: Callable[[Connection], None] = lambda _: None) -> None:
        """Make the tables, or bring them up to date. Calling it twice is harmless.

        Args:
            fill: does the rest in the same transaction, so that nobody finds tables without it.
        """

    def reading(self) -> AbstractContextManager[Connection]:
        """A view of the ledger at one moment, however long it is read."""

    def writing(self, *, lasting: bool = True) -> AbstractContextManager[Connection]:
        """A transaction, with no other writer at work. It leaves no trace where the block raises.

        Args:
            lasting: whether it has to be on the disk once the block has been left, rather than soon.
        """

    def scrub(self) -> None:
        """See to it that rows that were deleted are not in the database's files any more, as far as it can be told."""

    def close(self) -> None:
        """Let go of connections."""
