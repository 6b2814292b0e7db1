"""The gate that serves, and who may use it for how long."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Annotated

from fastapi import Depends, Request

from narrowgate.errors import NarrowgateError
from narrowgate.gateway.files import Files
from narrowgate.gateway.gathering import Gathering
from narrowgate.gateway.matrices import Matrices
from narrowgate.gateway.observing.observing import Observing
from narrowgate.gateway.work import Work
from narrowgate.keeping.keeper import Keeper
from narrowgate.keeping.standing import Standing
from narrowgate.model.request import Request as Asked
from narrowgate.model.serving import Serving
from narrowgate.service import Gate

_OF_NOTHING = Asked(supplier="nobody", purpose="nothing", on=date(2000, 1, 1), format="csv", columns=())
"""To see whether decisions are to be had."""


class Gatehouse:
    """What every route needs.

    Args:
        gate: with a ledger; or who keeps one that changes with its policies.
        serving: how to serve.
    """

    def __init__(self, gate: Gate | Keeper, serving: Serving) -> None:
        self._keeper = Standing(gate) if isinstance(gate, Gate) else gate
        self.serving = serving
        self.work, self.files, self.matrices = Work(), Files(serving), Matrices()
        self.gathering = Gathering(self.gate)
        self.observing = Observing(serving, self.states)
        with self.gate() as leased:
            leased.require_ledger().listen(self.observing.entered)

    @contextmanager
    def gate(self) -> Iterator[Gate]:
        """The gate, which stays as it is until the block is left."""
        with self._keeper.gate() as gate:
            yield self.observing.watched(gate)

    def states(self) -> Mapping[str, str | None]:
        """What is wrong with each thing that the gate needs; None where it is well. Asks them, so it may take long."""
        with self._keeper.gate() as gate:
            asked = {
                "policies": _fault(lambda: gate.engine.policies),
                "engine": _fault(lambda: gate.engine.decide(_OF_NOTHING)),
                "ledger": _fault(lambda: _write_nothing(gate)),
            }
        asked["serving"] = "the gateway is stopping" if self.files.places.closed else None
        return asked | {name: fault for name, fault in self._keeper.states().items() if fault}

    def stop(self) -> None:
        """Take nothing new. What is under way goes on."""
        self.files.stop()
        self.gathering.places.close()

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way, and nobody still has a release to collect."""
        return self.files.is_idle and not self.gathering.places.taken

    async def close(self) -> None:
        """End what is under way."""
        await self.files.close()
        self.gathering.close()
        self.work.close()
        self.observing.close()


def _fault(check: Callable[[], object]) -> str | None:
    try:
        check()
    except NarrowgateError as error:
        return error.message
    return None


def _write_nothing(gate: Gate) -> None:
    with gate.require_ledger().store.writing(lasting=False):
        pass


async def house_of(request: Request) -> Gatehouse:
    """The gatehouse of the application that answers ``request``."""
    house: Gatehouse = request.app.state.house
    return house


House = Annotated[Gatehouse, Depends(house_of)]
"""The gatehouse, as routes ask for it."""
