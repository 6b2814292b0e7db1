"""A real OPA that pulls its policies over HTTP, and somebody who serves them."""

from __future__ import annotations

import json
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
import yaml

from narrowgate.policy.binary import find_opa
from narrowgate.policy.signature import TrustedKey
from support.console import blocks
from support.opa import Answer, pretended_opa
from support.paths import ROOT
from support.processes import wait_until


class Server:
    """Serves one bundle, which may be replaced."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def respond(self, method: str, path: str, body: bytes) -> Answer:
        """The bundle, to whoever asks for it."""
        return (200, self.content) if path == "/policies.tar.gz" else (404, b"")


@contextmanager
def serving(server: Server) -> Iterator[str]:
    """The address at which ``server`` answers."""
    with pretended_opa(server.respond) as url:
        yield url


class PullingOpa:
    """An OPA that is told where bundles are and by which key they are signed."""

    def __init__(self, url: str) -> None:
        self.url = url

    def get(self, path: str, **question: Any) -> dict[str, Any]:
        """What it answers."""
        answer = requests.request("POST" if question else "GET", f"{self.url}{path}", json=question or None, timeout=10)
        document: dict[str, Any] = answer.json()
        return document

    @property
    def _status(self) -> dict[str, Any]:
        try:
            result = self.get("/v1/status").get("result", {})
        except requests.ConnectionError:
            return {}  # it is not up yet
        status: dict[str, Any] = result.get("bundles", {}).get("policies", {})
        return status

    def wait_for(self, revision: str) -> None:
        """Until it decides by this revision."""
        wait_until(lambda: self._status.get("active_revision") == revision)

    def wait_for_fault(self) -> str:
        """Until it has refused what it pulled; what it says of that."""
        wait_until(lambda: "code" in self._status)
        return str(self._status["message"])


@contextmanager
def pulling_opa(service: str, key: TrustedKey) -> Iterator[PullingOpa]:
    """An OPA with the configuration of the documentation, that pulls from ``service`` what is signed by ``key``."""
    (documented,) = blocks(ROOT / "docs" / "policies" / "bundles.md", "yaml")
    configuration = yaml.safe_load(documented)
    configuration["services"]["force"]["url"] = service
    configuration["keys"][key.id]["key"] = key.pem
    # As soon as may be, and told to us.
    configuration["bundles"]["policies"]["polling"] = {"min_delay_seconds": 1, "max_delay_seconds": 1}
    configuration["status"] = {"console": True}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="narrowgate-pulling-") as folder:
        file = Path(folder, "opa.json")
        file.write_text(json.dumps(configuration))
        process = subprocess.Popen(
            [
                find_opa(),
                "run",
                "--server",
                "--addr",
                f"127.0.0.1:{port}",
                "--config-file",
                file,
                "--skip-version-check",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield PullingOpa(f"http://127.0.0.1:{port}")
        finally:
            process.kill()
            process.wait()
