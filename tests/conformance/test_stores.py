"""What a ledger needs of a database, of both kinds of database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from narrowgate.errors import LedgerError
from narrowgate.ledger.schema import metadata, policies
from narrowgate.ledger.stores import open_store
from narrowgate.ledger.stores.interface import VERSION, Store

Open = Callable[..., Store]
SECRET = "Kestrelby"
"""A value that no message may show."""


@pytest.fixture
def opened(store_url: str) -> Iterator[Open]:
    """Opens the store, each time with connections of its own."""
    with ExitStack() as stack:

        def opened(timeout: float = 10.0) -> Store:
            store = open_store(store_url, timeout)
            stack.callback(store.close)
            return store

        yield opened


@pytest.fixture
def store(opened: Open) -> Store:
    """One with its tables."""
    store = opened()
    store.create()
    return store


def put(store: Store, digest: str) -> None:
    with store.writing() as connection:
        connection.execute(sa.insert(policies).values(digest=digest, bundle=b""))


def digests(connection: sa.Connection) -> set[str]:
    return set(connection.scalars(sa.select(policies.c.digest)))


def held(store: Store) -> set[str]:
    with store.reading() as connection:
        return digests(connection)


def test_tables_are_made_once(opened: Open) -> None:
    store = opened()
    assert store.version() is None
    store.create()
    assert store.version() == VERSION
    put(store, "a")
    store.create()
    assert (store.version(), held(store)) == (VERSION, {"a"})
    assert (opened().version(), held(opened())) == (VERSION, {"a"})


def test_several_make_the_tables_at_once(opened: Open) -> None:
    stores = [opened() for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda store: store.create(), stores))
    assert [store.version() for store in stores] == [VERSION] * 4


def test_the_migrations_make_the_tables_that_we_know(store: Store) -> None:
    with store.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        found = sa.inspect(connection)
        assert set(found.get_table_names()) == {*metadata.tables, "alembic_version"}
        for table in metadata.sorted_tables:
            keys = [column.name for column in table.primary_key]
            assert found.get_pk_constraint(table.name)["constrained_columns"] == keys


def test_a_block_is_committed_when_it_is_left(store: Store, opened: Open) -> None:
    put(store, "a")
    assert held(opened()) == {"a"}
    store.close()
    assert held(opened()) == {"a"}


def test_a_block_that_raises_leaves_no_trace(store: Store, opened: Open) -> None:
    put(store, "a")
    with pytest.raises(ZeroDivisionError), store.writing() as connection:
        connection.execute(sa.insert(policies).values(digest="b", bundle=b""))
        assert digests(connection) == {"a", "b"}
        raise ZeroDivisionError
    assert held(store) == held(opened()) == {"a"}
    put(store, "c")
    assert held(store) == {"a", "c"}


def test_tables_half_made_leave_no_trace(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    from alembic import op

    with monkeypatch.context() as patched:
        patched.setattr(op, "create_index", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            opened().create()
    store = opened()
    assert store.version() is None
    store.create()
    assert held(store) == set()


def test_a_reader_sees_one_moment(store: Store, opened: Open) -> None:
    put(store, "a")
    other = opened()
    with store.reading() as connection:
        assert digests(connection) == {"a"}
        put(other, "b")
        assert digests(connection) == {"a"}
        assert held(other) == {"a", "b"}
    assert held(store) == {"a", "b"}


def test_a_writer_sees_what_was_committed_before_its_turn(store: Store, opened: Open) -> None:
    other = opened()
    assert held(other) == set()
    put(store, "a")
    with other.writing() as connection:
        assert digests(connection) == {"a"}


def test_a_reader_waits_for_nobody(store: Store, opened: Open) -> None:
    other = opened(0.1)
    with store.writing() as connection:
        connection.execute(sa.insert(policies).values(digest="a", bundle=b""))
        assert held(other) == set()
    assert held(other) == {"a"}


def test_writers_take_turns(store: Store, opened: Open) -> None:
    other = opened(0.1)
    with store.writing(), pytest.raises(LedgerError, match="another") as caught:
        put(other, "a")
    assert "try again" in caught.value.remedy
    put(other, "a")
    assert held(store) == {"a"}


def test_a_store_serves_several_threads(store: Store) -> None:
    def work(number: int) -> None:
        for each in range(5):
            put(store, f"{number}-{each}")
            assert f"{number}-{each}" in held(store)

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(work, range(6)))
    assert held(store) == {f"{number}-{each}" for number in range(6) for each in range(5)}


def test_a_value_that_is_there_is_not_told(store: Store) -> None:
    put(store, SECRET)
    with pytest.raises(LedgerError) as caught:
        put(store, SECRET)
    told = f"{caught.value} {caught.value.remedy}"
    assert "does not take what is to be entered" in told
    assert SECRET not in told
    assert "INSERT" not in told.upper()


def test_a_statement_that_fails_is_not_told(store: Store) -> None:
    with pytest.raises(LedgerError) as caught, store.reading() as connection:
        connection.execute(sa.text("SELECT :value FROM nowhere"), {"value": SECRET})
    told = f"{caught.value} {caught.value.remedy}"
    assert not any(each in told for each in (SECRET, "SELECT", "nowhere"))


def test_a_long_value_comes_back(store: Store) -> None:
    bundle = bytes(range(256)) * 4096
    with store.writing() as connection:
        connection.execute(sa.insert(policies).values(digest="a", bundle=bundle))
    with store.reading() as connection:
        assert bytes(connection.execute(sa.select(policies.c.bundle)).scalar_one()) == bundle
