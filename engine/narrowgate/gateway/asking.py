"""Questions to the gate, asked off the event loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from narrowgate.gateway.gatehouse import Gatehouse
from narrowgate.service import Gate

P = ParamSpec("P")
T = TypeVar("T")


async def asked(house: Gatehouse, question: Callable[Concatenate[Gate, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The answer to ``question``, found in a thread, by a gate that stays as it is meanwhile."""

    def leased() -> T:
        with house.gate() as gate:
            return question(gate, *args, **kwargs)

    return await house.work.run(leased)


def suppliers_of(gate: Gate) -> list[tuple[str, str]]:
    """Every supplier that the policies know, with its name, for a choice."""
    return [(supplier, each["name"]) for supplier, each in sorted(gate.engine.policies.suppliers.items())]
