"""A gateway that is stopped or killed in the middle of things."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from narrowgate.model.entry import ReleaseEntry
from support.gateway import ASYNC, CARDS, CSV, Served, answer_on, asking, served
from support.officers import csv_text, officers
from support.opa import meddling_proxy, shared_opa
from support.paths import POLICIES
from support.processes import wait_until
from support.sender import Sender

EXPORT = csv_text(officers(3)).encode()


class Judge:
    """An OPA whose judgements wait until they are let go."""

    def __init__(self) -> None:
        self.asked, self._going = threading.Event(), threading.Event()

    def let_go(self) -> None:
        self._going.set()

    def meddle(self, path: str, answer: dict[str, Any]) -> dict[str, Any]:
        if path.endswith("/judgements"):
            self.asked.set()
            assert self._going.wait(60)
        return answer


@contextmanager
def judged(folder: Path, **settings: object) -> Iterator[tuple[Served, Judge]]:
    """A gateway whose judge can be held back."""
    judge = Judge()
    with (
        shared_opa(POLICIES) as opa,
        meddling_proxy(opa, judge.meddle) as engine,
        served(folder, "--engine", engine, ENGINE_TIMEOUT=60, **settings) as gateway,
    ):
        try:
            yield gateway, judge
        finally:
            judge.let_go()


def post(gateway: Served, **headers: str) -> requests.Response:
    return requests.post(f"{gateway.url}/v1/exports", params=CARDS, data=EXPORT, headers=CSV | headers, timeout=60)


def releases(folder: Path) -> int:
    """How many releases are entered."""
    entries = Sender(folder, f"sqlite:///{folder / 'ledger.db'}").entries()
    return sum(isinstance(each, ReleaseEntry) for each in entries)


def test_told_to_stop_it_finishes_what_is_under_way(tmp_path: Path) -> None:
    with judged(tmp_path) as (gateway, judge), ThreadPoolExecutor(1) as threads:
        under_way = threads.submit(post, gateway)
        assert judge.asked.wait(30)
        gateway.process.send_signal(signal.SIGTERM)
        wait_until(lambda: requests.get(f"{gateway.url}/readyz", timeout=30).status_code == 503)
        turned_away = post(gateway)
        assert turned_away.status_code == 503
        assert turned_away.headers["retry-after"]
        assert "stopping" in turned_away.json()["detail"]
        judge.let_go()
        assert under_way.result().status_code == 200
        assert len(under_way.result().text.splitlines()) == 4
        assert gateway.process.wait(30) == 0
        assert list(gateway.spool.iterdir()) == []
    assert releases(tmp_path) == 1


def test_told_to_stop_it_finishes_jobs_and_waits_for_who_collects_them(tmp_path: Path) -> None:
    with judged(tmp_path) as (gateway, judge):
        job = gateway.url + post(gateway, **ASYNC).headers["location"]
        assert judge.asked.wait(30)
        gateway.process.send_signal(signal.SIGTERM)
        wait_until(lambda: requests.get(f"{gateway.url}/readyz", timeout=30).status_code == 503)
        judge.let_go()
        wait_until(lambda: requests.get(job, timeout=30).json()["state"] == "released")
        assert len(requests.get(f"{job}/release", timeout=30).text.splitlines()) == 4
        assert gateway.process.wait(30) == 0
        assert list(gateway.spool.iterdir()) == []
    assert releases(tmp_path) == 1


def test_stopping_does_not_take_for_ever(tmp_path: Path) -> None:
    """A body that never ends keeps nobody."""
    with served(tmp_path, GATEWAY_STOPPING=0.1) as gateway, asking(gateway.port, 1000, b"x"):
        wait_until(lambda: bool(gateway.files()))
        gateway.process.send_signal(signal.SIGTERM)
        assert gateway.process.wait(30) == 0
        assert list(gateway.spool.iterdir()) == []


def test_a_second_interrupt_ends_it_at_once(tmp_path: Path) -> None:
    with served(tmp_path, GATEWAY_STOPPING=3600) as gateway, asking(gateway.port, 1000, b"x"):
        wait_until(lambda: bool(gateway.files()))
        gateway.process.send_signal(signal.SIGINT)
        wait_until(lambda: requests.get(f"{gateway.url}/readyz", timeout=30).status_code == 503)
        gateway.process.send_signal(signal.SIGINT)
        gateway.process.wait(30)
        assert list(gateway.spool.iterdir()) == []


@pytest.mark.parametrize("moment", ["while it is received", "while it is worked on"])
def test_a_kill_leaves_no_file_beyond_the_next_start(tmp_path: Path, moment: str) -> None:
    with judged(tmp_path) as (gateway, judge):
        if moment == "while it is received":
            with asking(gateway.port, 10_000_000, b"x" * 3_000_000):
                wait_until(lambda: any(path.stat().st_size for path in gateway.files()))
                gateway.process.kill()
        else:
            with asking(gateway.port, len(EXPORT), EXPORT):
                assert judge.asked.wait(30)
                gateway.process.kill()
        gateway.process.wait(30)
        left = gateway.files()
        assert left
    assert releases(tmp_path) == 0
    with served(tmp_path) as again:
        assert not any(path.exists() for path in left)
        assert len(list(again.spool.iterdir())) == 1
        assert post(again).status_code == 200
    assert releases(tmp_path) == 1


def test_a_second_gateway_leaves_the_first_ones_files_alone(tmp_path: Path) -> None:
    with served(tmp_path) as first, asking(first.port, len(EXPORT), EXPORT[:100]) as slow:
        wait_until(lambda: bool(first.files()))
        files = first.files()
        with served(tmp_path):
            assert all(path.exists() for path in files)
        slow.sendall(EXPORT[100:])
        assert b" 200 " in slow.recv(65536).partition(b"\r\n")[0]


def test_who_was_cut_off_by_a_kill_asks_again_under_the_same_key(tmp_path: Path) -> None:
    """Whatever moment it was killed at, what is asked again is given once, and entered once."""
    with judged(tmp_path) as (gateway, judge):
        path = "/v1/exports?supplier=cardco&purpose=id_card_print&on=2026-06-01"
        with asking(gateway.port, len(EXPORT), EXPORT, path, "Idempotency-Key: once") as cut_off:
            assert judge.asked.wait(30)
            judge.let_go()
            wait_until(lambda: releases(tmp_path) == 1)
            gateway.process.kill()
            answer_on(cut_off)
    with served(tmp_path) as gateway:
        answer = post(gateway, **{"Idempotency-Key": "once"})
        assert answer.status_code == 200
        receipt = requests.get(f"{gateway.url}/v1/receipts/{answer.headers['Narrowgate-Receipt']}", timeout=30)
        assert json.loads(receipt.text)["number"] == 0
    assert releases(tmp_path) == 1
