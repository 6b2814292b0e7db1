"""Gates over policies of a test's own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from narrowgate.ledger.keys import KeyRing
from narrowgate.ledger.open import Location, open_ledger
from narrowgate.model.catalogue import load_catalogue
from narrowgate.policy.open import open_private
from narrowgate.service import Gate
from support.paths import SCHEMAS

SECRET = "0123456789abcdef0123456789abcdef"
DAY = date(2026, 6, 1)


@contextmanager
def private_gate(policies: Path, secret: str | None = SECRET) -> Iterator[Gate]:
    """A gate over ``policies`` with a private OPA, and a ledger of its own."""
    catalogue = load_catalogue(SCHEMAS)
    engine = open_private(policies, SCHEMAS)(catalogue)
    with tempfile.TemporaryDirectory(prefix="narrowgate-ledger-") as folder:
        ledger = open_ledger(ledger_in(Path(folder)), lambda _: None)
        try:
            yield Gate(engine, catalogue, SCHEMAS, secret, ledger, ledger.verifier)
        finally:
            ledger.store.close()
            engine.close()


def ledger_in(folder: Path, url: str | None = None) -> Location:
    """A ledger in ``folder``, or at ``url`` with its keys and checkpoints there."""
    keys = KeyRing(folder / "keys", SECRET)
    return Location(url or str(folder / "ledger.db"), keys, folder / "ledger.checkpoints", folder)
