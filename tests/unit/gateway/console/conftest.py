"""A console over a gate with a past."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from fastapi.testclient import TestClient

from narrowgate.errors import Refused
from narrowgate.model.entry import AttestationEntry
from narrowgate.service import Gate, Order, filter_export
from support.gates import private_gate
from support.officers import officers, write_records
from support.pages import console
from support.paths import POLICIES

SENT = (
    ("cardco", "id_card_print", date(2026, 1, 12), 3),
    ("kitcorp", "uniform", date(2026, 2, 2), 4),
    ("oldco", "id_card_print", date(2026, 3, 2), 2),
    ("cardco", "id_card_print", date(2026, 4, 6), 5),
)


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gate]:
    """A gate that released cards twice and uniforms once, refused one card; the uniforms were deleted."""
    folder = tmp_path_factory.mktemp("told")
    with private_gate(POLICIES) as gate:
        for number, (supplier, purpose, on, count) in enumerate(SENT):
            export = write_records(folder / f"{number}.csv", officers(count))
            order = Order(supplier=supplier, purpose=purpose, on=on, input=export)
            try:
                receipt = filter_export(gate, order, folder / f"{number}.out.csv", None)
            except Refused:
                assert supplier == "oldco"
                continue
            if supplier == "kitcorp":
                entry = AttestationEntry(
                    at="", supplier=supplier, release=receipt.id, deleted_on=date.today(), statement=None
                )
                gate.require_ledger().enter_attestation(entry)
        yield gate


@pytest.fixture(scope="session")
def client(told: Gate) -> Iterator[TestClient]:
    """Somebody on this machine, who is not asked who they are."""
    with console(told) as made:
        yield made
