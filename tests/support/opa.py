"""OPA servers for tests: a shared one that is real, and some that are not what they should be."""

from __future__ import annotations

import json
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from narrowgate.policy.binary import find_opa


@contextmanager
def shared_opa(bundle: Path, *arguments: str) -> Iterator[str]:
    """A real OPA that serves ``bundle``, as somebody else would run it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        str(find_opa()),
        "run",
        "--server",
        "--addr",
        f"127.0.0.1:{port}",
        "--log-level=error",
        "--skip-version-check",
    ]
    process = subprocess.Popen(
        [*command, *arguments, "--bundle", str(bundle)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.01)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


Answer = tuple[int, bytes]
Respond = Callable[[str, str, bytes], Answer]


@contextmanager
def pretended_opa(respond: Respond) -> Iterator[str]:
    """A server that answers as ``respond`` says: status and body for method, path and body."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, answer = respond(self.command, self.path, body)
            try:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)
            except (BrokenPipeError, ConnectionResetError):
                # Whoever asked has given up.
                self.close_connection = True

        do_GET = do_POST = _answer  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def meddling_proxy(url: str, meddle: Callable[[str, dict[str, Any]], dict[str, Any]]) -> Iterator[str]:
    """A real OPA behind somebody who changes what it says: ``meddle`` gets path and answer."""
    import requests

    def respond(method: str, path: str, body: bytes) -> Answer:
        answer = requests.request(method, url + path, data=body, timeout=10)
        document = meddle(path.partition("?")[0], answer.json())
        return answer.status_code, json.dumps(document).encode()

    with pretended_opa(respond) as address:
        yield address
