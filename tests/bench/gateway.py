"""What the gateway costs: ``make bench-http``.

An export of a million records through HTTP beside the same by the command line, in turn, the best of a few; and ten
uploads at once, with the memory of the gateway and its OPA together.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import requests
from rich.console import Console
from rich.table import Table

from bench.bench import ENVIRONMENT, source, timed

CARDS = {"supplier": "cardco", "purpose": "id_card_print", "on": "2026-06-01"}
_ANSWER = 1 << 20


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, int]]:
    """A gateway of its own: its address, and its process's id."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "narrowgate", "serve", "--port", str(port)]
    environment = os.environ | ENVIRONMENT | {"XDG_STATE_HOME": str(folder)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            while not _listens(port):
                if process.poll() is not None:
                    raise SystemExit("the gateway does not start: see narrowgate serve")
                time.sleep(0.05)
            yield f"http://127.0.0.1:{port}", process.pid
        finally:
            process.send_signal(signal.SIGTERM)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def sent(address: str, export: Path) -> float:
    """Seconds that an export takes from the first byte sent to the last received."""
    start = time.perf_counter()
    with export.open("rb") as body:
        answer = requests.post(
            f"{address}/v1/exports", params=CARDS, data=body, headers={"Content-Type": "text/csv"}, stream=True
        )
        answer.raise_for_status()
        for _ in answer.iter_content(_ANSWER):
            pass
    return time.perf_counter() - start


def memory(pid: int) -> int:
    """Resident bytes of a process and its children."""
    children = Path(f"/proc/{pid}/task").glob("*/children")
    pids = [pid, *(int(child) for path in children for child in path.read_text().split())]
    pages = sum(int(Path(f"/proc/{each}/statm").read_text().split()[1]) for each in pids)
    return pages * os.sysconf("SC_PAGE_SIZE")


class Peak:
    """The most memory that a process and its children take while the block runs."""

    def __init__(self, pid: int) -> None:
        self._pid, self._ended = pid, threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self.bytes = 0

    def _watch(self) -> None:
        while not self._ended.wait(0.02):
            self.bytes = max(self.bytes, memory(self._pid))

    def __enter__(self) -> Peak:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--uploads", type=int, default=10)
    given = parser.parse_args()
    export = source(given.rows)
    size = export.stat().st_size / 1e6
    command = [sys.executable, "-m", "narrowgate", "filter", str(export)]
    command += [part for name, value in CARDS.items() for part in (f"--{name}", value)]
    with tempfile.TemporaryDirectory(prefix="narrowgate-bench-") as folder:
        command += ["-o", str(Path(folder, "cards.csv"))]
        with serving(Path(folder)) as (address, pid):
            idle = memory(pid)
            by_command, by_http = [timed(command).seconds], [sent(address, export)]
            for _ in range(given.runs):
                by_command.append(timed(command).seconds)
                by_http.append(sent(address, export))
        with serving(Path(folder)) as (address, pid):
            start = time.perf_counter()
            with Peak(pid) as peak, ThreadPoolExecutor(given.uploads) as clients:
                seconds = list(clients.map(lambda _: sent(address, export), range(given.uploads)))
            took, afterwards = time.perf_counter() - start, memory(pid)
    table = Table(title=f"{given.rows:,} records, {size:.0f} MB of CSV, {os.cpu_count()} cores")
    table.add_column("")
    table.add_column("", justify="right")
    table.add_row("by the command line, best", f"{min(by_command):.2f} s")
    table.add_row("by HTTP, best", f"{min(by_http):.2f} s")
    table.add_row("that is", f"{min(by_http) / min(by_command):.2f} ×")
    table.add_row("memory at rest, OPA's included", f"{idle / 1e6:.0f} MB")
    table.add_row(f"{given.uploads} at once: all done after", f"{took:.1f} s")
    table.add_row("the first of them", f"{min(seconds):.1f} s")
    table.add_row("most memory meanwhile, OPA's included", f"{peak.bytes / 1e6:.0f} MB")
    table.add_row("memory afterwards", f"{afterwards / 1e6:.0f} MB")
    Console().print(table)


if __name__ == "__main__":
    main()
