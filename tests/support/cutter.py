"""A connection to PostgreSQL that breaks off at the worst of moments."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

_TURN = b"pg_advisory_xact_lock"
"""What a writer says as it begins."""
_COMMIT = b"Q\0\0\0\x0bCOMMIT\0"

Moment = Literal["before the commit", "after the commit"]


@contextmanager
def cutting(server: Path, moment: Moment) -> Iterator[str]:
    """Whoever connects there speaks with the server on the socket ``server``, until a writer commits.

    Args:
        moment: when to cut: the server never hears of the commit, or has done it and nobody hears of that.

    Yields:
        Host and port, as they stand in an address.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host, port = listener.getsockname()
        thread = threading.Thread(target=_serve, args=(listener, server, moment))
        thread.start()
        try:
            yield f"{host}:{port}"
        finally:
            # Closing alone does not wake who waits for a connection.
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def _serve(listener: socket.socket, server: Path, moment: Moment) -> None:
    threads = []
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            break
        upstream = socket.socket(socket.AF_UNIX)
        upstream.connect(str(server))
        pair = _Pair(client, upstream, moment)
        threads += [threading.Thread(target=pair.forward), threading.Thread(target=pair.back)]
        for thread in threads[-2:]:
            thread.start()
    for thread in threads:
        thread.join()


class _Pair:
    """One connection: what the client says is looked at, what the server says is passed on until it is cut."""

    def __init__(self, client: socket.socket, server: socket.socket, moment: Moment) -> None:
        self._client, self._server, self._moment = client, server, moment
        self._writing = False
        self._deaf = threading.Event()

    def forward(self) -> None:
        """From the client to the server."""
        while data := _received(self._client):
            self._writing |= _TURN in data
            if self._writing and _COMMIT in data:
                if self._moment == "after the commit":
                    self._deaf.set()
                    self._server.sendall(data)
                    return
                break
            self._server.sendall(data)
        self._close()

    def back(self) -> None:
        """From the server to the client."""
        while data := _received(self._server):
            if self._deaf.is_set():
                # It has committed, and this would have said so.
                break
            self._client.sendall(data)
        self._close()

    def _close(self) -> None:
        for each in (self._client, self._server):
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # the other end was quicker
            finally:
                each.close()


def _received(connection: socket.socket) -> bytes:
    try:
        return connection.recv(1 << 16)
    except OSError:
        return b""
