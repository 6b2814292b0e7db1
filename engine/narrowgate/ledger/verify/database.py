"""The database as such: whether it is in order, guarded, and the ledger of the key it is verified by."""

from __future__ import annotations

import tempfile
from pathlib import Path

import sqlalchemy as sa

from narrowgate.ledger.notes import Verifier
from narrowgate.ledger.schema import APPEND_ONLY, ledger, subjects
from narrowgate.ledger.stores.interface import VERSION
from narrowgate.ledger.stores.sqlite import SqliteStore
from narrowgate.ledger.verify.findings import RESTORE, Findings
from narrowgate.ledger.verify.raw import read, surviving

_MOST = 20
_GUARDS = "find out who took the ledger's guards away, and put back a copy that has them"

_PRAGMAS = {"table": ("table_list", "table_xinfo", "foreign_key_list"), "index": ("index_xinfo",)}

_Objects = dict[tuple[str, str], object]


def check_database(
    connection: sa.Connection, verifier: Verifier, subject_check: str | None, findings: Findings
) -> None:
    """Look at everything that is not drawn from entries."""
    if connection.dialect.name == "sqlite":
        with surviving(connection, findings, "the database's pages"):
            _check_pages(connection, findings)
        with surviving(connection, findings, "the database's schema"):
            _check_schema(connection, findings)
    else:
        with surviving(connection, findings, "the database's triggers"):
            _check_triggers(connection, findings)
    with surviving(connection, findings, "the ledger's own row"):
        _check_identity(connection, verifier, subject_check, findings)


def _check_pages(connection: sa.Connection, findings: Findings) -> None:
    """Have SQLite go through its pages: an index that lacks a row would hide it from questions."""
    for fault in connection.scalars(sa.text(f"PRAGMA integrity_check({_MOST})")):
        if fault != "ok":
            findings.add("database", f"the file is damaged: {fault}")


def _check_schema(connection: sa.Connection, findings: Findings) -> None:
    """Hold tables, indexes and triggers against those of a new ledger."""
    found, wanted = _objects(connection), _wanted()
    for kind, name in sorted(wanted.keys() - found.keys()):
        findings.add("database", f"the {kind} {name} is missing", remedy=_GUARDS)
    for kind, name in sorted(found.keys() - wanted.keys(), key=str):
        findings.add("database", f"there is a {kind} {name}, which is not ours", remedy=_GUARDS)
    for kind, name in sorted(found.keys() & wanted.keys()):
        if found[kind, name] != wanted[kind, name]:
            findings.add("database", f"the {kind} {name} was changed", remedy=_GUARDS)


def _objects(connection: sa.Connection) -> _Objects:
    """Everything in the schema by kind and name, each with what makes it what it is."""
    theirs = "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite|_%' ESCAPE '|'"
    return {
        (kind, name): text if kind == "trigger" else _shape(connection, kind, name)
        for kind, name, text in connection.execute(sa.text(theirs)).all()
    }


def _shape(connection: sa.Connection, kind: str, name: str) -> object:
    """What SQLite makes of a definition: how it is put into words is up to SQLAlchemy, from version to version."""
    return [
        tuple(row)
        for pragma in _PRAGMAS.get(kind, ())
        for row in connection.execute(sa.text(f"SELECT * FROM pragma_{pragma}(:name)"), {"name": name})  # noqa: S608
    ]


def _wanted() -> _Objects:
    with tempfile.TemporaryDirectory(prefix="narrowgate-schema-") as folder:
        store = SqliteStore(Path(folder, "ledger.db"), timeout=10)
        try:
            store.create()
            with store.reading() as connection:
                return _objects(connection)
        finally:
            store.close()


def _check_triggers(connection: sa.Connection, findings: Findings) -> None:
    """Make sure that PostgreSQL still keeps rows from changing."""
    query = "SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
    mine = "c.relnamespace = current_schema()::regnamespace AND NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')"
    found = {tuple(row) for row in connection.execute(sa.text(f"{query} WHERE {mine}"))}
    wanted = {(name, f"{name}_append_only") for name in (*APPEND_ONLY, subjects.name)}
    for table, name in sorted(wanted - found):
        findings.add("database", f"the trigger {name} of {table} is missing, or does not act", remedy=_GUARDS)
    for table, name in sorted(found - wanted):
        findings.add("database", f"{table} has a trigger {name}, which is not ours", remedy=_GUARDS)


def _check_identity(
    connection: sa.Connection, verifier: Verifier, subject_check: str | None, findings: Findings
) -> None:
    versions = list(connection.scalars(sa.text("SELECT version_num FROM alembic_version")))
    if versions != [VERSION]:
        findings.add("database", f"its tables are not of version {VERSION}")
    rows = list(read(connection, ledger))
    if len(rows) != 1:
        findings.add("identity", f"the table ledger has {len(rows)} rows, not 1")
    wanted = {"only": 1, "origin": verifier.name, "verifier": str(verifier), "subject_check": subject_check}
    for column, value in wanted.items():
        if value is not None and any(row[column] != value for row in rows):
            remedy = RESTORE if column == "only" else "see whether it is the ledger that you mean; else " + RESTORE
            findings.add("identity", f"the table ledger has another {column.replace('_', ' ')}", remedy=remedy)
