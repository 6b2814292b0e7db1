"""PostgreSQL: for several machines. Writers take turns by an advisory lock, so that the log cannot fork."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError

from narrowgate.errors import LedgerError, UsageError
from narrowgate.ledger.schema import metadata, subjects
from narrowgate.ledger.stores._sql import SqlStore

_TURN = 0x6E67_6174_65
"""The advisory lock that a writer holds until its transaction ends."""
_REMEDIES = {
    "28": ("does not let us in", "see the user and password, and pg_hba.conf"),
    "3D": ("is in a database that does not exist", "make it: createdb"),
    "42704": ("has no such role", "make it: createuser"),
    "42501": (
        "does not let this role do that",
        "use the owner's role, as for erasing; or run as owner: narrowgate ledger grant ROLE",
    ),
    "53": ("has run out of room or connections", "make room"),
    "55P03": ("is held by another writer", "try again, or see what holds it"),
    "57": ("was interrupted", "see the server's log, and try again"),
    "23": ("does not take what is to be entered", "run: narrowgate ledger verify"),
}
_AT_THE_DOOR = {
    "authentication failed": "28",
    "pg_hba.conf": "28",
    "permission denied": "28",
    "does not exist": "3D",
    "connection slots": "53",
    "too many": "53",
    "system is": "57",
}
"""What a server says as it turns somebody away, by the code that the client library does not pass on then."""
_SHOWN = ("host", "port")
"""What may be shown of an address's options: others are passwords too."""


class PostgresStore(SqlStore):
    """A ledger in a PostgreSQL database."""

    def __init__(self, url: sa.URL, timeout: float) -> None:
        milliseconds = int(timeout * 1000)
        options = f"-c lock_timeout={milliseconds} -c synchronous_commit=on -c TimeZone=UTC"
        arguments: dict[str, Any] = {"connect_timeout": max(2, int(timeout)), "options": options}
        engine = sa.create_engine(
            url.set(drivername="postgresql+psycopg"),
            hide_parameters=True,
            connect_args=arguments,
            pool_pre_ping=True,
        )
        shown = url.set(query={name: url.query[name] for name in _SHOWN if name in url.query})
        super().__init__(engine, shown.render_as_string(hide_password=True))

    def grant(self, role: str) -> None:
        """Let ``role`` read the ledger and enter into it, and nothing else: it cannot erase either.

        Raises:
            LedgerError: there is no such role, or the ledger is not ours to grant.
        """
        with self._connected(writing=True) as connection, connection.begin():
            quoted = connection.dialect.identifier_preparer.quote_identifier(role)
            names = [table.name for table in metadata.sorted_tables]
            connection.exec_driver_sql(f"GRANT SELECT, INSERT ON {', '.join(names)} TO {quoted}")
            connection.exec_driver_sql(f"GRANT SELECT ON alembic_version TO {quoted}")
            # Whoever owns nothing is told by a mere warning that nothing was granted.
            granted = sa.select(*(sa.func.has_table_privilege(role, name, "INSERT") for name in names))
            if not all(connection.execute(granted).one()):
                what, remedy = _REMEDIES["42501"]
                raise LedgerError(f"the ledger {self.name} {what}", remedy)

    def scrub(self) -> None:
        """See ``Store.scrub``. What has been archived of the write-ahead log is the server's."""
        with self._connected() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql(f"VACUUM {subjects.name}")

    def _take_turns(self, connection: sa.Connection, *, lasting: bool) -> None:
        if not lasting:
            connection.execute(sa.text("SET LOCAL synchronous_commit = off"))
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_TURN)))

    def _options(self, *, writing: bool, lasting: bool) -> dict[str, Any]:
        # A writer must see what others committed before its turn came, a reader nothing that came after it began.
        return {"isolation_level": "READ COMMITTED" if writing else "REPEATABLE READ"}

    def _remedy(self, error: DBAPIError) -> tuple[str, str]:
        state = getattr(error.orig, "sqlstate", None) or _turned_away(str(error.orig))
        for code in (state, state[:2]):
            if code in _REMEDIES:
                return _REMEDIES[code]
        return "does not answer", "start the server, or mend --ledger"


def open_store(url: str, timeout: float) -> PostgresStore:
    """The store in the database that ``url`` names.

    Raises:
        UsageError: it names none, or the driver is not installed.
    """
    try:
        address = sa.make_url(url)
    except (ArgumentError, ValueError):
        raise _unreadable() from None
    if "@" in (address.host or ""):
        raise _unreadable()
    try:
        return PostgresStore(address, timeout)
    except ModuleNotFoundError as error:
        raise UsageError(
            f"a ledger in PostgreSQL needs {error.name}", "run: pip install 'narrowgate[postgres]'"
        ) from None


def _unreadable() -> UsageError:
    return UsageError(
        "the ledger's address cannot be read",
        "write it as postgresql://user@host:5432/database, with %40 and %2F for @ and / in a password",
    )


def _turned_away(message: str) -> str:
    """The code that goes with a server's refusal to let us in; empty where it says nothing of the kind."""
    _, fatal, reason = message.partition("FATAL:")
    return next((code for words, code in _AT_THE_DOOR.items() if fatal and words in reason), "")
