"""How things stand, for the counters."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from narrowgate.errors import NarrowgateError
from narrowgate.gateway.observing.readiness import States
from narrowgate.ledger.rows import size_of
from narrowgate.model.entry import PolicyRevision

if TYPE_CHECKING:
    from narrowgate.gateway.gatehouse import Gatehouse


async def look(house: Gatehouse, besides: States) -> None:
    """Have the counters say how things stand now. It waits for no turn: it is when all are taken that they matter.

    Args:
        besides: what else may be wrong.
    """
    metrics = house.observing.metrics
    metrics.found(
        {**await house.observing.readiness.states(), **besides},
        entries=await asyncio.to_thread(_entries, house),
        revision=await asyncio.to_thread(_revision, house),
    )
    metrics.at_work(
        {
            "calls with a file": house.files.places.taken,
            "files worked on": house.files.lanes.running,
            "orders for records": house.gathering.places.taken,
            "questions": house.work.under_way,
            "jobs remembered": len(house.files.jobs),
        }
    )


def _entries(house: Gatehouse) -> int | None:
    try:
        with house.gate() as gate, gate.require_ledger().store.reading() as connection:
            return size_of(connection)
    except NarrowgateError:
        # What is wrong is among the states.
        return None


def _revision(house: Gatehouse) -> PolicyRevision | None:
    try:
        with house.gate() as gate:
            return gate.engine.revision
    except NarrowgateError:
        return None
