"""Orders for a few records, gathered so that all that wait are released together."""

from __future__ import annotations

import asyncio
import contextvars
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass

from narrowgate.gateway.places import Places
from narrowgate.policy.bundle import Bundle
from narrowgate.records import Lane, Outcome, Released, lane_of
from narrowgate.service import Gate, Order
from narrowgate.tables.few import FewRecords

_AT_ONCE = 1
"""Groups under way. What a group costs does not depend on its size, so the more gather meanwhile, the better."""
_TOGETHER = 64
"""Orders in a group: enough to forget what a group costs, few enough for none to wait long."""
_WAITING = 1024
_WORTH_WAITING = 0.25
"""The part of the time that a group took for which the next one may be waited for."""
_MOST_LANES = 256
_MOST_JUDGED = 10_000
"""Judgements that a lane may remember."""

_Likeness = tuple[object, ...]
"""What orders of one lane have in common."""


@dataclass(frozen=True)
class _Waiting:
    order: Order
    records: FewRecords
    outcome: asyncio.Future[Released]


class Gathering:
    """Has orders released, in groups of those that are alike.

    A group is whatever has come while the one before it was under way. Callers that got their answers just now are
    likely to be back at once, so as many are waited for, but only for a small part of the time that they have waited.

    Args:
        gate: lends the gate.
    """

    def __init__(self, gate: Callable[[], AbstractContextManager[Gate]]) -> None:
        self._gate, self._lanes = gate, _Lanes()
        self._waiting: OrderedDict[_Likeness, list[_Waiting]] = OrderedDict()
        self._groups: set[asyncio.Task[None]] = set()
        self._under_way = self._expected = 0
        self._patience = 0.0
        """Until when as many are waited for as are expected, by the loop's clock."""
        self._patience_over: asyncio.TimerHandle | None = None
        self.places = Places(_WAITING, "orders are under way")
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="narrowgate-records")

    async def release(self, order: Order, records: FewRecords) -> Released:
        """The release of ``records``.

        Args:
            order: without an input. Its caller has a place, and no other order with its key is under way.

        Raises:
            NarrowgateError: nothing was released.
        """
        waiting = _Waiting(order, records, asyncio.get_running_loop().create_future())
        self._waiting.setdefault(_likeness(order, records), []).append(waiting)
        self._begin()
        return await waiting.outcome

    def close(self) -> None:
        """Let the threads end."""
        self._pool.shutdown()

    def _begin(self) -> None:
        """Begin with the next groups, as far as there are hands."""
        while self._waiting and self._under_way < _AT_ONCE and not self._is_early():
            likeness, alike = self._waiting.popitem(last=False)
            if rest := alike[_TOGETHER:]:
                self._waiting[likeness] = rest
            group = [each for each in alike[:_TOGETHER] if not each.outcome.done()]
            if group:
                self._under_way += 1
                work = asyncio.ensure_future(self._work(likeness, group))
                self._groups.add(work)
                work.add_done_callback(self._groups.discard)

    def _is_early(self) -> bool:
        """Whether more are likely to come in a moment; then they will be begun with by then."""
        loop = asyncio.get_running_loop()
        left = self._patience - loop.time()
        if left <= 0 or self._count() >= self._expected:
            return False
        self._patience_over = self._patience_over or loop.call_later(left, self._lose_patience)
        return True

    def _count(self) -> int:
        """How many wait."""
        return sum(map(len, self._waiting.values()))

    def _lose_patience(self) -> None:
        self._patience_over, self._expected = None, 0
        self._begin()

    async def _work(self, likeness: _Likeness, group: list[_Waiting]) -> None:
        run, loop = contextvars.copy_context().run, asyncio.get_running_loop()
        begun = loop.time()
        outcomes: Sequence[Released | Exception]
        try:
            outcomes = await loop.run_in_executor(self._pool, run, self._released, likeness, group)
        except Exception as error:  # noqa: BLE001 - each caller hears of it
            outcomes = [error] * len(group)
        finally:
            self._under_way -= 1
            took = loop.time() - begun
            self._expected = min(_TOGETHER, len(group) + self._count())
            self._patience = loop.time() + took * _WORTH_WAITING
            self._begin()
        for each, outcome in zip(group, outcomes, strict=True):
            if each.outcome.done():
                continue
            if isinstance(outcome, Released):
                each.outcome.set_result(outcome)
            else:
                each.outcome.set_exception(outcome)

    def _released(self, likeness: _Likeness, group: list[_Waiting]) -> list[Outcome]:
        with self._gate() as gate:
            lane = self._lanes.lane(gate, likeness, group[0])
            return lane.release([(each.records, each.order.key) for each in group])


class _Lanes:
    """The lanes that are in use, for as long as the policies are the same."""

    def __init__(self) -> None:
        self._lanes: OrderedDict[_Likeness, Lane] = OrderedDict()
        self._bundle: Bundle | None = None

    def lane(self, gate: Gate, likeness: _Likeness, one: _Waiting) -> Lane:
        """The lane of ``one`` and all that are like it."""
        bundle = gate.engine.policies
        if bundle is not self._bundle:
            self._lanes, self._bundle = OrderedDict(), bundle
        lanes = self._lanes
        lane = lanes.pop(likeness, None)
        if lane is None or lane.judged > _MOST_JUDGED:
            lane = lane_of(gate, one.order, one.records)
        lanes[likeness] = lane
        while len(lanes) > _MOST_LANES:
            lanes.popitem(last=False)
        return lane


def _likeness(order: Order, records: FewRecords) -> _Likeness:
    attributes = tuple(sorted(order.attributes.items()))
    columns = tuple(records.columns.steps.values())
    return order.supplier, order.purpose, order.on, order.source, attributes, columns
