"""What was found out lately."""

from __future__ import annotations

from narrowgate.gateway.access.memo import Memo
from support.clock import Clock


def test_answers_hold_for_their_time() -> None:
    clock = Clock()
    memo: Memo[str] = Memo(8, 60, clock)
    memo.put(b"long", "x")
    memo.put(b"short", "y", 10)
    memo.put(b"longest", "z", 1000)
    memo.put(b"past", "w", -1)
    assert memo.get(b"past") is None
    clock.at = 9.9
    assert memo.get(b"short") == "y"
    clock.at = 10
    assert memo.get(b"short") is None
    assert memo.get(b"long") == "x"
    clock.at = 60
    assert memo.get(b"long") is None
    assert memo.get(b"longest") is None
    assert len(memo) == 0


def test_it_holds_so_many_and_forgets_what_was_least_lately_asked_for() -> None:
    memo: Memo[int] = Memo(3, 60, Clock())
    for number in range(3):
        memo.put(bytes([number]), number)
    assert memo.get(b"\0") == 0
    memo.put(b"\3", 3)
    assert [memo.get(bytes([number])) for number in range(4)] == [0, None, 2, 3]
    for number in range(1000):
        memo.put(number.to_bytes(2, "big"), number)
    assert len(memo) == 3
