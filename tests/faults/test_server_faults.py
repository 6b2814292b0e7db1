"""A PostgreSQL server that fails in the middle of a release."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import get_args
from urllib.parse import urlsplit

import psycopg
import pytest

from narrowgate.ledger.stores.postgres import _TURN
from support.cli import Outcome
from support.cutter import Moment, cutting
from support.postgres import PASSWORD, Running
from support.processes import wait_until
from support.sender import Sender


@pytest.fixture
def sender(database: str, tmp_path: Path) -> Sender:
    """One with a ledger in a database, in which one release is entered."""
    made = Sender.prepared(tmp_path, database)
    made.enter()
    return made


@contextmanager
def sending(sender: Sender) -> Iterator[Future[Outcome]]:
    """A release that is on its way meanwhile."""
    with ThreadPoolExecutor(1) as threads:
        yield threads.submit(sender.send)


def test_a_server_that_is_stopped(sender: Sender, server: Running) -> None:
    with server.stopped():
        done = sender.send()
    assert "does not answer" in sender.require_refused(done)
    sender.require_goes_on()


def test_a_password_that_is_wrong(sender: Sender) -> None:
    done = sender.send("--ledger", sender.url.replace(PASSWORD, "Kestrelby"))
    assert "does not let us in" in sender.require_refused(done)
    sender.require_goes_on()


def test_a_database_without_tables(sender: Sender, server: Running) -> None:
    with server.server.database() as name:
        done = sender.send("--ledger", server.server.url(name))
    assert "there is no ledger" in sender.require_refused(done)


def test_a_ledger_that_another_writer_holds(sender: Sender) -> None:
    with psycopg.connect(sender.url) as other:
        other.execute("SELECT pg_advisory_lock(%s)", (_TURN,))
        done = sender.send(NARROWGATE_LEDGER_TIMEOUT=0.5)
    assert "is held by another writer" in sender.require_refused(done)
    sender.require_goes_on()


def test_a_connection_that_is_ended_between_two_statements(sender: Sender, server: Running) -> None:
    """The writer has entered half of the release, and waits for a table that another session holds."""
    name = urlsplit(sender.url).path[1:]
    waiting = f"FROM pg_stat_activity WHERE datname = '{name}' AND wait_event_type = 'Lock'"
    with psycopg.connect(sender.url) as other:
        other.execute("LOCK TABLE disclosures IN SHARE MODE")
        with sending(sender) as sent:
            wait_until(lambda: bool(server.server.admin(f"SELECT pid {waiting}")))
            assert server.server.admin(f"SELECT pg_terminate_backend(pid) {waiting}") == [(True,)]
    assert "was interrupted" in sender.require_refused(sent.result())
    sender.require_goes_on()


@pytest.mark.parametrize("moment", get_args(Moment))
def test_a_connection_that_breaks_off_at_the_commit(sender: Sender, server: Running, moment: Moment) -> None:
    """Whether the release was entered cannot be told then, so it does not appear. If it was, that is told."""
    with cutting(server.server.socket, moment) as place:
        address = sender.url.replace("@/", f"@{place}/").partition("?")[0]
        done = sender.send("--ledger", address)
    committed = moment == "after the commit"
    told = sender.require_refused(done, entered=1 + committed)
    assert "does not answer" in told
    report = sender.verified()
    assert (report.findings, len(report.notes)) == ((), committed)
    sender.require_goes_on(entered=2 + committed)
