"""Gates over policies of a test's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from narrowgate.model.catalogue import load_catalogue
from narrowgate.policy.open import open_private
from narrowgate.service import Gate
from support.paths import SCHEMAS

SECRET = "0123456789abcdef0123456789abcdef"
DAY = date(2026, 6, 1)


@contextmanager
def private_gate(policies: Path, secret: str | None = SECRET) -> Iterator[Gate]:
    """A gate over ``policies`` with a private OPA."""
    catalogue = load_catalogue(SCHEMAS)
    engine = open_private(policies, SCHEMAS)(catalogue)
    try:
        yield Gate(engine, catalogue, SCHEMAS, secret)
    finally:
        engine.close()
