"""The gate that serves, and who may use it for how long."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import Depends, Request

from narrowgate.gateway.spool import Spool
from narrowgate.gateway.work import Work
from narrowgate.model.serving import Serving
from narrowgate.service import Gate


class Gatehouse:
    """What every route needs.

    Args:
        gate: with a ledger.
        serving: how to serve.
    """

    def __init__(self, gate: Gate, serving: Serving) -> None:
        self._gate, self.serving = gate, serving
        self.work, self.spool = Work(), Spool()

    @contextmanager
    def gate(self) -> Iterator[Gate]:
        """The gate, which stays as it is until the block is left."""
        yield self._gate


def _house(request: Request) -> Gatehouse:
    house: Gatehouse = request.app.state.house
    return house


House = Annotated[Gatehouse, Depends(_house)]
"""The gatehouse, as routes ask for it."""
