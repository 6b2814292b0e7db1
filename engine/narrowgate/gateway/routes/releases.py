"""``/v1/releases``: what the ledger holds."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from fastapi import Path as PathParameter
from fastapi import Query as QueryParameters
from pydantic import Field

from narrowgate.gateway.access.caller import Caller
from narrowgate.gateway.access.depends import allowed
from narrowgate.gateway.asking import asked
from narrowgate.gateway.gatehouse import House
from narrowgate.gateway.problems import problems
from narrowgate.gateway.queries import Day, Name, Query
from narrowgate.gateway.seeing import pairs_of, require_seen
from narrowgate.ledger.questions.releases import Filter, list_entries, show_entry
from narrowgate.model.listing import EntryList, Kind, ShownEntry
from narrowgate.model.scope import Scope
from narrowgate.service import Gate

router = APIRouter(tags=["ledger"])

NUMBER_OR_ID = "^([0-9]{1,7}|[0-9a-f]{8,64})$"


class ReleasesQuery(Query):
    """Which entries. What is not given does not matter."""

    supplier: Name | None = Field(None, description="Who received, or was to.", examples=["cardco"])
    purpose: Name | None = Field(None, description="What for.", examples=["id_card_print"])
    kind: Kind | None = Field(None, description="Kind of entry. Default: all of them.")
    first: Day | None = Field(None, alias="from", description="Entered on this day or later (UTC).")
    last: Day | None = Field(None, alias="to", description="Entered on this day or earlier (UTC).")
    words: str = Field(
        "",
        alias="q",
        max_length=200,
        description="Words, each of which is in what is listed: a number, the beginning of an id or a time, a kind, "
        "or part of a supplier's or purpose's name.",
    )
    before: int | None = Field(
        None, ge=0, lt=1 << 63, description="Only entries before this number: ``next`` of the page before."
    )
    limit: int = Field(50, ge=1, le=1000, description="How many at most.")

    def filter(self, caller: Caller) -> Filter:
        """The same, of what ``caller`` may see."""
        return Filter(
            supplier=self.supplier,
            purpose=self.purpose,
            kind=self.kind,
            first=self.first,
            last=self.last,
            before=self.before,
            words=tuple(self.words.split()),
            pairs=pairs_of(caller),
        )


@router.get("/v1/releases", summary="List releases, refusals and what came of them")
async def releases(
    query: Annotated[ReleasesQuery, QueryParameters()],
    house: House,
    caller: Annotated[Caller, allowed(Scope.RELEASES)],
) -> EntryList:
    """Entries of the ledger, the newest first: those for the client's own suppliers and purposes.

    Where there are more, ``next`` says how to go on: ask the same with ``before`` set to it.
    """
    return await asked(house, _listed, query.filter(caller), query.limit)


@router.get("/v1/releases/{entry}", summary="Get an entry", responses=problems(404))
async def entry(
    name: Annotated[
        str,
        PathParameter(
            alias="entry",
            pattern=NUMBER_OR_ID,
            description="Its number, or its id: 8 digits of it or more.",
            examples=["0"],
        ),
    ],
    house: House,
    caller: Annotated[Caller, allowed(Scope.RELEASES)],
) -> ShownEntry:
    """The entry, as it was entered."""
    shown = await asked(house, shown_entry, name)
    require_seen(caller, shown.entry)
    return shown


def shown_entry(gate: Gate, name: str) -> ShownEntry:
    """The entry that ``name`` means. See ``show_entry``."""
    return show_entry(gate.require_ledger().store, name)


def _listed(gate: Gate, which: Filter, limit: int) -> EntryList:
    return list_entries(gate.require_ledger().store, which, limit)
