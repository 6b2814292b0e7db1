"""Looking for processes, and waiting for what they do."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path


def processes_with(text: str) -> list[int]:
    """Running OPAs whose command line holds ``text``."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = path.read_bytes().decode(errors="replace")
        except OSError:
            continue  # it has ended meanwhile
        if text in command and "opa" in command:
            found.append(int(path.parent.name))
    return found


def opas_of(process: int) -> list[int]:
    """OPAs that serve a process, which has started them."""
    found = []
    for pid in processes_with("--server"):
        try:
            parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]
        except OSError:
            continue  # it has ended meanwhile
        if int(parent) == process:
            found.append(pid)
    return found


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait for something that takes a moment."""
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.01)
