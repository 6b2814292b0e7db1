"""Gates that are in use, and end once nobody uses them any more."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from narrowgate.service import Gate


class Leases:
    """Lends out the gate that is current. One that has been replaced is closed after its last lease.

    Args:
        gate: the first.
    """

    def __init__(self, gate: Gate) -> None:
        self._lock = threading.Lock()
        self._current = _Counted(gate)

    @property
    def current(self) -> Gate:
        """The gate that the next lease gets."""
        return self._current.gate

    @contextmanager
    def lease(self) -> Iterator[Gate]:
        """The current gate, which stays open until the block is left."""
        with self._lock:
            held = self._current
            held.leases += 1
        try:
            yield held.gate
        finally:
            with self._lock:
                held.leases -= 1
                is_last = held.leases == 0 and held is not self._current
            if is_last:
                held.gate.engine.close()

    def replace(self, gate: Gate) -> None:
        """Have all further leases be of ``gate``."""
        with self._lock:
            old, self._current = self._current, _Counted(gate)
            is_idle = old.leases == 0
        if is_idle:
            old.gate.engine.close()

    def close(self) -> None:
        """Close the current gate, whoever uses it."""
        self._current.gate.engine.close()


class _Counted:
    """A gate, and how many use it."""

    def __init__(self, gate: Gate) -> None:
        self.gate, self.leases = gate, 0
