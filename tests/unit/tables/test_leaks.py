"""The leak scan finds withheld values, and nothing else."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.model.catalogue import Catalogue
from narrowgate.tables.leaks import find_leaks
from support.vectors import vectors

Cells = dict[str, list[Any]]


def leaks(catalogue: Catalogue, withheld: Cells, released: Cells) -> dict[Any, list[bool]]:
    found = find_leaks(
        {field: pl.Series(field, cells, dtype=pl.String) for field, cells in released.items()},
        {field: pl.Series(field, cells, dtype=pl.String) for field, cells in withheld.items()},
        catalogue,
    )
    return {(leak.column, leak.of): leak.cells.to_list() for leak in found}


CASES = [case for case in vectors("leaks") if case["withheld"][0] != "surname"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['withheld'][1]} in {case['released'][1]}")
def test_vectors(case: dict[str, Any], catalogue: Catalogue) -> None:
    (of, value), (column, cell) = case["withheld"], case["released"]
    found = leaks(catalogue, {of: [value, None]}, {column: [cell, cell]})
    assert found == ({(column, of): [True, False]} if case["leak"] else {})


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['withheld'][1]} in {case['released'][1]}")
def test_among_many_the_outcome_is_the_same(case: dict[str, Any], catalogue: Catalogue) -> None:
    """Long columns of repeated values take another path."""
    (of, value), (column, cell) = case["withheld"], case["released"]
    filler = {"photo": "photos/none.jpg", "warrant_number": "1"}.get(column, "None")
    found = leaks(catalogue, {of: [value] + ["ZZ"] * 3000}, {column: [cell] + [filler] * 3000})
    assert sum(map(sum, found.values())) == case["leak"]


def test_names_are_not_searched_for(catalogue: Catalogue) -> None:
    assert catalogue["surname"].scan is None


def test_only_the_same_record_counts(catalogue: Catalogue) -> None:
    released = {"photo": ["photos/P1000002.jpg", "photos/P1000001.jpg"]}
    assert leaks(catalogue, {"pay_number": ["P1000001", "P1000002"]}, released) == {}


def test_a_field_is_not_searched_for_in_itself(catalogue: Catalogue) -> None:
    """Masked or truncated, it is what the policy lets leave."""
    assert leaks(catalogue, {"pay_number": ["P1000001"]}, {"pay_number": ["P1000001"]}) == {}


def test_nulls_hide_nothing(catalogue: Catalogue) -> None:
    assert leaks(catalogue, {"pay_number": [None, "P1000001"]}, {"photo": ["photos/P1000001.jpg", None]}) == {}


@given(
    needle=st.from_regex(r"\A[A-Z][0-9]{5,9}\Z"),
    before=st.text("abcxyz_/. ", max_size=8),
    after=st.text("abcxyz_/. ", max_size=8),
    lower=st.booleans(),
    gap=st.sampled_from(["", " ", "-"]),
)
def test_a_number_is_found_wherever_it_stands(
    catalogue: Catalogue, needle: str, before: str, after: str, lower: bool, gap: str
) -> None:
    written = gap.join([needle[:3], needle[3:]])
    cell = before + (written.lower() if lower else written) + after
    assert leaks(catalogue, {"pay_number": [needle]}, {"photo": [cell]}) == {("photo", "pay_number"): [True]}


@given(
    st.lists(st.tuples(st.from_regex(r"\AP[0-9]{7}\Z"), st.from_regex(r"\Aphotos/[0-9a-z]{1,12}\.jpg\Z")), min_size=1)
)
def test_agrees_with_plain_search(catalogue: Catalogue, rows: list[tuple[str, str]]) -> None:
    numbers, photos = [number for number, _ in rows], [photo for _, photo in rows]
    expected = [number.lower() in photo for number, photo in rows]
    found = leaks(catalogue, {"pay_number": list(numbers)}, {"photo": list(photos)})
    assert found == ({("photo", "pay_number"): expected} if any(expected) else {})


def test_nothing_released_holds_nothing(catalogue: Catalogue) -> None:
    assert list(find_leaks({}, {"pay_number": pl.Series(["P0048213"])}, catalogue)) == []


def test_where_nothing_is_withheld_nothing_is_found(catalogue: Catalogue) -> None:
    assert leaks(catalogue, {}, {"surname": ["Kestrelby"]}) == {}
    assert leaks(catalogue, {"pay_number": []}, {"surname": []}) == {}
