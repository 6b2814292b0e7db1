"""SQLite: one file, nothing to start. Write-ahead log, and a commit is on the disk before it is over."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from narrowgate.errors import LedgerError, UsageError
from narrowgate.ledger.stores._sql import SqlStore

_REMEDIES = {
    sqlite3.SQLITE_BUSY: ("is locked by another process", "try again, or see what holds it"),
    sqlite3.SQLITE_FULL: ("cannot grow: its disk is full", "make room"),
    sqlite3.SQLITE_IOERR: ("cannot be written", "see whether its disk is full or failing"),
    sqlite3.SQLITE_READONLY: ("cannot be written", "see who may write the file and its folder"),
    sqlite3.SQLITE_CANTOPEN: ("cannot be opened", "see who may use the file and its folder"),
    sqlite3.SQLITE_CORRUPT: ("is damaged", "run: narrowgate ledger verify, and restore it"),
    sqlite3.SQLITE_NOTADB: ("is not an SQLite database", "name another file"),
    sqlite3.SQLITE_CONSTRAINT: ("does not take what is to be entered", "run: narrowgate ledger verify"),
}

_PRAGMAS = (
    *("journal_mode = WAL", "foreign_keys = ON", "trusted_schema = OFF"),
    "secure_delete = ON",  # erasing a person overwrites the row
)


class SqliteStore(SqlStore):
    """A ledger in a file.

    Args:
        path: of the file; its folder is made where it is missing.
        timeout: seconds to wait for another writer.
    """

    def __init__(self, path: Path, timeout: float) -> None:
        engine = sa.create_engine(
            sa.URL.create("sqlite", database=str(path)), hide_parameters=True, connect_args={"timeout": timeout}
        )
        sa.event.listen(engine, "connect", _configure)
        sa.event.listen(engine, "begin", _begin)
        super().__init__(engine, str(path))
        self.path = path

    def version(self) -> str | None:
        """See ``Store.version``. Asking makes no file."""
        return super().version() if self.path.exists() else None

    def create(self, fill: Callable[[sa.Connection], None] = lambda _: None) -> None:
        """See ``Store.create``."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.path.touch(mode=0o600)
        except OSError as error:
            raise LedgerError(
                f"the ledger {self.path} cannot be made ({error.strerror})", "name another place with --ledger"
            ) from error
        super().create(fill)

    def scrub(self) -> None:
        """See ``Store.scrub``: deleted rows are overwritten, and what the write-ahead log holds of them goes."""
        with self._connected() as connection:
            busy, *_ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
        if busy:
            raise LedgerError(
                f"what was deleted from the ledger is still in {self.path}-wal, as somebody is reading",
                "run it again once nobody is; or it goes as soon as nobody has the ledger open",
            )

    def _remedy(self, error: DBAPIError) -> tuple[str, str]:
        code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
        return _REMEDIES.get(code, ("cannot be used", "run: narrowgate ledger verify"))


def _configure(connection: Any, _record: object) -> None:
    # The driver begins no transactions: ours begin as they are meant.
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: sa.Connection) -> None:
    options = connection.get_execution_options()
    if not options.get("writing"):
        connection.exec_driver_sql("BEGIN")
        return
    # In a write-ahead log, what is committed with NORMAL survives the process at once, and a power cut soon.
    connection.exec_driver_sql(f"PRAGMA synchronous = {'FULL' if options.get('lasting') else 'NORMAL'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def open_store(url: str, timeout: float) -> SqliteStore:
    """The store in the file that ``url`` names.

    Raises:
        UsageError: it names none.
    """
    path = url.removeprefix("sqlite:///")
    if path == url or not path or path == ":memory:":
        raise UsageError("the ledger's address names no file", "write it as sqlite:////folder/ledger.db")
    return SqliteStore(Path(path).expanduser(), timeout)
