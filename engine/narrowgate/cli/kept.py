"""Gates that stay in service while policies change and engines end."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from narrowgate.cli import options
from narrowgate.errors import PolicyInvalid

if TYPE_CHECKING:
    from narrowgate.keeping.keeper import Keeper
    from narrowgate.keeping.makings import Makings
    from narrowgate.ledger.ledger import Ledger
    from narrowgate.model.catalogue import Catalogue
    from narrowgate.policy.interface import Engine
    from narrowgate.policy.open import Opening
    from narrowgate.settings import Settings


@contextmanager
def keep_gate(settings: Settings, *, proving: bool) -> Iterator[Keeper]:
    """A keeper of the gate that ``settings`` describe, with its ledger. It renews the gate on SIGHUP.

    Args:
        proving: whether policies that change must pass their own cases and tests.
    """
    from narrowgate.keeping.makings import Makings
    from narrowgate.service import Gate

    def launch(policies: Path | None, schemas: Path) -> Opening:
        return options.launch(settings.model_copy(update={"policies": policies, "schemas": schemas}))

    with ExitStack() as opened:

        @cache
        def ledger() -> Ledger:
            return opened.enter_context(options.ledger_of(settings))

        def gate(engine: Engine, catalogue: Catalogue) -> Gate:
            # The ledger is not opened, and perhaps made, before the first policies have been vetted.
            return Gate(engine, catalogue, settings.schemas, settings.pseudonym_secret, ledger(), ledger().verifier)

        # A shared OPA has policies of its own, unless they must be signed: then ours say by which.
        brings_its_own = settings.engine != "private" and settings.verification_key is None
        policies = None if brings_its_own else settings.policies
        with _keeper(Makings(policies, settings.schemas, launch, gate, proving), settings) as keeper:
            before = signal.signal(signal.SIGHUP, lambda *_: keeper.renew())
            try:
                yield keeper
            finally:
                signal.signal(signal.SIGHUP, before)


def _keeper(makings: Makings, settings: Settings) -> Keeper:
    from narrowgate.keeping.keeper import Keeper

    try:
        return Keeper(makings)
    except PolicyInvalid as error:
        error.folder = settings.policies if settings.engine == "private" else None
        raise
