"""Days, as people write them."""

from __future__ import annotations

from datetime import date

import pytest

from narrowgate.errors import UsageError
from narrowgate.model.day import parse_day


@pytest.mark.parametrize("given", ["2026-06-01", "2026-6-1"])
def test_days(given: str) -> None:
    assert parse_day("the day", given) == date(2026, 6, 1)


@pytest.mark.parametrize(
    "given", ["", "tomorrow", "2026-02-30", "20260601", "2026-W23-1", " 2026-06-01", "2026-06-01\n", "٢٠٢٦-06-01"]
)
def test_what_is_none(given: str) -> None:
    with pytest.raises(UsageError, match=r"^the day is not a day$"):
        parse_day("the day", given)


@pytest.mark.parametrize("given", ["0001-01-01", "1899-12-31", "3000-01-01"])
def test_what_is_too_far_away(given: str) -> None:
    with pytest.raises(UsageError, match=r"^the day is too far away$"):
        parse_day("the day", given)
