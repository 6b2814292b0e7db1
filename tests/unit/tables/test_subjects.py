"""Whose data leaves, told apart by what leaves of them."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.model.catalogue import Catalogue
from narrowgate.model.subject import LENGTH, SubjectKey
from narrowgate.tables.counting import OWNER, OfEach, OfOne
from narrowgate.tables.subjects import SUBJECT, Subjects, count_subjects, identifiers
from narrowgate.tables.tally import Tally
from support.gates import SECRET

KEY = SubjectKey(SECRET)
COLUMNS = {"Nr": "warrant_number", "Name": "surname", "Photo": "photo"}

cells = st.none() | st.sampled_from(["x", "y"])
people = st.none() | st.sampled_from(["E1", "E22", "Zoë", "a\x1ab", "\x80", "1234567890123456", "ø" * 8, "ø" * 7])
records = st.lists(st.fixed_dictionaries({SUBJECT: people, **dict.fromkeys(COLUMNS, cells)}), max_size=12)


def framed(rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict.fromkeys((SUBJECT, *COLUMNS), pl.String))


def subjects_of(frame: pl.DataFrame, columns: dict[str, str], key: SubjectKey) -> Subjects:
    tally = Tally()
    count_subjects(frame, columns, key, OfOne(tally))
    return tally.subjects


def told(found: Subjects) -> dict[tuple[str, ...], list[bytes]]:
    return {
        fields: sorted(bytes(packed[place : place + LENGTH]) for place in range(0, len(packed), LENGTH))
        for fields, packed in found.sets.items()
        if packed
    }


@given(records)
def test_each_record_is_counted_with_what_it_holds(rows: list[dict[str, Any]]) -> None:
    expected = defaultdict(list)
    for row in rows:
        if row[SUBJECT] is not None:
            fields = tuple(field for name, field in COLUMNS.items() if row[name] is not None)
            expected[fields].append(KEY.of(row[SUBJECT]))
    found = subjects_of(framed(rows), COLUMNS, KEY)
    assert told(found) == {fields: sorted(each) for fields, each in expected.items()}
    assert found.unidentified == sum(row[SUBJECT] is None for row in rows)


@given(records, st.integers(0, 12))
def test_batches_add_up(rows: list[dict[str, Any]], cut: int) -> None:
    total = Subjects()
    for part in (rows[:cut], rows[cut:]):
        total.add(subjects_of(framed(part), COLUMNS, KEY))
    whole = subjects_of(framed(rows), COLUMNS, KEY)
    assert told(total) == told(whole)
    assert total.unidentified == whole.unidentified


@given(records, st.lists(st.integers(0, 2), min_size=12, max_size=12))
def test_rows_of_several_exports_are_told_apart(rows: list[dict[str, Any]], owners: list[int]) -> None:
    tallies = [Tally() for _ in range(3)]
    frame = framed(rows).with_columns(pl.Series(OWNER, owners[: len(rows)], pl.UInt32))
    count_subjects(frame, COLUMNS, KEY, OfEach(tallies))
    for owner, tally in enumerate(tallies):
        alone = subjects_of(framed([row for row, its in zip(rows, owners, strict=False) if its == owner]), COLUMNS, KEY)
        assert told(tally.subjects) == told(alone)
        assert tally.subjects.unidentified == alone.unidentified


def test_nobody_is_in_a_set_of_no_fields() -> None:
    found = subjects_of(framed([{SUBJECT: "E1"}, {SUBJECT: "E2", "Name": "x"}]), COLUMNS, KEY)
    assert dict(found.by_fields(tuple(COLUMNS.values()))) == {("surname",): KEY.of("E2")}


def test_very_many_sets_say_too_much_sooner_than_too_little() -> None:
    names = [f"n{number}" for number in range(7)]
    rows = [
        {SUBJECT: f"E{number}", **{name: "x" for bit, name in enumerate(names) if number >> bit & 1}}
        for number in range(1, 128)
    ]
    frame = pl.DataFrame(rows, schema=dict.fromkeys((SUBJECT, *names), pl.String))
    found = subjects_of(frame, {name: name for name in names}, KEY)
    assert len(found.sets) == 127
    kept = found.by_fields(tuple(names))
    assert len(kept) <= 33
    for number in range(1, 128):
        held = {name for bit, name in enumerate(names) if number >> bit & 1}
        (said,) = (fields for fields, packed in kept.items() if KEY.of(f"E{number}") in _each(packed))
        assert held <= set(said)


def _each(packed: bytes) -> list[bytes]:
    return [packed[place : place + LENGTH] for place in range(0, len(packed), LENGTH)]


@pytest.mark.parametrize("cell", ["", "E4000001 ", "e4000001", "Kestrelby"])
def test_an_identifier_that_breaks_the_catalogue_is_nobody_s(cell: str, catalogue: Catalogue) -> None:
    key = catalogue[catalogue.subject_key]
    assert identifiers(pl.Series(["E4000001", cell, None]), key).to_list() == ["E4000001", None, None]
