"""``/console/releases``: what was released and what was refused, and the receipt of each release."""

from __future__ import annotations

from typing import Annotated, Any, get_args
from urllib.parse import urlencode

from fastapi import Path as PathParameter
from fastapi import Request, Response

from narrowgate.errors import InputError
from narrowgate.gateway.asking import asked
from narrowgate.gateway.console.navigation import ROOT, Entry
from narrowgate.gateway.console.rendering import page
from narrowgate.gateway.console.route import page_router
from narrowgate.gateway.console.visiting import visiting
from narrowgate.gateway.console.visitor import Visitor
from narrowgate.gateway.gatehouse import House
from narrowgate.gateway.problems import status_of
from narrowgate.gateway.seeing import pairs_of, require_seen
from narrowgate.ledger.checkpoints import Checkpoint
from narrowgate.ledger.questions.names import purposes_known, suppliers_known
from narrowgate.ledger.questions.releases import Filter, list_entries, show_entry
from narrowgate.ledger.receipts import prove_receipt
from narrowgate.model.day import parse_day
from narrowgate.model.entry import ReleaseEntry
from narrowgate.model.listing import EntryList, Kind, ShownEntry
from narrowgate.model.receipt import Receipt
from narrowgate.model.scope import Scope
from narrowgate.service import Gate, receipt_of

router = page_router()
ENTRY = Entry("Releases", f"{ROOT}/releases", 50, Scope.RELEASES)
Reader = Annotated[Visitor, visiting(Scope.RELEASES)]
Number = Annotated[int, PathParameter(ge=0, lt=1 << 63)]

_A_PAGE = 25
_KINDS: tuple[Kind, ...] = get_args(Kind)


@router.get("/releases")
async def releases(
    request: Request,
    house: House,
    visitor: Reader,
    words: str = "",
    supplier: str = "",
    purpose: str = "",
    kind: str = "",
    first: str = "",
    last: str = "",
    before: int | None = None,
) -> Response:
    """What was released and refused, the newest first."""
    suppliers, purposes = await asked(house, _names)
    given = {"words": words, "supplier": supplier, "purpose": purpose, "kind": kind, "first": first, "last": last}
    found, error = EntryList(found=0, entries=()), None
    try:
        which = Filter(
            supplier=supplier or None,
            purpose=purpose or None,
            kind=next((each for each in _KINDS if each == kind), None),
            first=parse_day("the first day", first) if first else None,
            last=parse_day("the last day", last) if last else None,
            before=before,
            words=tuple(words.split()),
            pairs=pairs_of(visitor.caller),
        )
        found = await asked(house, _list, which)
    except InputError as fault:
        error = fault
    query = {name: value for name, value in given.items() if value}
    return page(
        request,
        visitor,
        "releases.html",
        status_of(error) if error else 200,
        **given,
        latest=found,
        error=error,
        suppliers=[(each, each) for each in suppliers],
        purposes=[(each, each) for each in purposes],
        kinds=[(each, each) for each in _KINDS],
        newest=f"?{urlencode(query)}" if before is not None else None,
        older=f"?{urlencode(query | {'before': found.next})}" if found.next is not None else None,
    )


@router.get("/releases/{number}")
async def entry_page(request: Request, house: House, visitor: Reader, number: Number) -> Response:
    """One entry, with its receipt if it is a release."""
    shown = await asked(house, _shown, visitor, number)
    proven: dict[str, Any] = {"receipt": None, "checkpoint": None}
    if isinstance(shown.entry, ReleaseEntry) and visitor.may(Scope.RECEIPTS):
        proven["receipt"], proven["checkpoint"] = await asked(house, _proven, number)
    return page(request, visitor, "entry.html", shown=shown, entry=shown.entry, **proven)


@router.get("/releases/{number}/receipt.json")
async def receipt_file(house: House, visitor: Annotated[Visitor, visiting(Scope.RECEIPTS)], number: Number) -> Response:
    """A release's receipt, to be kept."""
    await asked(house, _shown, visitor, number)
    receipt, _ = await asked(house, _proven, number)
    headers = {"Content-Disposition": f'attachment; filename="release-{number}.receipt.json"'}
    return Response(
        receipt.model_dump_json(by_alias=True, indent=2) + "\n", headers=headers, media_type="application/json"
    )


def _names(gate: Gate) -> tuple[tuple[str, ...], tuple[str, ...]]:
    store = gate.require_ledger().store
    return suppliers_known(store), purposes_known(store)


def _list(gate: Gate, which: Filter) -> EntryList:
    return list_entries(gate.require_ledger().store, which, _A_PAGE)


def _shown(gate: Gate, visitor: Visitor, number: int) -> ShownEntry:
    shown = show_entry(gate.require_ledger().store, str(number))
    require_seen(visitor.caller, shown.entry)
    return shown


def _proven(gate: Gate, number: int) -> tuple[Receipt, Checkpoint | None]:
    """The receipt, and the checkpoint that it proves; None where no public key is known to prove it by."""
    receipt = receipt_of(gate, str(number))
    return receipt, prove_receipt(receipt, gate.verifier) if gate.verifier else None
