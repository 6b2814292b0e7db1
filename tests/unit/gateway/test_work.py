"""Work off the event loop: how much at once, and what becomes of it when nobody waits for it any more."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextvars import ContextVar

import pytest
from starlette.requests import ClientDisconnect

from narrowgate.errors import Busy, Conflict, TooMany
from narrowgate.gateway.idempotency import Keys, key_of
from narrowgate.gateway.places import Places
from narrowgate.gateway.presence import while_there
from narrowgate.gateway.stopping import Stop, Stopped
from narrowgate.gateway.work import Lanes, Work

LARGE = 1000


@pytest.fixture
def lanes() -> Iterator[Lanes]:
    made = Lanes(at_once=2, large=LARGE)
    yield made
    made.close()


def test_calls_run_elsewhere_and_see_what_their_callers_see() -> None:
    here: ContextVar[str] = ContextVar("here")
    work = Work()

    async def ask() -> tuple[int, str]:
        here.set("a call")
        return await work.run(lambda factor: (threading.get_ident(), here.get() * factor), 1)

    thread, seen = asyncio.run(ask())
    work.close()
    assert thread != threading.get_ident()
    assert seen == "a call"


def test_calls_that_would_wait_too_long_are_turned_away() -> None:
    work, go = Work(threads=1, waiting=1), threading.Event()

    async def ask() -> list[bool]:
        first, second = asyncio.ensure_future(work.run(go.wait, 30)), asyncio.ensure_future(work.run(go.wait, 30))
        await asyncio.sleep(0)
        with pytest.raises(Busy):
            await work.run(go.wait, 30)
        go.set()
        return [await first, await second, await work.run(go.wait, 30)]

    assert asyncio.run(ask()) == [True] * 3
    assert work.under_way == 0
    work.close()


def test_a_call_that_fails() -> None:
    work = Work()
    with pytest.raises(ZeroDivisionError):
        asyncio.run(work.run(divmod, 1, 0))
    assert work.under_way == 0
    work.close()


def test_small_files_pass_one_that_is_large(lanes: Lanes) -> None:
    go = threading.Event()

    async def ask() -> None:
        large = asyncio.ensure_future(lanes.run(LARGE, lambda _: go.wait(30)))
        behind = asyncio.ensure_future(lanes.run(LARGE, lambda _: go.is_set()))
        small = [await lanes.run(LARGE - 1, lambda _: "done") for _ in range(3)]
        assert small == ["done"] * 3
        assert lanes.running == 1
        go.set()
        assert await large
        assert await behind

    asyncio.run(ask())
    assert lanes.running == 0


def test_what_is_cancelled_has_ended_before_that_is_told(lanes: Lanes) -> None:
    begun, ended = threading.Event(), threading.Event()

    def endless(stop: Stop) -> None:
        begun.set()
        try:
            while True:
                stop.check()
        except Stopped:
            ended.set()
            raise

    async def ask() -> None:
        running = asyncio.ensure_future(lanes.run(0, endless))
        await asyncio.to_thread(begun.wait, 30)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert ended.is_set()

    asyncio.run(ask())
    assert lanes.running == 0


def test_who_is_cancelled_before_its_turn_never_runs(lanes: Lanes) -> None:
    go, ran = threading.Event(), threading.Event()

    async def ask() -> None:
        first = asyncio.ensure_future(lanes.run(LARGE, lambda _: go.wait(30)))
        second = asyncio.ensure_future(lanes.run(LARGE, lambda _: ran.set()))
        await asyncio.sleep(0)
        second.cancel()
        go.set()
        assert await first
        with pytest.raises(asyncio.CancelledError):
            await second

    asyncio.run(ask())
    assert not ran.is_set()


def test_places() -> None:
    places = Places(4, "calls are under way")
    ours = [places.take("a"), places.take("a")]
    with pytest.raises(TooMany, match="2 of this client calls are under way"):
        places.take("a")
    with places.take("b"), places.take("c"):
        with pytest.raises(Busy, match="4 calls are under way"):
            places.take("d")
        assert places.taken == 4
    ours[0].leave()
    ours[0].leave()
    assert places.taken == 1
    places.take("a").leave()
    places.close()
    with pytest.raises(Busy, match="stopping"):
        places.take("a")
    ours[1].leave()
    assert places.taken == 0


def test_one_place_is_everybodys() -> None:
    with Places(1, "calls").take("a"):
        pass


def test_a_key_is_used_by_one_call_at_a_time() -> None:
    keys = Keys()
    with keys.held("k"), keys.held("other"), keys.held(None), keys.held(None):
        with pytest.raises(Conflict) as caught, keys.held("k"):
            pass
        assert caught.value.retry_after == 2
    with keys.held("k"):
        pass


def test_keys_of_clients_do_not_meet() -> None:
    assert key_of("a", "b") == key_of("a", "b")
    assert len({key_of("a", "b"), key_of("a", "c"), key_of("ab", ""), key_of("b", "a")}) == 4


def test_who_leaves_ends_what_is_done_for_them() -> None:
    async def ask() -> None:
        gone, ended = asyncio.Event(), asyncio.Event()

        async def receive() -> dict[str, str]:
            await gone.wait()
            return {"type": "http.disconnect"}

        async def doing() -> None:
            gone.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()

        with pytest.raises(ClientDisconnect):
            await while_there(receive, doing())
        assert ended.is_set()

    asyncio.run(ask())


def test_who_stays_gets_what_is_done_or_why_it_is_not() -> None:
    async def ask() -> None:
        async def receive() -> dict[str, str]:
            await asyncio.Event().wait()
            return {}

        async def doing(divisor: int) -> float:
            return 1 / divisor

        assert await while_there(receive, doing(2)) == 0.5
        with pytest.raises(ZeroDivisionError):
            await while_there(receive, doing(0))
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(ask())
