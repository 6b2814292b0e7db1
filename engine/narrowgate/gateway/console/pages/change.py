"""``/console/change``: what would leave if other policies decided."""

from __future__ import annotations

from typing import Annotated

from fastapi import Request, Response

from narrowgate.authoring.diff.against import against
from narrowgate.authoring.diff.words import HEADINGS, remarks, verdict
from narrowgate.errors import InputError, NarrowgateError, PolicyInvalid
from narrowgate.gateway.access.caller import ANY
from narrowgate.gateway.console.navigation import ROOT, Entry
from narrowgate.gateway.console.rendering import page
from narrowgate.gateway.console.route import page_router
from narrowgate.gateway.console.uploads import Upload, uploaded
from narrowgate.gateway.console.visiting import visiting
from narrowgate.gateway.console.visitor import Visitor
from narrowgate.gateway.gatehouse import Gatehouse, House
from narrowgate.gateway.presence import while_there
from narrowgate.gateway.problems import status_of
from narrowgate.gateway.stopping import Stop
from narrowgate.model.diff import DiffReport
from narrowgate.model.scope import Scope

router = page_router()
ENTRY = Entry("Policy change", f"{ROOT}/change", 80, Scope.POLICIES)
Reader = Annotated[Visitor, visiting(Scope.POLICIES)]

_NAME = "policies.tar.gz"


@router.get("/change")
async def form_page(request: Request, visitor: Reader) -> Response:
    """The form."""
    return _page(request, visitor)


@router.post("/change")
async def answer_page(request: Request, house: House, visitor: Reader) -> Response:
    """The comparison, field by field."""
    visitor.caller.require_pair(ANY, ANY)
    try:
        async with uploaded(request, house, visitor) as upload:
            upload.require_file()
            report = await while_there(request.receive, _compared(house, upload))
    except (InputError, PolicyInvalid) as error:
        return _page(request, visitor, error=error)
    return _page(request, visitor, report)


async def _compared(house: Gatehouse, upload: Upload) -> DiffReport:
    bundle = upload.body.named(_NAME)

    def work(stop: Stop) -> DiffReport:
        with upload.folder.unnamed(), house.gate() as gate:
            return against(gate, bundle, lambda _: stop.check())

    return await house.files.lanes.run(upload.body.size, work)


def _page(
    request: Request, visitor: Visitor, report: DiffReport | None = None, error: NarrowgateError | None = None
) -> Response:
    said, is_grave = verdict(report) if report else ("", False)
    # A bundle that is none, or is not sound, is the visitor's to mend: the gate's own policies are as they were.
    status = 422 if isinstance(error, PolicyInvalid) else status_of(error) if error else 200
    return page(
        request,
        visitor,
        "change.html",
        status,
        report=report,
        error=error,
        findings=error.findings if isinstance(error, PolicyInvalid) else (),
        said=said,
        is_grave=is_grave,
        remarks=list(remarks(report)) if report else [],
        headings=HEADINGS,
    )
