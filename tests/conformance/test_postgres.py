"""What only a ledger in PostgreSQL can do, and what can only happen to one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from narrowgate.errors import LedgerError, UsageError
from narrowgate.ledger.ledger import Ledger
from narrowgate.ledger.open import open_ledger
from narrowgate.ledger.receipts import prove_receipt
from narrowgate.ledger.schema import APPEND_ONLY, metadata
from narrowgate.ledger.stores import open_store
from narrowgate.ledger.stores.postgres import PostgresStore
from narrowgate.ledger.verify import verify_ledger
from support.cli import narrowgate
from support.gates import ledger_in
from support.ledgers import FIELDS, enter_refusal, enter_release, ledger_with_nothing
from support.postgres import OWNER, PASSWORD, Running


@pytest.fixture
def ledger(database: str, tmp_path: Path) -> Iterator[Ledger]:
    made = ledger_with_nothing(tmp_path, database)
    enter_release(made, {FIELDS: range(5)})
    yield made
    made.store.close()


@pytest.fixture
def theirs(server: Running, ledger: Ledger, database: str) -> Iterator[str]:
    """The ledger's address for a role that was let in."""
    assert isinstance(ledger.store, PostgresStore)
    with server.server.role(database) as url:
        ledger.store.grant(name_in(url))
        yield url


def name_in(url: str) -> str:
    """Whose address it is."""
    return urlsplit(url).username or ""


@contextmanager
def failing(message: str) -> Iterator[None]:
    """What happens within ends in an error that shows nothing it should not."""
    with pytest.raises(LedgerError, match=message) as caught:
        yield
    told = f"{caught.value} {caught.value.remedy}"
    assert not any(each in told for each in (PASSWORD, "SELECT", "alembic", "psycopg", "\n"))
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (PASSWORD, "another", "does not let us in"),
        (OWNER, "nobody_we_know", "does not let us in"),
        ("/test_", "/nothing_", "is in a database that does not exist"),
        ("host=/", "host=/nowhere/", "does not answer"),
    ],
)
def test_an_address_that_is_not_right(database: str, before: str, after: str, message: str) -> None:
    with failing(message):
        open_store(database.replace(before, after), 1.0).version()


def test_a_role_that_may_not_log_in(server: Running, database: str) -> None:
    with server.server.role(database) as url:
        server.server.admin(f"ALTER ROLE {name_in(url)} CONNECTION LIMIT 0")
        with failing("has run out of room or connections"):
            open_store(url, 1.0).version()


def test_a_server_that_is_stopped(server: Running, ledger: Ledger, database: str) -> None:
    """Connections that were open do not come back by themselves; new ones serve as soon as the server does."""
    with server.stopped():
        with failing("does not answer"):
            open_store(database, 1.0).version()
        with failing("was interrupted|does not answer"):
            enter_refusal(ledger)
    enter_refusal(ledger)
    assert verify_ledger(ledger.store, ledger.log, ledger.verifier).sound


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://keeper:Kestrelby@db.example:many/ledger",
        "postgresql://keeper:Kes@relby@db.example/ledger",
        "postgresql://keeper:Kes/@relby[@db.example/ledger",
    ],
)
def test_an_address_that_cannot_be_read(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        open_store(url, 1.0)
    assert not any(each in f"{caught.value} {caught.value.remedy}" for each in ("Kes", "relby"))


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://keeper:Kestrelby[1]@db.example/ledger",
        "postgresql://keeper@db.example/ledger?password=Kestrelby",
        "postgresql://keeper@db.example/ledger?sslmode=require&sslpassword=Kestrelby&port=5433",
    ],
)
def test_a_name_without_password(url: str) -> None:
    name = open_store(url, 1.0).name
    assert "Kestrelby" not in name
    assert "keeper" in name
    assert "db.example" in name


# A role of its own for the gateway


def test_a_role_that_was_let_in_enters(theirs: str, ledger: Ledger, tmp_path: Path) -> None:
    their = open_ledger(ledger_in(tmp_path, theirs), pytest.fail)
    receipt = enter_release(their, {FIELDS: range(3, 8)})
    enter_refusal(their)
    assert prove_receipt(receipt, ledger.verifier).size == 2
    assert their.receipt(0).number == 0
    report = verify_ledger(their.store, their.log, their.verifier)
    assert (report.findings, report.entries) == ((), 3)
    their.store.close()


def test_a_role_that_was_let_in_does_nothing_else(theirs: str) -> None:
    tables = sorted(metadata.tables)
    statements = [
        *(f'UPDATE {name} SET "{table.columns[0].name}" = NULL' for name, table in metadata.tables.items()),
        *(f"DELETE FROM {name}" for name in tables),
        *(f"TRUNCATE {name} CASCADE" for name in tables),
        *(f"DROP TABLE {name} CASCADE" for name in tables),
        *(f"ALTER TABLE {name} DISABLE TRIGGER ALL" for name in tables),
        *(f"DROP TRIGGER {name}_append_only ON {name}" for name in APPEND_ONLY),
        "DROP FUNCTION narrowgate_append_only CASCADE",
        "ALTER FUNCTION narrowgate_append_only RENAME TO gone",
        "CREATE OR REPLACE FUNCTION narrowgate_append_only() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'",
        "SET session_replication_role = replica",
        "UPDATE alembic_version SET version_num = '0000'",
        "DELETE FROM alembic_version",
        "INSERT INTO alembic_version VALUES ('0002')",
        "CREATE TABLE more (number int)",
    ]
    with psycopg.connect(theirs, autocommit=True) as connection:
        for statement in statements:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement.encode())


def test_a_role_that_was_let_in_erases_nobody(theirs: str, ledger: Ledger, tmp_path: Path) -> None:
    their = open_ledger(ledger_in(tmp_path, theirs), pytest.fail)
    with failing("does not let this role do that"):
        their.erase("0000003")
    their.store.close()
    report = verify_ledger(ledger.store, ledger.log, ledger.verifier)
    assert (report.findings, report.entries, report.subjects) == ((), 1, 5)
    assert ledger.erase("0000003") == (3,)


def test_granting_on_the_command_line(server: Running, ledger: Ledger, database: str, tmp_path: Path) -> None:
    ours = {"NARROWGATE_LEDGER": database, "NARROWGATE_KEYS": str(tmp_path / "keys")}
    missing = narrowgate("ledger", "grant", "nobody_we_know", environment=ours).require(4)
    assert "has no such role" in missing.err
    with server.server.role(database) as url:
        theirs = ours | {"NARROWGATE_LEDGER": url}
        assert "does not let this role" in narrowgate("ledger", "list", environment=theirs).require(4).err
        narrowgate("ledger", "grant", name_in(url), environment=ours).require(0)
        assert "cardco" in narrowgate("ledger", "list", environment=theirs).require(0).out
        with server.server.role(database) as other:
            refused = narrowgate("ledger", "grant", name_in(other), environment=theirs).require(4)
        assert "does not let this role do that" in refused.err
        assert PASSWORD not in refused.err
