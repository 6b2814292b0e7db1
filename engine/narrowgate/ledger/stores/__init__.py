"""Where a ledger is kept: one module for each kind of database."""

from __future__ import annotations

from importlib import import_module

from narrowgate.errors import UsageError
from narrowgate.ledger.stores.interface import Store

_KINDS = {"sqlite": "sqlite", "postgresql": "postgres"}


def open_store(url: str, timeout: float) -> Store:
    """The store at ``url``.

    Args:
        url: ``sqlite:////folder/file.db``, or ``postgresql://user@host/database``. A path without a scheme is SQLite's.
        timeout: seconds to wait for other writers, or for a server.

    Raises:
        UsageError: it is no address of a store.
    """
    if "://" not in url:
        before, at, _ = url.partition("@")
        if at and ":" in before:
            raise UsageError("the ledger's address has no scheme", "write it as postgresql://user@host/database")
        url = f"sqlite:///{url}"
    scheme = url.partition("://")[0]
    if scheme not in _KINDS:
        # The address may hold a password.
        raise UsageError(f"a ledger cannot be kept in {scheme}", f"name one of {', '.join(_KINDS)}")
    module = import_module(f"{__name__}.{_KINDS[scheme]}")
    store: Store = module.open_store(url, timeout)
    return store
