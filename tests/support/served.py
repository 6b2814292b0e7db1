"""A real ``narrowgate serve`` with the example data, and a real browser before it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from support.cli import narrowgate
from support.identity import EVERYTHING
from support.pages import people
from support.paths import EXAMPLES

Open = Callable[..., Page]
"""Opens a window, by the options of a browser context."""
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
OFFICER = "officer"
EXPORT = EXAMPLES / "id-cards" / "export.csv"
SENT = (
    ("cardco", "id_card_print", "2026-01-12", 50),
    ("kitcorp", "uniform", "2026-02-02", 60),
    ("cardco", "id_card_print", "2026-03-09", 80),
    ("oldco", "id_card_print", "2026-04-01", 20),
    ("cardco", "id_card_print", "2026-07-20", 110),
    ("learnly", "training", "2026-05-11", 90),
    ("cardco", "id_card_print", "2026-09-14", 140),
)
"""To whom, what for, on which day, and how many records of the example."""
_SOUND = 10
"""The example's records from this one on hold what the catalogue allows."""


@contextmanager
def served(folder: Path, *, access: bool = True) -> Iterator[str]:
    """The address of a server whose ledger has a past. With ``access``, an officer signs in with the usual password."""
    environment = {
        "NARROWGATE_LEDGER": str(folder / "ledger.db"),
        "NARROWGATE_KEYS": str(folder / "keys"),
        "NARROWGATE_GATEWAY_SPOOL": str(folder / "spool"),
    }
    for number, sent in enumerate(SENT):
        _send(folder, number, sent, environment)
    narrowgate("attest", 0, environment=environment).require(0)
    if access:
        environment["NARROWGATE_GATEWAY_CLIENTS"] = str(people(folder, **{OFFICER: EVERYTHING}))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("NARROWGATE_")}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "narrowgate", "serve", "--port", str(port)],
            env=inherited | environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        _await(process, f"http://127.0.0.1:{port}/healthz")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _send(folder: Path, number: int, sent: tuple[str, str, str, int], environment: dict[str, str]) -> None:
    supplier, purpose, on, count = sent
    header, *lines = EXPORT.read_text(encoding="utf-8").splitlines()
    export = folder / f"export-{number}.csv"
    export.write_text("\n".join([header, *lines[_SOUND : _SOUND + count]]) + "\n", encoding="utf-8")
    wanted = ("--supplier", supplier, "--purpose", purpose, "--on", on)
    done = narrowgate("filter", export, "-o", folder / f"release-{number}.csv", *wanted, environment=environment)
    done.require(1 if supplier == "oldco" else 0)


def _await(process: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)
    raise AssertionError("the server does not answer")


@contextmanager
def browser() -> Iterator[Browser]:
    """Chromium, as the system has it."""
    path = next(filter(None, map(shutil.which, CHROMIUM)), None)
    assert path, "there is no Chromium here: make browser"
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=path, args=list(_ARGUMENTS))
        try:
            yield made
        finally:
            made.close()
