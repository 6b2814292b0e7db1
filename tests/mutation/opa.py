"""An OPA whose policies are put into it file by file, so that a mutant costs milliseconds and not a server."""

from __future__ import annotations

import json
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from narrowgate.policy.binary import environment, find_opa


class Refused(Exception):
    """OPA does not take a policy; says why."""


class Loaded:
    """A running OPA.

    Args:
        url: where it listens.
    """

    def __init__(self, url: str) -> None:
        self.url = url

    def put(self, file: str, text: str | None) -> None:
        """Load a file of policies, or take it out again.

        Raises:
            Refused: it is none that OPA takes.
        """
        if file.endswith(".rego"):
            self._send("DELETE" if text is None else "PUT", f"policies/{file}", (text or "").encode())
        else:
            place = file.removesuffix("/data.yaml")
            document = json.dumps(yaml.safe_load(text or ""), default=_written)
            self._send("PUT", f"data/{place}", document.encode())

    def _send(self, method: str, path: str, body: bytes) -> None:
        request = urllib.request.Request(f"{self.url}/v1/{path}", body, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30):
                pass
        except urllib.error.HTTPError as error:
            raise Refused(error.read().decode()) from None


def _written(day: Any) -> str:
    assert isinstance(day, date)
    return day.isoformat()


def files_of(policies: Path) -> Iterator[tuple[str, str]]:
    """What OPA loads of a folder: data first, as rules may not stand where data does."""
    found = [path for path in policies.rglob("*") if path.name == "data.yaml" or path.suffix == ".rego"]
    for path in sorted(found, key=lambda path: (path.suffix == ".rego", path)):
        if not path.name.endswith("_test.rego"):
            yield path.relative_to(policies).as_posix(), path.read_text(encoding="utf-8")


@contextmanager
def loaded_opa(policies: Path) -> Iterator[Loaded]:
    """An OPA with the policies of a folder."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(find_opa()), "run", "--server", "--addr", f"127.0.0.1:{port}", "--log-level=error"]
    process = subprocess.Popen(
        [*command, "--skip-version-check"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment()
    )
    try:
        for _ in range(2000):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.01)
        opa = Loaded(f"http://127.0.0.1:{port}")
        waiting = [*files_of(policies)]
        while waiting:  # a rule that names another package's is taken once that is there
            left = [each for each in waiting if not _taken(opa, *each)]
            if len(left) == len(waiting):
                opa.put(*left[0])
            waiting = left
        yield opa
    finally:
        process.kill()
        process.wait()


def _taken(opa: Loaded, file: str, text: str) -> bool:
    try:
        opa.put(file, text)
    except Refused:
        return False
    return True
