"""Callers of every kind at a gateway that is killed, whose OPA is killed, and who themselves hang up.

Every order has a key, and whoever gets no answer asks again under it, as a careful HR system does. So in the end each
key must have exactly one entry, whatever happened in between.

Usage: PYTHONPATH=tests python -m support.soak --orders 20000 --kills 20 --engine-kills 20
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import signal
import socket
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import requests

from narrowgate.model.entry import RefusalEntry, ReleaseEntry
from support.gateway import ASYNC, Served, served
from support.officers import csv_text, officer, officers
from support.sender import Sender

_PATIENCE = 120.0
"""Seconds after which an order without an answer is a fault."""
_AGAIN = {409, 429, 503}
"""Statuses after which a careful caller asks again."""
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Order:
    """What one caller wants: the same however often it is asked for."""

    key: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    hangs_up: bool
    """Whether the caller first goes away before there is an answer."""

    @classmethod
    def number(cls, number: int) -> Order:
        """One of an endless row of orders."""
        dice = random.Random(number)
        supplier = "oldco" if dice.random() < 0.1 else "cardco"
        query = f"supplier={supplier}&purpose=id_card_print&on=2026-06-01"
        kind = dice.choice(["export", "job", "records", "records"])
        if kind == "records":
            path, form = "/v1/records", "application/json"
            body = json.dumps([officer(employee_number=f"E{5_000_000 + number}")]).encode()
        else:
            path, form = "/v1/exports", "text/csv"
            body = csv_text(officers(dice.randint(1, 300))).encode()
        headers = {"Content-Type": form, "Idempotency-Key": f"order-{number}"} | (ASYNC if kind == "job" else {})
        return cls(f"order-{number}", f"{path}?{query}", headers, body, dice.random() < 0.2)

    @property
    def entered_as(self) -> str:
        """What its entry says of its key."""
        return hashlib.sha256(f"anybody\0{self.key}".encode()).hexdigest()


@dataclass
class Soaked:
    """What came of it."""

    statuses: Counter[int] = field(default_factory=Counter)
    receipts: dict[str, str | None] = field(default_factory=dict)
    """By key, of each order that has its answer; None where that is no."""
    faults: list[str] = field(default_factory=list)
    kills: int = 0
    engine_kills: int = 0
    memory: list[int] = field(default_factory=list)
    """Bytes of the last gateway and its OPA, now and then."""


class Soak:
    """One gateway and its callers.

    Args:
        folder: of the ledger, keys and spool.
        orders: how many there are.
        kills: how often the gateway is killed, and
        engine_kills: how often its OPA is, all in the first half.
        callers: how many there are at once.
    """

    def __init__(self, folder: Path, orders: int, kills: int, engine_kills: int, callers: int = 8) -> None:
        self._folder, self._orders, self._callers = folder, orders, callers
        self._moments = sorted(_moments(orders // 2, kills, engine_kills))
        self._gateway: Served | None = None
        self._done, self._lock, self._over = 0, threading.Lock(), threading.Event()
        self.soaked = Soaked()

    def run(self) -> Soaked:
        """Let everything happen, and stop the gateway as an administrator would."""
        with ThreadPoolExecutor(self._callers + 1) as pool:
            keeping = pool.submit(self._keep)
            try:
                for _ in pool.map(self._give, map(Order.number, range(self._orders))):
                    pass
            finally:
                self._over.set()
                keeping.result()
        return self.soaked

    def _keep(self) -> None:
        """Serve and kill until all orders have their answer."""
        while not self._over.is_set():
            # Who hung up never collects the release of a job, and is not to be waited for.
            settings = {"CHECKPOINTS": self._folder / "ledger.checkpoints", "GATEWAY_STOPPING": 5}
            with served(self._folder, **settings) as gateway:
                self._gateway = gateway
                self._until_killed(gateway)
                if self._over.is_set():
                    gateway.process.send_signal(signal.SIGTERM)
                    if gateway.process.wait(60) != 0:
                        self.soaked.faults.append("the gateway did not end as it should")

    def _until_killed(self, gateway: Served) -> None:
        seen = self._done
        while not self._over.wait(0.02):
            if gateway.process.poll() is not None:
                self.soaked.faults.append("the gateway ended by itself")
                return
            if self._moments and self._done >= self._moments[0][0]:
                if self._moments.pop(0)[1] == "gateway":
                    self.soaked.kills += 1
                    gateway.process.kill()
                    gateway.process.wait()
                    return
                self._kill_engine(gateway)
            if not self._moments and self._done - seen >= max(1, self._orders // 20):
                seen = self._done
                self.soaked.memory.append(_resident(gateway.process.pid))

    def _kill_engine(self, gateway: Served) -> None:
        for child in _children(gateway.process.pid):
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
                self.soaked.engine_kills += 1

    def _give(self, order: Order) -> None:
        """Ask until there is an answer."""
        deadline, hangs_up, answered = time.monotonic() + _PATIENCE, order.hangs_up, False
        while not answered and time.monotonic() < deadline:
            gateway = self._gateway
            try:
                if gateway is None:
                    time.sleep(0.05)
                elif hangs_up:
                    hangs_up = False
                    _hang_up(gateway.port, order)
                else:
                    answered = self._asked(gateway.url, order)
            except (requests.RequestException, OSError):
                time.sleep(0.05)
        with self._lock:
            self._done += 1
            if not answered:
                self.soaked.faults.append(f"{order.key} got no answer")

    def _asked(self, url: str, order: Order) -> bool:
        """Whether there is an answer that is one for good."""
        answer = requests.post(url + order.path, data=order.body, headers=dict(order.headers), timeout=60)
        if answer.status_code == 202:
            return self._of_job(url + answer.headers["Location"], order)
        return self._answered(order, answer.status_code, answer.headers.get("Narrowgate-Receipt"))

    def _of_job(self, place: str, order: Order) -> bool:
        while (job := requests.get(place, timeout=60)).ok and job.json()["state"] in {"queued", "running"}:
            time.sleep(0.02)
        if not job.ok:
            return self._answered(order, job.status_code, None)
        if job.json()["state"] == "released":
            release = requests.get(f"{place}/release", timeout=60)
            return self._answered(order, release.status_code, release.headers.get("Narrowgate-Receipt"))
        return self._answered(order, job.json()["problem"]["status"], None)

    def _answered(self, order: Order, status: int, receipt: str | None) -> bool:
        with self._lock:
            self.soaked.statuses[status] += 1
            if status in {200, 403}:
                self.soaked.receipts[order.key] = receipt
                return True
            if status not in _AGAIN:
                self.soaked.faults.append(f"{order.key}: {status}")
                return True
        time.sleep(0.05)
        return False


def _moments(upto: int, kills: int, engine_kills: int) -> Iterator[tuple[int, str]]:
    """After how many orders what is killed."""
    for number in range(kills):
        yield (number + 1) * upto // (kills + 1), "gateway"
    for number in range(engine_kills):
        yield (2 * number + 1) * upto // (2 * engine_kills + 1), "engine"


def _hang_up(port: int, order: Order) -> None:
    """Send the order, or a part of it, and be gone."""
    sent = random.Random(order.key).choice([0, len(order.body) // 2, len(order.body)])
    head = [f"POST {order.path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(order.body)}"]
    head += [f"{name}: {value}" for name, value in order.headers.items()]
    with socket.create_connection(("127.0.0.1", port), 30) as connection:
        connection.sendall("\r\n".join([*head, "", ""]).encode() + order.body[:sent])


def _children(pid: int) -> list[int]:
    return [int(each) for path in Path(f"/proc/{pid}/task").glob("*/children") for each in path.read_text().split()]


def _resident(pid: int) -> int:
    """Bytes that a process and its children take."""
    found = 0
    for each in (pid, *_children(pid)):
        with suppress(FileNotFoundError):
            found += int(Path(f"/proc/{each}/statm").read_text().split()[1]) * _PAGE
    return found


def faults_after(soaked: Soaked, folder: Path, orders: int) -> list[str]:
    """What is wrong once all is over: lost and doubled entries, files left, a ledger that is not sound."""
    sender, faults = Sender(folder, f"sqlite:///{folder / 'ledger.db'}"), list(soaked.faults)
    entries = [each for each in sender.entries() if isinstance(each, ReleaseEntry | RefusalEntry)]
    counts = Counter(each.key for each in entries)
    expected = {Order.number(number).entered_as: f"order-{number}" for number in range(orders)}
    faults += [f"{expected.get(key or '')} has {count} entries" for key, count in counts.items() if count > 1]
    faults += [f"{key} has no entry" for entered_as, key in expected.items() if entered_as not in counts]
    kinds = {expected.get(each.key or ""): each.kind for each in entries}
    faults += [
        f"{key} was answered otherwise than it was entered"
        for key, receipt in soaked.receipts.items()
        if kinds.get(key) != ("refusal" if receipt is None else "release")
    ]
    faults += [f"{path} is left" for path in (folder / "spool").iterdir()]
    faults += [f"the ledger: {finding.message}" for finding in sender.verified().findings]
    return faults


def main() -> None:
    """Soak, and tell of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--engine-kills", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder, started = Path(name), time.monotonic()
        soaked = Soak(folder, options.orders, options.kills, options.engine_kills).run()
        faults = faults_after(soaked, folder, options.orders)
        took = time.monotonic() - started
    print(f"{options.orders:,} orders in {took:,.0f} s; gateway killed {soaked.kills} times, OPA {soaked.engine_kills}")
    print(f"answers: {dict(sorted(soaked.statuses.items()))}")
    print("memory, MB:", *(f"{each >> 20}" for each in soaked.memory))
    print("faults:", *(faults or ["none"]), sep="\n  ")
    raise SystemExit(bool(faults))


if __name__ == "__main__":
    main()
