"""``/v1/ledger``: what anybody needs who checks that nothing in the ledger is changed."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from fastapi import Query as QueryParameters
from fastapi.responses import PlainTextResponse
from pydantic import Field

from narrowgate.errors import UsageError
from narrowgate.gateway.access.caller import Caller
from narrowgate.gateway.access.depends import allowed
from narrowgate.gateway.asking import asked
from narrowgate.gateway.gatehouse import House
from narrowgate.gateway.problems import problems
from narrowgate.gateway.queries import Query
from narrowgate.gateway.routes.releases import NUMBER_OR_ID, shown_entry
from narrowgate.gateway.seeing import require_seen
from narrowgate.ledger.questions.proofs import consistency, inclusion
from narrowgate.model.log_proof import ConsistencyProof, InclusionProof
from narrowgate.model.scope import Scope
from narrowgate.service import Gate

router = APIRouter(tags=["ledger"])

Reader = Annotated[Caller, allowed(Scope.LEDGER)]
Size = Annotated[int, Field(ge=0, lt=1 << 63)]


class ProofQuery(Query):
    """An entry, or two sizes of the ledger."""

    entry: str | None = Field(
        None, pattern=NUMBER_OR_ID, description="For an inclusion proof: the entry's number, or its id.", examples=["0"]
    )
    first: Size | None = Field(
        None, alias="from", description="For a consistency proof: size of the earlier checkpoint."
    )
    second: Size | None = Field(
        None, alias="to", description="Size of the later one. Default: as many as there are now."
    )


@router.get(
    "/v1/ledger/checkpoint",
    summary="Get the signed checkpoint of the ledger",
    response_class=PlainTextResponse,
)
async def checkpoint(house: House, _: Reader) -> str:
    """A signed note (C2SP tlog-checkpoint) of all entries that there are now.

    Whoever keeps it can tell later if any of them was changed.
    """
    return await asked(house, lambda gate: gate.require_ledger().checkpoint())


@router.get(
    "/v1/ledger/key",
    summary="Get the public key of checkpoints and receipts",
    response_class=PlainTextResponse,
)
async def key(house: House, _: Reader) -> str:
    """The key (C2SP signed-note), ``NAME+ID+KEY``.

    Have it by another way once, too: whoever could forge checkpoints could forge this answer.
    """
    return await asked(house, lambda gate: f"{gate.require_ledger().verifier}\n")


@router.get("/v1/ledger/proof", summary="Get a proof from the ledger", responses=problems(404))
async def proof(
    query: Annotated[ProofQuery, QueryParameters()], house: House, caller: Reader
) -> InclusionProof | ConsistencyProof:
    """What proves that an entry is in the ledger, or that a later checkpoint goes on from an earlier one.

    With ``entry`` an inclusion proof, with ``from`` and ``to`` a consistency proof (RFC 9162, section 2.1).
    """
    if (query.entry is None) == (query.first is None):
        raise UsageError("neither an entry nor a size was named, or both were", "give entry, or from and perhaps to")
    if query.entry is not None:
        return await asked(house, _included, caller, query.entry)
    return await asked(house, _consistent, query.first or 0, query.second)


def _included(gate: Gate, caller: Caller, entry: str) -> InclusionProof:
    shown = shown_entry(gate, entry)
    require_seen(caller, shown.entry)
    return inclusion(gate.require_ledger(), shown.number)


def _consistent(gate: Gate, first: int, second: int | None) -> ConsistencyProof:
    return consistency(gate.require_ledger(), first, second)
