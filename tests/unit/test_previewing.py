"""A preview says what a release would be, and leaves nothing behind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from narrowgate.errors import DataError, InputError, Refused
from narrowgate.ledger.questions.releases import Filter, list_entries
from narrowgate.previewing import Preview, preview_export
from narrowgate.service import Gate, Order, filter_export
from narrowgate.tables.sample import A_PICTURE
from support.cli import files_in
from support.gates import DAY, private_gate
from support.officers import officer, officers, read_records, write_records
from support.paths import EXAMPLES
from support.policies import AGREEMENT, copy_policies

MANY = 1000


def order(export: Path, supplier: str = "cardco", purpose: str = "id_card_print", **more: Any) -> Order:
    more.setdefault("write_as", export.name.partition(".")[2])
    return Order(supplier=supplier, purpose=purpose, on=DAY, input=export, **more)


def entered(gate: Gate) -> int:
    return list_entries(gate.require_ledger().store, Filter(), 1).found


@pytest.mark.parametrize("format", ["csv", "json", "parquet", "xlsx", "ndjson.gz"])
@pytest.mark.parametrize(
    ("supplier", "purpose"), [("cardco", "id_card_print"), ("kitcorp", "uniform"), ("learnly", "training")]
)
def test_it_is_what_would_be_released(gate: Gate, tmp_path: Path, format: str, supplier: str, purpose: str) -> None:
    records = [*officers(4), *officers(2, posting="covert"), *officers(1, status="leaver"), officer(protected="true")]
    records = [{"protected": "false"} | each for each in records]
    export = write_records(tmp_path / f"staff.{format}", records)
    before = entered(gate), files_in(tmp_path)
    found = preview_export(gate, order(export, supplier, purpose), MANY)
    assert (entered(gate), files_in(tmp_path)) == before
    assert found.refused == ()
    receipt = filter_export(gate, order(export, supplier, purpose), tmp_path / f"out.{format}", None)
    assert found.tally.read == receipt.entry.records.read
    assert found.tally.released == receipt.entry.records.released
    assert dict(found.tally.reasons) == receipt.entry.records.reasons
    left = [sample.leaves for sample in found.samples if sample.leaves is not None]
    released = read_records(tmp_path / f"out.{format}")
    assert [dict(zip(found.names, cells, strict=True)) for cells in left] == [
        {name: None if cell is None else str(cell) for name, cell in record.items()} for record in released
    ]
    assert all(sample.reasons for sample in found.samples if sample.leaves is None)
    outcomes = {column.field: column.name for column in receipt.entry.columns}
    assert {column.field: column.outcome != "withheld" for column in found.columns} == {
        field: name is not None for field, name in outcomes.items()
    }


def test_records_stand_beside_what_becomes_of_them(gate: Gate, tmp_path: Path) -> None:
    export = write_records(tmp_path / "staff.csv", [officer(surname="Hale"), officer(posting="covert"), officer()])
    found = preview_export(gate, order(export), 2)
    assert [column.header for column in found.columns] == list(officer())
    assert [sample.leaves is None for sample in found.samples] == [False, True]
    assert found.samples[0].came[5] == "Hale"
    assert found.samples[0].leaves == ("0200001", "Tamsin", "Hale", "Sergeant")
    assert found.samples[1].reasons == ("covert posting",)
    assert found.tally.read == 3


def test_columns_that_nobody_knows(gate: Gate, tmp_path: Path) -> None:
    export = write_records(tmp_path / "staff.csv", [officer(shoe_colour="blue")])
    (unknown,) = [column for column in preview_export(gate, order(export), 1).columns if column.field is None]
    assert (unknown.header, unknown.outcome) == ("shoe_colour", "withheld")
    assert unknown.reason == "no field of the catalogue claims it"


def refused(gate: Gate, asked: Order, output: Path) -> tuple[Preview, tuple[str, ...]]:
    """What a preview says, and why the order is really refused."""
    found = preview_export(gate, asked, 3)
    with pytest.raises(Refused) as caught:
        filter_export(gate, asked, output, None)
    return found, caught.value.reasons


@pytest.mark.parametrize(
    "records",
    [
        officers(3, surname="4711"),
        [{name: cell for name, cell in each.items() if name != "posting"} for each in officers(2)],
    ],
)
def test_it_is_refused_for_the_same_reasons(gate: Gate, tmp_path: Path, records: list[dict[str, str]]) -> None:
    export = write_records(tmp_path / "staff.csv", records)
    found, reasons = refused(gate, order(export), tmp_path / "out.csv")
    assert found.refused == reasons
    assert [sample.leaves for sample in found.samples] == [None] * len(records)


@pytest.mark.parametrize(
    ("supplier", "purpose"), [("oldco", "id_card_print"), ("cardco", "payroll"), ("cardco", "nothing")]
)
def test_what_is_not_agreed_is_refused(gate: Gate, tmp_path: Path, supplier: str, purpose: str) -> None:
    export = write_records(tmp_path / "staff.csv", officers(2))
    found, reasons = refused(gate, order(export, supplier, purpose), tmp_path / "out.csv")
    assert found.refused == reasons
    assert found.names == ()
    assert {column.outcome for column in found.columns} == {"withheld"}


@pytest.mark.parametrize("limit", ["max_rows: 4", "max_rows: 9\n    max_people: {days_30: 4}"])
def test_what_an_agreement_caps_counts(tmp_path: Path, limit: str) -> None:
    agreement = AGREEMENT.replace("max_rows: 1000000", limit)
    changes = {"purposes/id_card_print/data.yaml": agreement}
    export = write_records(tmp_path / "staff.csv", officers(5))
    with private_gate(copy_policies(tmp_path / "policies", changes)) as gate:
        found, reasons = refused(gate, order(export), tmp_path / "out.csv")
    assert found.refused == reasons


def test_pictures_are_told_and_not_drawn(gate: Gate, tmp_path: Path) -> None:
    export = write_records(tmp_path / "staff.csv.zip", officers(2))
    found = preview_export(gate, order(export), 2)
    assert "photo" in found.names
    assert {dict(zip(found.names, sample.leaves or (), strict=True))["photo"] for sample in found.samples} == {
        A_PICTURE
    }


def test_what_cannot_be_read(gate: Gate, tmp_path: Path) -> None:
    export = tmp_path / "staff.csv"
    export.write_text("surname,rank\nHale\n")
    with pytest.raises(DataError):
        preview_export(gate, order(export), 1)
    with pytest.raises(InputError):
        preview_export(gate, order(EXAMPLES / "id-cards" / "export.csv", write_as="xml"), 1)
