"""Calls into libraries in Rust, whose panics say on standard error what they stumbled over."""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

_STDERR = 2


class Panic(Exception):
    """A library gave up over what it was given."""


class _Held:
    """Standard error, held back for as long as any call is under way."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls, self._panics = 0, 0
        self._stderr = -1
        self._file: IO[bytes] | None = None

    def hold(self) -> None:
        with self._lock:
            self._calls += 1
            if self._calls == 1 and sys.stderr is not None:  # None where a service has none
                sys.stderr.flush()
                self._file, self._panics = tempfile.TemporaryFile(), 0  # noqa: SIM115 - closed by the last to leave
                self._stderr = os.dup(_STDERR)
                os.dup2(self._file.fileno(), _STDERR)

    def release(self, *, panicked: bool) -> None:
        with self._lock:
            self._calls, self._panics = self._calls - 1, self._panics + panicked
            if self._calls == 0 and self._file is not None:
                sys.stderr.flush()
                os.dup2(self._stderr, _STDERR)
                os.close(self._stderr)
                with self._file as held:
                    held.seek(0)
                    if not self._panics:
                        os.write(_STDERR, held.read())
                self._file = None


_HELD = _Held()


@contextmanager
def quietly() -> Iterator[None]:
    """Turn a panic into ``Panic``, and keep back what it says, as that may quote the file.

    What others write to standard error meanwhile is passed on afterwards, unless there was a panic.

    Raises:
        Panic: the library panicked. Its own exception is no ``Exception``.
    """
    _HELD.hold()
    panicked = False
    try:
        yield
    except BaseException as error:
        # Each library has its own exception of this name, and some have none that can be imported.
        if type(error).__name__ != "PanicException":
            raise
        panicked = True
        raise Panic from None
    finally:
        _HELD.release(panicked=panicked)
