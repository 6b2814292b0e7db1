"""What the catalogue allows, and what it does not."""

from __future__ import annotations

import polars as pl
import pytest

from narrowgate.errors import SourceError
from narrowgate.model.catalogue import Catalogue
from narrowgate.tables.checks import bad_cells, failing
from support.vectors import vectors

CASES = vectors("checks")


@pytest.mark.parametrize("field", CASES)
def test_vectors(field: str, catalogue: Catalogue) -> None:
    allowed, not_allowed = CASES[field]["allowed"], CASES[field]["not_allowed"]
    cells = pl.Series(field, [*map(str, allowed), *map(str, not_allowed)], dtype=pl.String)
    mask = bad_cells(cells, catalogue[field])
    assert mask is not None
    assert [cell for cell, bad in zip(cells, mask, strict=True) if bad] == list(map(str, not_allowed))


@pytest.mark.parametrize("field", CASES)
def test_repeated_values_are_judged_alike(field: str, catalogue: Catalogue) -> None:
    """Many rows with few values take another path; the outcome must be the same."""
    few = [*map(str, CASES[field]["allowed"]), *map(str, CASES[field]["not_allowed"]), None]
    one = bad_cells(pl.Series(field, few, dtype=pl.String), catalogue[field])
    many = bad_cells(pl.Series(field, few * 1000, dtype=pl.String), catalogue[field])
    assert one is not None
    assert many is not None
    assert many.to_list() == one.to_list() * 1000


def test_an_empty_cell_breaks_nothing(catalogue: Catalogue) -> None:
    for field in catalogue.fields.values():
        assert bad_cells(pl.Series(field.name, [None], dtype=pl.String), field) is None


def test_nothing_wrong_is_none(catalogue: Catalogue) -> None:
    assert bad_cells(pl.Series("surname", ["Marsh", None]), catalogue["surname"]) is None
    assert bad_cells(pl.Series("surname", [], dtype=pl.String), catalogue["surname"]) is None


def test_a_pattern_that_cannot_be_used_is_the_catalogues_fault(catalogue: Catalogue) -> None:
    broken = catalogue["surname"].model_copy(update={"pattern": r"^(?=look-ahead).*$"})
    with pytest.raises(SourceError, match="surname"):
        bad_cells(pl.Series("surname", ["Marsh"]), broken)


def test_every_pattern_of_the_catalogue_can_be_used(catalogue: Catalogue) -> None:
    for field in catalogue.fields.values():
        bad_cells(pl.Series(field.name, ["x"]), field)


def test_failing_counts_null_as_passed() -> None:
    mask = failing(pl.Series("a", ["x", None, "y"]), lambda cell: cell == "x")
    assert mask is not None
    assert mask.to_list() == [False, False, True]
