"""Samples are values that the catalogue allows."""

from __future__ import annotations

import pytest

from narrowgate.authoring.domain.points import all_of, days, numbers, texts, whole_numbers
from narrowgate.authoring.domain.samples import samples
from narrowgate.model.catalogue import Catalogue, load_catalogue
from narrowgate.model.request import FIRST_DAY, LAST_DAY
from narrowgate.tables.checks import allowed_texts
from support.paths import SCHEMAS

FIELDS = load_catalogue(SCHEMAS).fields
TEXTS = [name for name, field in FIELDS.items() if field.type == "string" and field.enum is None]
NUMBERS = [name for name, field in FIELDS.items() if field.type in {"integer", "number"}]


@pytest.mark.parametrize("name", [name for name, field in FIELDS.items() if field.type == "string"])
def test_samples_are_allowed_and_differ(catalogue: Catalogue, name: str) -> None:
    found = samples(catalogue[name], 5)
    assert len(set(found)) == min(5, len(catalogue[name].enum or range(5)))
    assert allowed_texts(found, catalogue[name]) == found
    assert samples(catalogue[name], 5) == found


@pytest.mark.parametrize("name", TEXTS)
def test_a_sample_differs_from_those_named(catalogue: Catalogue, name: str) -> None:
    first, second = samples(catalogue[name], 2)
    assert samples(catalogue[name], 1, [first]) == [second]


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_are_within_bounds(catalogue: Catalogue, name: str) -> None:
    field = catalogue[name]
    points = numbers if field.type == "number" else whole_numbers
    found = points([-1e9, 30, 1e9], 2, field.minimum, field.maximum)
    cells = [str(number) for number in found]
    assert found
    assert allowed_texts(cells, field) == cells


def test_every_constant_has_a_value_on_either_side_and_itself() -> None:
    assert whole_numbers([5, 9], 1, 0, None) == [4, 5, 6, 9, 10]
    assert whole_numbers([2.5], 1, 0, None) == [1, 2, 3]
    assert numbers([5], 1, 0, 10) == [0, 2.5, 5, 7.5, 10]
    assert numbers([0.5], 1, 0, 1, beside_whole=True) == [0, 0.25, 0.5, 0.75, 1]
    found = [day.isoformat() for day in days(["2026-01-01", "2026"], 1, FIRST_DAY, LAST_DAY)]
    assert found == ["2025-12-31", "2026-01-01", "2026-01-02"]


def test_days_keep_to_their_bounds() -> None:
    def told_apart(*constants: str) -> list[str]:
        return [day.isoformat() for day in days(constants, 1, FIRST_DAY, LAST_DAY)]

    assert told_apart("1900-01-01") == ["1900-01-01", "1900-01-02"]
    assert told_apart("9999-12-31") == ["2999-12-31"]
    assert told_apart("z") == ["2999-12-31"]
    assert told_apart("") == ["1900-01-01"]
    assert len(told_apart()) == 1


def test_constants_out_of_bounds_leave_something() -> None:
    assert whole_numbers([30], 1, 100, 250) == [100]
    assert whole_numbers([300], 1, 100, 250) == [250]
    assert whole_numbers([30, 300, 170], 1, 100, 250) == [100, 170, 171]
    assert numbers([30], 1, 100, 250) == [100, 175, 250]


def test_a_constant_that_the_field_never_holds_is_left_out(catalogue: Catalogue) -> None:
    found = texts([catalogue["bank_account_number"]], ["12345678", "1234"], 1)
    assert found is not None
    assert found[0] == "12345678"
    assert len(found) == 2
    assert "1234" not in found


def test_fields_that_are_compared_have_values_alike(catalogue: Catalogue) -> None:
    one = texts([catalogue["surname"], catalogue["rank"]], ["Saltmarsh"], 2)
    other = texts([catalogue["rank"], catalogue["surname"]], ["Saltmarsh"], 2)
    assert one is not None
    assert other is not None
    assert len(set(one) & set(other)) == 3
    assert texts([catalogue["email"], catalogue["bank_account_number"]], [], 2) is None


@pytest.mark.parametrize(
    ("name", "number"),
    [("posting", 7), ("protected", 2), ("pay_point", 100), ("sickness_days", 367), ("height_cm", 151)],
)
def test_few_values_are_listed_whole(catalogue: Catalogue, name: str, number: int) -> None:
    assert len(all_of(catalogue[name]) or ()) == number


@pytest.mark.parametrize("name", ["salary", "surname", "joined_on"])
def test_many_values_are_not_listed(catalogue: Catalogue, name: str) -> None:
    assert all_of(catalogue[name]) is None
