"""What a ledger needs of a database."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from sqlalchemy import Connection

VERSION = "0001"
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

    def create(self) -> None:
        """Make the tables, or bring them up to date. Calling it twice is harmless."""

    def reading(self) -> AbstractContextManager[Connection]:
        """A view of the ledger at one moment, however long it is read."""

    def writing(self) -> AbstractContextManager[Connection]:
        """A transaction, with no other writer at work.

        It is durable once the block has been left, and leaves no trace where the block raises.
        """

    def scrub(self) -> None:
        """See to it that rows that were deleted are not in the database's files any more, as far as it can be told."""

    def close(self) -> None:
        """Let go of connections."""
