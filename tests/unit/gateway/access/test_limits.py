"""Token buckets."""

from __future__ import annotations

import pytest

from narrowgate.errors import TooMany
from narrowgate.gateway.access.limits import Buckets, require_token
from support.clock import Clock


def test_a_burst_and_then_the_rate() -> None:
    clock = Clock()
    buckets = Buckets(60, 3, 10, clock)
    assert [buckets.take("a") for _ in range(5)] == [0, 0, 0, 1, 1]
    clock.at = 0.5
    assert buckets.take("a") == 0.5
    clock.at = 1.0
    assert [buckets.take("a"), buckets.take("a")] == [0, 1]
    clock.at = 100.0
    assert [buckets.take("a") for _ in range(4)] == [0, 0, 0, 1]


def test_each_has_its_own() -> None:
    buckets = Buckets(60, 1, 10, Clock())
    assert [buckets.take(each) for each in "aabb"] == [0, 1, 0, 1]
    assert [buckets.take("slow", 6) for _ in range(2)] == [0, 10]


def test_a_token_is_given_back() -> None:
    buckets = Buckets(60, 1, 10, Clock())
    for _ in range(5):
        assert buckets.take("a") == 0
        buckets.give_back("a")
    buckets.give_back("nobody")
    assert buckets.take("a") == 0
    assert buckets.take("a") == 1


def test_memory_is_bounded() -> None:
    buckets = Buckets(60, 1, 2, Clock())
    for number in range(100):
        buckets.take(str(number))
    assert [buckets.take("99"), buckets.take("98"), buckets.take("97")] == [1, 1, 0]


def test_who_may_not_is_told_in_how_many_seconds() -> None:
    require_token(0, "too often", "wait")
    with pytest.raises(TooMany, match="too often") as caught:
        require_token(1.2, "too often", "wait")
    assert caught.value.retry_after == 2
