"""Two exports that differ only in what is withheld give the same release, byte for byte, in every format."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from narrowgate.errors import Refused
from narrowgate.ledger.receipts import receipt_path
from narrowgate.service import Gate, Order, filter_export
from narrowgate.tables.formats import _delimited, _json, _workbook, formats, parquet
from support.gates import DAY
from support.officers import write_records

NAMES = [f"{name}{packing}" for packing in ("", ".gz", ".zip") for name, each in formats().items() if each.is_written]

# Nothing below holds a Q, so a text that begins with QQ is found nowhere in what is released.
FORENAMES = ["Ada", "Bram", "Zoë", "O'Dell", "Anne-Marie"]
SURNAMES = ["Marsh", "de la Torre", "Fairholt", "Ó Briain"]
RANKS = ["Constable", "Sergeant", "Chief Inspector"]
UNITS = ["Coastal Team 4", "Roads, North", "CID (East)"]
SECRETS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]) | st.sampled_from('\n",;\t=+-@'), max_size=30
).map(lambda text: f"QQ{text}")

RELEASED: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "cardco": {
        "forename": st.sampled_from(FORENAMES),
        "surname": st.sampled_from(SURNAMES),
        "rank": st.sampled_from(RANKS),
        "warrant_number": st.integers(1, 999_999).map(lambda number: f"{number:06}"),
        "photo": st.integers(1, 99).map(lambda number: f"photos/{number}.jpg") | st.none(),
    },
    "learnly": {
        "forename": st.sampled_from(FORENAMES),
        "surname": st.sampled_from(SURNAMES),
        "rank": st.sampled_from(RANKS),
        "unit": st.sampled_from(UNITS) | st.none(),
        "joined_on": st.dates().filter(lambda day: day.year >= 1000).map(str),
    },
    "askaround": {
        "employee_number": st.integers(1, 999_999).map(lambda number: f"E{number}"),
        "rank": st.sampled_from(RANKS),
        "date_of_birth": st.dates(min_value=DAY.replace(year=1950), max_value=DAY.replace(year=2008)).map(str),
        "home_postcode": st.sampled_from(["ZZ1 1AB", "ZZ99 9ZZ", None]),
    },
}
PURPOSES = {"cardco": "id_card_print", "learnly": "training", "askaround": "staff_survey"}
WITHHELD = ["pay_number", "national_insurance_number", "email", "login", "next_of_kin_name", "salary", "unheard_of"]
READ = {
    "status": st.sampled_from(["active", "active", "leaver"]),
    "posting": st.sampled_from(
        ["response", "response", "headquarters", "firearms", "covert", "undercover"] * 3 + ["Covert "]
    ),
}


def leaves(supplier: str, row: dict[str, Any]) -> bool:
    return row["status"] == "active" and row["posting"] in {"response", "firearms", "headquarters"}


@st.composite
def twins(draw: st.DrawFn) -> tuple[str, list[dict[str, Any]], list[dict[str, Any]]]:
    """A supplier and two exports that differ in withheld columns, and in all of withheld records that no rule reads."""
    supplier = draw(st.sampled_from(sorted(RELEASED)))
    hidden = st.none() | SECRETS
    withheld = [field for field in WITHHELD if not (supplier == "learnly" and field == "email")]
    one = draw(
        st.lists(
            st.fixed_dictionaries({**RELEASED[supplier], **READ, **dict.fromkeys(withheld, hidden)}),
            min_size=1,
            max_size=12,
        )
    )
    # A few columns are mostly empty; what is compared is the export with at least one clean record.
    one.append(
        {name: draw(each) for name, each in RELEASED[supplier].items()}
        | {"status": "active", "posting": "response"}
        | dict.fromkeys(withheld, "QQ")
    )
    other = []
    for row in one:
        twin = {**row, **{field: draw(hidden) for field in withheld}}
        if not leaves(supplier, row):
            twin |= {field: draw(hidden) for field in RELEASED[supplier]}
        other.append(twin)
    other[-1] = {**one[-1], **{field: "QQ" + "long" * draw(st.integers(0, 20)) for field in withheld}}
    return supplier, one, other


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make what is withheld decide where chunks end: the release must not depend on it."""
    monkeypatch.setattr(_delimited, "CHUNK", 4000)
    monkeypatch.setattr(_delimited, "BLOCK", 500)
    monkeypatch.setattr(_json, "CHUNK", 4000)
    monkeypatch.setattr(parquet, "ROWS", 5)
    monkeypatch.setattr(_workbook, "CHUNK", 5)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=30)
@given(case=twins())
def test_withheld_cells_do_not_show(
    gate: Gate, tmp_path: Path, name: str, case: tuple[str, list[dict[str, Any]], list[dict[str, Any]]]
) -> None:
    supplier, *exports = case
    outcomes: list[bytes | tuple[str, ...]] = []
    for number, rows in enumerate(exports):
        # Long enough that one posting which is none does not have the whole export refused.
        export = write_records(tmp_path / f"export-{number}.{name}", [*rows, *[rows[-1]] * 120])
        release = tmp_path / f"release-{number}.{name}"
        try:
            filter_export(gate, Order(supplier, PURPOSES[supplier], DAY, export), release, receipt_path(release))
            outcomes.append(release.read_bytes())
        except Refused as refusal:
            outcomes.append(refusal.reasons)
    assert outcomes[0] == outcomes[1]
    assert b"QQ" not in str(outcomes[0]).encode() or name.endswith((".gz", ".zip", "parquet", "xlsx"))
