"""Where a chart's steps are drawn."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from narrowgate.gateway.console.chart import chart
from narrowgate.model.breach import HeldThen

DAY = date(2026, 6, 1)


def held(*people: int) -> list[HeldThen]:
    days = [DAY + timedelta(7 * number) for number in range(len(people))]
    return [HeldThen(first=day, last=day + timedelta(6), people=count) for day, count in zip(days, people, strict=True)]


def test_steps() -> None:
    made = chart(held(0, 10, 20))
    assert [mark.text for mark in made.levels] == ["0", "5", "10", "15", "20"]
    assert made.line == "M56,212.0V212.0H286.7V112.0H517.3V12.0H748.0"
    assert made.area == "M56,212V212.0H286.7V112.0H517.3V12.0H748.0V212Z"
    assert [mark.text for mark in made.days] == ["1 Jun 2026", "8 Jun 2026", "15 Jun 2026"]


@pytest.mark.parametrize(
    ("most", "top"), [(0, "4"), (1, "4"), (5, "8"), (13, "20"), (99, "120"), (156, "200"), (250_001, "400,000")]
)
def test_the_scale_is_round_and_reaches_all(most: int, top: str) -> None:
    assert chart(held(most)).levels[-1].text == top


def test_few_days_are_named() -> None:
    assert len(chart(held(*range(60))).days) == 6
