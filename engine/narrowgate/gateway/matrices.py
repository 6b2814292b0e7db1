"""Matrices, kept: one costs hundreds of questions to OPA, and stays the same as long as the policies do."""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import date

from narrowgate.authoring.matrix import Wanted, matrix
from narrowgate.model.matrix import Matrix
from narrowgate.service import Gate

_MOST = 32


class Matrices:
    """The matrices that were asked for last."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, date, Wanted], Matrix] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, gate: Gate, on: date, wanted: Wanted) -> Matrix:
        """The matrix of a day.

        Raises:
            EngineError: there is no decision.
        """
        key = gate.engine.policies.digest, on, wanted
        with self._lock:
            if found := self._kept.get(key):
                self._kept.move_to_end(key)
                return found
        made = matrix(gate.engine, gate.catalogue, on, wanted)
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > _MOST:
                self._kept.popitem(last=False)
        return made
