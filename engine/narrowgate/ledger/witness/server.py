"""A witness over HTTP: ``POST /add-checkpoint``, and ``GET /<SHA-256 of origin>/checkpoint`` for monitors."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable, Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from narrowgate.errors import LedgerError, NarrowgateError
from narrowgate.ledger.checkpoints import Checkpoint
from narrowgate.ledger.notes import Cosigner, Verifier
from narrowgate.ledger.witness.judge import PLAIN, Refusal, judge
from narrowgate.ledger.witness.state import WitnessState

_LARGEST = 1 << 16
_LENGTH = re.compile(r"[0-9]{1,9}", re.ASCII)
_CHECKPOINT = re.compile(r"/([0-9a-f]{64})/checkpoint", re.ASCII)
_PATIENCE = 10.0
_MOST_CONNECTIONS = 64

Answer = tuple[HTTPStatus, str, str]
"""Status, body and its type."""


class Witness:
    """Cosigns checkpoints.

    Args:
        logs: the keys of the logs that it cosigns for.
    """

    def __init__(self, cosigner: Cosigner, logs: Sequence[Verifier], state: WitnessState) -> None:
        self._cosigner, self._logs, self.state = cosigner, logs, state

    def add_checkpoint(self, body: bytes) -> Answer:
        """Answer a request; a checkpoint that is cosigned is kept before this returns.

        Raises:
            LedgerError: what was cosigned last cannot be read, or what is now cannot be kept.
        """
        with self.state.locked():
            found = judge(body, self._logs, self._known)
            if isinstance(found, Refusal):
                return found.status, found.body + "\n", found.content_type
            line = self._cosigner.signature(found.note.text, int(time.time())).line
            signatures = "".join(each.line for each in found.note.signatures)
            self.state.keep(found.checkpoint.origin, f"{found.note.text}\n{signatures}{line}")
        return HTTPStatus.OK, line, PLAIN

    def checkpoint(self, digest: str) -> Answer:
        """The checkpoint cosigned last of the log whose origin has this SHA-256."""
        kept = self.state.by_digest(digest)
        if kept is None:
            return HTTPStatus.NOT_FOUND, "no checkpoint of this log was cosigned here\n", PLAIN
        return HTTPStatus.OK, kept.note, PLAIN

    def _known(self, origin: str) -> Checkpoint | None:
        kept = self.state.latest(origin)
        return kept.checkpoint if kept else None


class WitnessServer(ThreadingHTTPServer):
    """Listens.

    Args:
        say: told a line on each request and fault.

    Raises:
        LedgerError: it cannot listen there.
    """

    daemon_threads = True
    request_queue_size = _MOST_CONNECTIONS

    def __init__(self, address: tuple[str, int], witness: Witness, say: Callable[[str], None]) -> None:
        self.witness, self.say = witness, say
        self._free = threading.BoundedSemaphore(_MOST_CONNECTIONS)
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        try:
            super().__init__(address, _Handler)
        except (OSError, OverflowError, UnicodeError) as error:
            raise LedgerError(f"nothing can listen on {address[0]}:{address[1]} ({error})", "name another") from error

    @property
    def url(self) -> str:
        """Where it is."""
        host, port = self.server_address[:2]
        return f"http://[{host!s}]:{port}" if self.address_family == socket.AF_INET6 else f"http://{host!s}:{port}"

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection in a thread of its own; where there are too many, end it."""
        if self._free.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve a connection."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say that a connection broke, and no more of it."""
        self.say(f"{client_address[0]} broke off")


class _Handler(BaseHTTPRequestHandler):
    server: WitnessServer
    server_version, sys_version = "narrowgate-witness", ""
    protocol_version = "HTTP/1.1"
    timeout, disable_nagle_algorithm = _PATIENCE, True
    error_message_format, error_content_type = "%(code)d %(message)s\n", PLAIN

    def do_POST(self) -> None:
        lengths = self.headers.get_all("Content-Length", [])
        length = lengths[0] if len(lengths) == 1 else ""
        if self.path != "/add-checkpoint":
            self._refuse(HTTPStatus.NOT_FOUND, "checkpoints are sent to /add-checkpoint")
        elif not _LENGTH.fullmatch(length) or "Transfer-Encoding" in self.headers:
            self._refuse(HTTPStatus.LENGTH_REQUIRED, "the length of the body is to be given")
        elif int(length) > _LARGEST:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"no more than {_LARGEST} bytes are read")
        elif len(body := self.rfile.read(int(length))) == int(length):
            self._answer(lambda: self.server.witness.add_checkpoint(body))
        else:
            self.close_connection = True

    def do_GET(self) -> None:
        if found := _CHECKPOINT.fullmatch(self.path):
            self._answer(lambda: self.server.witness.checkpoint(found[1]))
        else:
            self._refuse(HTTPStatus.NOT_FOUND, "a checkpoint is at /<SHA-256 of its origin>/checkpoint")

    def _answer(self, work: Callable[[], Answer]) -> None:
        try:
            status, body, content_type = work()
        except NarrowgateError as error:
            self.server.say(error.message)
            status, body, content_type = HTTPStatus.INTERNAL_SERVER_ERROR, "the witness has a fault\n", PLAIN
        self._send(status, body, content_type)

    def _refuse(self, status: HTTPStatus, reason: str) -> None:
        # A body may follow that is not read.
        self.close_connection = True
        self._send(status, reason + "\n", PLAIN)

    def _send(self, status: HTTPStatus, body: str, content_type: str) -> None:
        data = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(data)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        # What was asked for may hold anything.
        self.server.say(f"{self.client_address[0]} {ascii(format % args)[1:-1]}")
