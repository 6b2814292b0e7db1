"""What a file hides, and what the gate makes of it: before it reads one, and before it lets go of one."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable

from narrowgate.errors import InputError, InternalError, Refused
from narrowgate.inspection.inspect import inspect_file, inspect_subject
from narrowgate.inspection.interface import Subject
from narrowgate.inspection.summary import Summary
from narrowgate.model.inspection import Finding
from narrowgate.plan.plan import Plan
from narrowgate.tables.export import Export
from narrowgate.tables.files import OutputFile
from narrowgate.tables.packing import Packing, packed

_MOST_PLACES = 3
"""At which one channel is told place by place."""


def hidden_reasons(findings: Iterable[Finding]) -> list[str]:
    """A line for each channel, and for each of a few places."""
    summary = Summary(_MOST_PLACES)
    summary.add(findings)
    return [f"{each.place()}: {each.title} ({each.amount()})" for each in summary.findings()]


def require_shown(export: Export, plan: Plan) -> None:
    """Make sure that the export hides nothing but what its agreement and purpose tolerate.

    Raises:
        Refused: it does.
    """
    require_nothing_hidden(plan, lambda: (*export.file.inspection.findings, *export.reader.findings), export.findings)


def require_nothing_hidden(
    plan: Plan, everything: Callable[[], Iterable[Finding]], findings: Iterable[Finding] = ()
) -> None:
    """The same, by what was found.

    Args:
        everything: all that is hidden, which is asked for only where all of it counts.
        findings: what was found anyway.
    """
    strictly = plan.limits.on_hidden == "refuse_anything"
    found = everything() if strictly else findings
    hidden = [each for each in found if each.severity != "low" and (strictly or each.hides_cells)]
    if hidden and plan.limits.on_hidden != "leave_out":
        otherwise = "" if strictly else ", or agree on leaving it out (on_hidden: leave_out)"
        raise Refused(hidden_reasons(hidden), f"take it out of the export{otherwise}; see: narrowgate inspect")


def require_clean(release: OutputFile, format: str, packing: Packing, delimiter: str) -> None:
    """Make sure that the release has no channel besides its cells.

    Raises:
        InternalError: it has.
    """
    kind = {"": format, "gz": "gzip", "zip": "zip"}[packing]
    name = f"release.{packed(format, packing)}"
    _require_none(lambda: inspect_file(release.readable, name, delimiter, kind).findings)


def require_clean_text(text: bytes, format: str) -> None:
    """The same of a release in memory."""
    if text:
        _require_none(lambda: inspect_subject(Subject(io.BytesIO(text)), format).findings)


def _require_none(look: Callable[[], tuple[Finding, ...]]) -> None:
    remedy = "please report it; nothing was released"
    try:
        findings = look()
    except InputError as error:
        raise InternalError("the release cannot be looked into", remedy) from error
    if findings:
        raise InternalError(f"the release would hide something: {hidden_reasons(findings)[0]}", remedy)
