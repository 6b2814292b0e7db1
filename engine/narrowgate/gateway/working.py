"""An errand's way through the gate."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from narrowgate.gateway.gatehouse import Gatehouse
from narrowgate.gateway.orders import Errand
from narrowgate.gateway.stopping import Stop
from narrowgate.service import Gate, Progress

T = TypeVar("T")


async def worked(
    house: Gatehouse, errand: Errand, call: Callable[[Gate, Progress], T], progress: Progress = lambda _: None
) -> T:
    """The outcome of ``call``, made in a thread when the errand's turn comes. Its place and key are free then.

    Args:
        call: given the gate, and what it is to call with the number of bytes read since the last time.
        progress: called with the same, in that thread.
    """

    def work(stop: Stop) -> T:
        def passing(count: int) -> None:
            stop.check()
            progress(count)

        with errand.folder.unnamed(), house.gate() as gate:
            return call(gate, passing)

    try:
        return await house.files.lanes.run(errand.size, work)
    finally:
        errand.held.close()
