"""Fixtures that many tests need."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from narrowgate.ledger import sets
from narrowgate.ledger.receipts import receipt_path
from narrowgate.model.catalogue import Catalogue, load_catalogue
from narrowgate.model.receipt import Receipt
from narrowgate.service import Gate, Order, filter_export
from support.gates import DAY, private_gate
from support.paths import POLICIES, SCHEMAS
from support.postgres import Running, postgres

# The same examples on every run, and no clock in any verdict.
settings.register_profile("narrowgate", derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
settings.load_profile("narrowgate")


@pytest.fixture(scope="session", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A place for the ledger and keys of whoever names none, so that no test enters into the developer's own."""
    folder = tmp_path_factory.mktemp("home")
    os.environ["XDG_STATE_HOME"], os.environ["XDG_CONFIG_HOME"] = str(folder / "state"), str(folder / "config")
    return folder


@pytest.fixture(scope="module")
def short_spans() -> Iterator[None]:
    """Few sets are summed up together, so that a small ledger has sums of them."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sets, "SPAN", 3)
        yield


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """The shipped catalogue."""
    return load_catalogue(SCHEMAS)


@pytest.fixture(scope="session")
def gate() -> Iterator[Gate]:
    """A gate over the shipped policies, with one private OPA for all tests of a worker."""
    with private_gate(POLICIES) as made:
        yield made


@pytest.fixture(scope="session")
def server() -> Iterator[Running]:
    """A PostgreSQL server, one for all tests of a worker."""
    with postgres() as running:
        yield running


@pytest.fixture
def database(server: Running) -> Iterator[str]:
    """The address of a new PostgreSQL database."""
    with server.server.database() as name:
        yield server.server.url(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a new place for a ledger, once in either kind of database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    address: str = request.getfixturevalue("database")
    return address


OpenGate = Callable[[Path], Gate]


@pytest.fixture
def open_gate() -> Iterator[OpenGate]:
    """Opens gates over policies of a test's own, and closes them."""
    with ExitStack() as stack:
        yield lambda policies: stack.enter_context(private_gate(policies))


Filter = Callable[..., Receipt]


@pytest.fixture
def filtered(gate: Gate) -> Filter:
    """``filtered(export, release, supplier, purpose)``: the receipt of a release under the shipped policies."""

    def run(
        export: Path, release: Path, supplier: str = "cardco", purpose: str = "id_card_print", **more: Any
    ) -> Receipt:
        more.setdefault("on", DAY)
        order = Order(supplier=supplier, purpose=purpose, input=export, **more)
        return filter_export(gate, order, release, receipt_path(release))

    return run
