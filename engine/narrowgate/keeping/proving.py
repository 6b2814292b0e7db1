"""What a change of policies has to come through beside vetting."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from narrowgate.authoring.cases.files import select
from narrowgate.authoring.cases.rego import run_rego
from narrowgate.authoring.cases.run import run_cases
from narrowgate.errors import PolicyInvalid
from narrowgate.model.case_report import CaseResult, RegoReport
from narrowgate.service import Gate


def require_proven(gate: Gate, policies: Path) -> None:
    """Try the cases and the Rego tests beside policies, as ``narrowgate policy test`` does.

    Args:
        gate: decides by ``policies``.
        policies: a folder.

    Raises:
        PolicyInvalid: the policies do not do what their authors expect.
        SourceError: a file of cases cannot be used.
    """
    selection = select(policies)
    findings = [line for tried in run_cases(gate, selection).tried for line in _differences(tried.result)]
    rego = run_rego(selection)
    findings += _failures(rego) if rego else ()
    if findings:
        first, more = findings[0], len(findings) - 1
        message = first + (f" (and {more} more)" if more else "")
        raise PolicyInvalid(message, "mend the policies or the case: narrowgate policy test shows them all", findings)


def _differences(result: CaseResult) -> Iterator[str]:
    return (f"{result.file}:{result.line}: {result.title}: {difference}" for difference in result.differences)


def _failures(rego: RegoReport) -> Iterator[str]:
    if rego.error:
        yield f"the Rego tests cannot be run: {' '.join(rego.error.split())}"
    for test in rego.failures():
        said = f": {test.message}" if test.message else ""
        yield f"{test.file}:{test.line}: {test.name} does not pass{said}"
