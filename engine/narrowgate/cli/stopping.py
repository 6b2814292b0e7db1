"""Being told to stop while something is under way that is to be finished."""

from __future__ import annotations

import os
import select
import signal
from types import FrameType, TracebackType
from typing import Any

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Stopping:
    """Takes note of SIGTERM and Ctrl-C as long as the block lasts, instead of ending at once. A second one does."""

    def __init__(self) -> None:
        self._asked = False
        self._read, self._write = os.pipe()
        self._before: dict[int, Any] = {}

    def asked(self) -> bool:
        """Whether it is time to stop."""
        return self._asked

    def wait(self, seconds: float) -> bool:
        """Wait, but no longer than until it is time to stop; returns whether it is."""
        # A pipe, as what a handler may do in the middle of anything is little.
        select.select([self._read], [], [], seconds)
        return self._asked

    def __enter__(self) -> Stopping:
        self._before = {each: signal.signal(each, self._note) for each in _SIGNALS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for each, handler in self._before.items():
            signal.signal(each, handler)
        os.close(self._read)
        os.close(self._write)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self._asked:
            raise KeyboardInterrupt
        self._asked = True
        os.write(self._write, b"x")
