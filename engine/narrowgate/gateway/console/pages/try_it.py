"""``/console/try``: what would leave of a file. Nothing is stored: no release, no entry, no file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError

from narrowgate.errors import InputError, NarrowgateError, UsageError
from narrowgate.gateway.asking import asked, suppliers_of
from narrowgate.gateway.console.navigation import ROOT, Entry
from narrowgate.gateway.console.rendering import page
from narrowgate.gateway.console.route import page_router
from narrowgate.gateway.console.uploads import Upload, uploaded
from narrowgate.gateway.console.visiting import visiting
from narrowgate.gateway.console.visitor import Visitor
from narrowgate.gateway.gatehouse import Gatehouse, House
from narrowgate.gateway.orders import Errand, OrderQuery, order_of, pair_of
from narrowgate.gateway.presence import while_there
from narrowgate.gateway.problems import status_of
from narrowgate.gateway.queries import merged
from narrowgate.gateway.working import worked
from narrowgate.ledger.today import today
from narrowgate.model.scope import Scope
from narrowgate.model.source import source_names
from narrowgate.previewing import Preview, preview_export
from narrowgate.service import Gate

router = page_router()
ENTRY = Entry("Try it", f"{ROOT}/try", 40, Scope.PLANS)
Trier = Annotated[Visitor, visiting(Scope.PLANS)]

_SHOWN = 10


@dataclass(frozen=True)
class _Choices:
    """What can be chosen in the form."""

    suppliers: list[tuple[str, str]]
    purposes: list[tuple[str, str]]
    sources: list[tuple[str, str]]
    attributes: dict[str, list[tuple[str, str]]]


@dataclass
class _Attempt:
    """What was chosen, and what came of it."""

    said: dict[str, str] = field(default_factory=dict)
    attributes: list[str] = field(default_factory=list)
    preview: Preview | None = None
    error: NarrowgateError | None = None


@router.get("/try")
async def form_page(request: Request, house: House, visitor: Trier) -> Response:
    """The form."""
    return await _page(request, house, visitor, _Attempt({"on": str(today())}))


@router.post("/try")
async def answer_page(request: Request, house: House, visitor: Trier) -> Response:
    """What came in beside what would leave."""
    attempt = _Attempt()
    try:
        async with uploaded(request, house, visitor) as upload:
            attempt.said = dict(upload.said)
            attempt.attributes = [value for name, value in upload.said if name == "attr"]
            upload.require_file()
            attempt.preview = await _previewed(request, house, visitor, upload)
    except RequestValidationError:
        attempt.error = UsageError("something in the form is not right", "see the day, and fill it in again")
    except InputError as error:
        attempt.error = error
    return await _page(request, house, visitor, attempt)


async def _previewed(request: Request, house: Gatehouse, visitor: Visitor, upload: Upload) -> Preview:
    told = merged(OrderQuery.model_construct(), upload.said)
    supplier, purpose = pair_of(told)
    visitor.caller.require_pair(supplier, purpose)
    order = order_of(told, upload.body, supplier, purpose, None)
    errand = Errand(order, upload.folder, upload.body.size, None, upload.held, upload.kept)
    trying = worked(house, errand, lambda gate, passing: preview_export(gate, order, _SHOWN, passing))
    return await while_there(request.receive, trying)


async def _page(request: Request, house: Gatehouse, visitor: Visitor, attempt: _Attempt) -> Response:
    return page(
        request,
        visitor,
        "try.html",
        status_of(attempt.error) if attempt.error else 200,
        choices=await asked(house, _choices, visitor),
        said=attempt.said,
        attributes=attempt.attributes,
        preview=attempt.preview,
        error=attempt.error,
    )


def _choices(gate: Gate, visitor: Visitor) -> _Choices:
    bundle = gate.engine.policies
    metas = {name: bundle.meta(name) for name in bundle.purposes}
    suppliers, may = suppliers_of(gate), visitor.caller.may
    attributes: dict[str, dict[str, Any]] = {}
    for meta in metas.values():
        for name, values in meta.attributes.items():
            attributes.setdefault(name, {}).update(dict.fromkeys(values))
    return _Choices(
        suppliers=[each for each in suppliers if any(may(each[0], purpose) for purpose in metas)],
        purposes=[(name, meta.title) for name, meta in metas.items() if any(may(each, name) for each, _ in suppliers)],
        sources=[(name, name) for name in source_names(gate.schemas)],
        attributes={name: [(f"{name}={value}", value) for value in values] for name, values in attributes.items()},
    )
