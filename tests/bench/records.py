"""``POST /v1/records`` beside bare OPA's ``POST /v1/data``: ``make bench-records``.

One record, 50 clients, the same load tool (wrk), turn by turn. Bare OPA is asked for the decision on the request alone,
and for all that the gate asks of it, the judgement of the record too. The gateway answers with what may leave of the
record, and each answer is an entry of its ledger.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from bench.exports import export
from bench.gateway import CARDS, serving
from narrowgate.model.history import Windows
from narrowgate.model.request import Request
from narrowgate.policy.binary import find_opa

_POLICIES = Path(__file__).parents[2] / "policies"
_SCRIPT = Path(__file__).with_name("post.lua")


@dataclass(frozen=True)
class Told:
    """What one run of the load tool says: milliseconds, and answers a second."""

    p50: float
    p90: float
    p99: float
    rate: float


def loaded(url: str, body: Path, clients: int, seconds: int) -> Told:
    """Have ``clients`` post ``body`` to ``url``, each again as soon as it has its answer."""
    wrk = shutil.which("wrk")
    if wrk is None:
        raise SystemExit("wrk is needed: apt-get install wrk")
    command = [wrk, "--threads", "1", "--connections", str(clients), "--duration", f"{seconds}s"]
    environment = os.environ | {"BODY": str(body)}
    done = subprocess.run(
        [*command, "--script", str(_SCRIPT), url], env=environment, capture_output=True, text=True, check=True
    )
    line = next(line for line in done.stdout.splitlines() if line.startswith("told "))
    p50, p90, p99, rate, failed = map(int, line.split()[1:])
    if failed:
        raise SystemExit(f"{failed:,} calls to {url} failed")
    return Told(p50 / 1000, p90 / 1000, p99 / 1000, rate)


@contextmanager
def bare_opa() -> Iterator[str]:
    """The address of an OPA with the shipped policies, and nothing in its way."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command: list[str | Path] = [find_opa(), "run", "--server", "--addr", f"127.0.0.1:{port}", "--log-level=error"]
    command += ["--ignore=*_test.rego", "--bundle", _POLICIES]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            while True:
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.05)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def bodies(folder: Path) -> tuple[Path, Path]:
    """A file with a record, and one with the question that the gate asks OPA about it."""
    record = export(1).row(0, named=True)
    request = Request.model_validate({**CARDS, "format": "json", "columns": tuple(record), "row_count": 1})
    history = {CARDS["purpose"]: Windows().model_dump(mode="json")}
    judged = {name: record[name] for name in ("posting", "status")}
    question = {"input": {"request": request.document(), "history": history, "records": [judged], "requests": []}}
    files = folder / "record.json", folder / "question.json"
    for file, document in zip(files, ([record], question), strict=True):
        file.write_text(json.dumps(document))
    return files


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=6)
    parser.add_argument("--turns", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, bare_opa() as opa, serving(Path(folder)) as (address, _):
        record, question = bodies(Path(folder))
        query = "&".join(f"{name}={value}" for name, value in CARDS.items())
        sides = {
            "OPA: the decision": (f"{opa}/v1/data/narrowgate/decision", question),
            "OPA: decision and judgement": (f"{opa}/v1/data/narrowgate", question),
            "POST /v1/records": (f"{address}/v1/records?{query}", record),
        }
        told: dict[str, list[Told]] = {name: [] for name in sides}
        for turn in range(options.turns + 1):
            for name, (url, body) in sides.items():
                made = loaded(url, body, options.clients, options.seconds)
                if turn:  # the first is for warming up
                    told[name].append(made)
    table = Table(f"{options.clients} clients", "p50 ms", "p90 ms", "p99 ms", "a second", "p50 x", "p99 x")
    ours = told["POST /v1/records"]
    for name, runs in told.items():
        figures = [median(getattr(run, each) for run in runs) for each in ("p50", "p90", "p99", "rate")]
        times = [
            median(getattr(run, each) for run in ours) / at for each, at in (("p50", figures[0]), ("p99", figures[2]))
        ]
        table.add_row(name, *(f"{each:,.1f}" for each in figures), *(f"{each:.2f}" for each in times))
    Console().print(table)


if __name__ == "__main__":
    main()
