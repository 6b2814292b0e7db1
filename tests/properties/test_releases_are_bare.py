"""Whatever an export holds, its release hides nothing, and to say so never fails."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from narrowgate.errors import Refused
from narrowgate.inspection.inspect import inspect_file
from narrowgate.inspection.tally import Tally
from narrowgate.inspection.text.characters import UNSEEN_CLASS, Characters
from narrowgate.ledger.receipts import receipt_path
from narrowgate.service import Gate, Order, filter_export
from support.gates import DAY, private_gate
from support.officers import write_records
from support.policies import AGREEMENT, copy_policies, purpose
from support.scan import faults

RULES = """
permit.surname.action := "keep"

permit.home_address.action := "keep"

release if input.record.status == "active"
"""
ONE = RULES.replace('permit.home_address.action := "keep"', "")
MILD = AGREEMENT.replace("parquet]", "parquet, xlsx]") + "    max_bad_share: 1\n"
SEMICOLON = MILD + '    csv: {delimiter: ";", line_ending: crlf, bom: true}\n'
NAMES = ["out.csv", "out.tsv", "out.json", "out.ndjson", "out.parquet", "out.xlsx", "out.csv.gz", "out.csv.zip"]
texts = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs"])
    | st.sampled_from("ab ,;\t\n\"'|.=+-\u200d\u034f\ufe0f\u3164\u180b\u0915\u094d\u00ad\u202e"),
    max_size=12,
)


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gate]:
    made = {**purpose("two", RULES, MILD), **purpose("one", ONE, SEMICOLON)}
    with private_gate(copy_policies(tmp_path_factory.mktemp("bare") / "policies", made)) as opened:
        yield opened


@pytest.mark.parametrize("purpose_name", ["one", "two"])
@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=25)
@given(rows=st.lists(st.tuples(texts, texts), min_size=1, max_size=6))
def test_releases_are_bare(
    gate: Gate, tmp_path: Path, name: str, purpose_name: str, rows: list[tuple[str, str]]
) -> None:
    fixed = {"status": "active", "posting": "response"}
    records = [{"surname": one, "home_address": other, **fixed} for one, other in rows]
    export = write_records(tmp_path / "export.json", records)
    output = tmp_path / name
    try:
        filter_export(gate, Order("cardco", purpose_name, DAY, export), output, receipt_path(output))
    except Refused:
        return
    assert inspect_file(output, delimiter=";" if purpose_name == "one" else None).findings == ()
    assert faults(output.read_bytes()) == []


def test_the_pattern_has_all_that_is_counted() -> None:
    """And what a newer Unicode adds to it, where Python's is the older."""
    characters = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000]
    matched = pl.Series(characters).str.contains(UNSEEN_CLASS)
    for character, is_matched in zip(characters, matched, strict=True):
        tally = Tally()
        Characters(tally).add(character, 1)
        assert is_matched or not tally.findings(""), hex(ord(character))
    assert matched.sum() < 5000
