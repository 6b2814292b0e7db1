"""Keepers of gates over policies of a test's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from narrowgate.keeping.keeper import Keeper
from narrowgate.keeping.makings import Makings
from narrowgate.keeping.pace import Pace
from narrowgate.model.catalogue import Catalogue
from narrowgate.policy.client import Address
from narrowgate.policy.interface import Engine
from narrowgate.policy.open import Opening, open_private, open_shared
from narrowgate.policy.signature import TrustedKey
from narrowgate.service import Gate
from support.paths import SCHEMAS
from support.processes import wait_until

QUICK = Pace(interval=0.05, first_delay=0.01, longest_delay=0.1)


def makings(
    policies: Path,
    schemas: Path = SCHEMAS,
    *,
    proving: bool = True,
    key: TrustedKey | None = None,
    gate: Callable[[Engine, Catalogue], Gate] | None = None,
) -> Makings:
    """Of a gate over ``policies`` with a private OPA."""

    def launch(policies: Path | None, schemas: Path) -> Opening:
        assert policies is not None
        return open_private(policies, schemas, key=key)

    return Makings(policies, schemas, launch, gate or (lambda engine, known: Gate(engine, known, schemas)), proving)


def shared_makings(url: str) -> Makings:
    """Of a gate with the shared OPA at ``url``."""
    return Makings(
        None,
        SCHEMAS,
        lambda _, schemas: open_shared(Address(url), schemas),
        lambda engine, known: Gate(engine, known, SCHEMAS),
    )


@contextmanager
def kept(of: Makings) -> Iterator[Keeper]:
    """A keeper that looks often."""
    with Keeper(of, QUICK) as keeper:
        yield keeper


def revision(keeper: Keeper) -> str:
    """The digest of the policies that decide."""
    with keeper.gate() as gate:
        return gate.engine.revision.digest


def wait_for_fault(keeper: Keeper, name: str, text: str) -> str:
    """Until the keeper finds fault with something; what it says."""
    wait_until(lambda: text in (keeper.states()[name] or ""))
    return keeper.states()[name] or ""


def wait_for_health(keeper: Keeper) -> None:
    """Until the keeper finds no fault."""
    wait_until(lambda: set(keeper.states().values()) == {None})
