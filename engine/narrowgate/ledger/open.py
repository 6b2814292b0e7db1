"""Opening a ledger, and making one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import sqlalchemy as sa

from narrowgate.errors import LedgerError, UsageError
from narrowgate.ledger.checkpoints import CheckpointLog
from narrowgate.ledger.keys import KeyRing, Keys
from narrowgate.ledger.ledger import Ledger
from narrowgate.ledger.rows import size_of
from narrowgate.ledger.schema import ledger
from narrowgate.ledger.stores import open_store
from narrowgate.ledger.stores.interface import VERSION, Store
from narrowgate.ledger.stores.sqlite import SqliteStore

_CHECKPOINTS = ".checkpoints"


@dataclass(frozen=True)
class Location:
    """Where a ledger is.

    Args:
        url: of its store.
        keys: its secrets.
        checkpoints: the file of signed checkpoints; default: beside an SQLite file, else in ``state``.
        state: folder for what has no place of its own.
        timeout: seconds to wait for another writer.
    """

    url: str
    keys: KeyRing
    checkpoints: Path | None
    state: Path
    timeout: float = 10.0

    def store(self) -> Store:
        """Its store, which need not be there yet."""
        return open_store(self.url, self.timeout)

    def owns(self, path: Path) -> bool:
        """Whether a file is the ledger's: its database, its checkpoints, or where its keys are."""
        store, place = self.store(), path.resolve()
        files = [self.log(store).path]
        if isinstance(store, SqliteStore):
            files += [store.path.with_name(store.path.name + suffix) for suffix in ("", "-wal", "-shm", "-journal")]
        store.close()
        return place in {each.resolve() for each in files} or self.keys.folder.resolve() in (place, *place.parents)

    def lack(self, store: Store) -> str:
        """What is to be said where the store has less than its checkpoints; empty where nothing is.

        It is no verification: it is what costs nothing, and finds an old copy that was put back.
        """
        try:
            note = self.log(store).latest()
        except LedgerError as error:
            return error.message
        with store.reading() as connection:
            size = size_of(connection)
        signed = int(note.splitlines()[1]) if note else 0
        return f"the ledger has {size:,} entries, and had {signed:,}" if signed > size else ""

    def log(self, store: Store) -> CheckpointLog:
        """Its checkpoints."""
        if self.checkpoints is not None:
            return CheckpointLog(self.checkpoints)
        if isinstance(store, SqliteStore):
            return CheckpointLog(store.path.with_name(store.path.name + _CHECKPOINTS))
        # Whoever enters into it, as whichever role, adds to one file.
        place = store.name.rpartition("@")[2]
        return CheckpointLog(self.state / (re.sub(r"[^0-9A-Za-z.-]+", "-", place).strip("-") + _CHECKPOINTS))


def open_ledger(location: Location, announce: Callable[[str], None]) -> Ledger:
    """The ledger at ``location``, to enter into. A file that is not there is made; a database has to be.

    Args:
        announce: told what was made.

    Raises:
        LedgerError: there is none, or it is not ours.
    """
    with _store_of(location) as store:
        version = store.version()
        if version is not None or not isinstance(store, SqliteStore):
            _require_current(store, version)
            return _opened(location, store)
        store.close()
    # One that comes about by itself is not to depend on what the environment happened to hold.
    return make_ledger(replace(location, keys=replace(location.keys, pseudonym_secret=None)), announce)


def make_ledger(location: Location, announce: Callable[[str], None], origin: str | None = None) -> Ledger:
    """Make the ledger at ``location``, and the keys that it lacks; what is there stays.

    Args:
        origin: the name for a new signing key.

    Raises:
        LedgerError: it cannot be made, or there was one, of which checkpoints or the claim on the key are still here.
        UsageError: the signing key has another name.
    """
    with _store_of(location) as store:
        new = store.version() is None
        if new:
            _require_new(location, store, origin)
        made = location.keys.complete(origin)
        keys = location.keys.keys()
        store.create(lambda connection: _introduce(connection, _identity(keys)))
        if new:
            location.keys.claim(keys.signer, store.name)
            announce(f"made the ledger {store.name}; its checkpoints go to {location.log(store).path}")
        for path in made:
            announce(f"made {path}: keep a copy of it where nobody else gets at it")
        return _opened(location, store)


def _require_new(location: Location, store: Store, origin: str | None) -> None:
    """Make sure that nothing speaks against beginning a ledger at ``location``."""
    if (note := location.log(store).latest()) is not None:
        raise LedgerError(
            f"the ledger {store.name} is gone, while checkpoints of it remain ({note.splitlines()[1]} entries)",
            f"put it back; or keep {location.log(store).path} elsewhere, and begin anew with other keys",
        )
    signer = location.keys.signer()
    if signer is None:
        return
    if (other := location.keys.ledger_of(signer)) is not None:
        raise LedgerError(
            f"the signing key {signer.name} is that of the ledger {other}; another one under it would be a fork",
            "name that ledger, or put it back; or give the new one keys of its own: NARROWGATE_KEYS",
        )
    if origin is not None and origin != signer.name:
        raise UsageError(
            f"the signing key here is {signer.name}, not {origin}", "give the ledger keys of its own: NARROWGATE_KEYS"
        )


def open_store_of(location: Location) -> Store:
    """The store of the ledger at ``location``, to ask questions of. It needs no keys.

    Raises:
        LedgerError: there is none.
    """
    with _store_of(location) as store:
        _require_current(store, store.version())
        return store


@contextmanager
def _store_of(location: Location) -> Iterator[Store]:
    """The store at ``location``, let go of where it comes to nothing."""
    store = location.store()
    try:
        yield store
    except BaseException:
        store.close()
        raise


def _require_current(store: Store, version: str | None) -> None:
    if version is None:
        raise LedgerError(
            f"there is no ledger in {store.name}", "name it with --ledger, or run: narrowgate ledger init"
        )
    if version != VERSION:
        raise LedgerError(
            f"the ledger {store.name} has tables of version {version}, not {VERSION}",
            "run: narrowgate ledger init, or a Narrowgate of the version that made it",
        )


def _introduce(connection: sa.Connection, identity: dict[str, object]) -> None:
    """Enter whose ledger it is, once."""
    if connection.execute(sa.select(ledger.c.only)).first() is None:
        connection.execute(sa.insert(ledger).values(identity))


def _identity(keys: Keys) -> dict[str, object]:
    """The row of ``ledger``."""
    return {
        "only": 1,
        "origin": keys.signer.name,
        "verifier": str(keys.signer.verifier),
        "subject_check": keys.subject.check,
    }


def _opened(location: Location, store: Store) -> Ledger:
    """The ledger, if it is the one that our keys are for."""
    with store.reading() as connection:
        row = connection.execute(sa.select(ledger)).one()
    keys = location.keys.keys(row.subject_check)
    if row.verifier != str(keys.signer.verifier):
        raise LedgerError(
            f"the ledger {store.name} is {row.origin}, whose key is another",
            "set NARROWGATE_SIGNING_KEY to its own, or name another --ledger",
        )
    if row.subject_check != keys.subject.check:
        raise LedgerError(
            f"the pseudonyms in the ledger {store.name} were made with another secret",
            "set NARROWGATE_PSEUDONYM_SECRET to the one it began with",
        )
    return Ledger(store, keys.subject, keys.signer, location.log(store))
