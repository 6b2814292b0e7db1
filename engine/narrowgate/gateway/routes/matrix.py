"""``GET /v1/matrix``."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter
from fastapi import Query as QueryParameters
from pydantic import Field

from narrowgate.authoring.matrix import Wanted, require_known
from narrowgate.gateway.access.caller import ANY, Caller
from narrowgate.gateway.access.depends import allowed
from narrowgate.gateway.asking import asked
from narrowgate.gateway.gatehouse import Gatehouse, House
from narrowgate.gateway.queries import Day, Name, Query
from narrowgate.model.matrix import Matrix
from narrowgate.model.scope import Scope
from narrowgate.service import Gate

router = APIRouter(tags=["policies"])

_MOST = 200


class MatrixQuery(Query):
    """What the matrix is to be of. What is not given: everything."""

    on: Day | None = Field(None, description="Day on which agreements are in force. Default: today.")
    supplier: Name | None = Field(None, description="Only this supplier.", examples=["cardco"])
    purpose: Name | None = Field(None, description="Only this purpose.")
    field: list[Name] = Field([], max_length=_MOST, description="Only this field; repeatable.", examples=[["surname"]])
    all: bool = Field(False, description="Fields that nobody receives, too.")

    def wanted(self) -> Wanted:
        """The same, as the matrix is asked for."""
        return Wanted(self.supplier, self.purpose, tuple(dict.fromkeys(self.field)), self.all)


@router.get("/v1/matrix", summary="See which field each purpose gives to whom, and in what form")
async def matrices(
    query: Annotated[MatrixQuery, QueryParameters()],
    house: House,
    caller: Annotated[Caller, allowed(Scope.POLICIES)],
) -> Matrix:
    """Purposes by fields, as the engine decides about each on the day.

    A client that is registered for some suppliers and purposes names which.
    """
    caller.require_pair(query.supplier or ANY, query.purpose or ANY)
    return await asked(house, _matrix, house, query.on or date.today(), query.wanted())


def _matrix(gate: Gate, house: Gatehouse, on: date, wanted: Wanted) -> Matrix:
    require_known(gate.engine.policies, gate.catalogue, wanted)
    return house.matrices.get(gate, on, wanted)
