"""Running the Rego tests beside the policies."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from typing import Any

from narrowgate.authoring.cases.files import Selection
from narrowgate.model.case_report import RegoReport, RegoTest
from narrowgate.model.coverage import LineCoverage
from narrowgate.policy.binary import find_opa

Ranges = list[dict[str, dict[str, int]]]


def run_rego(selection: Selection, only: str = "") -> RegoReport | None:
    """What came of the tests of ``selection`` whose package or name holds ``only``; None where none is chosen."""
    if selection.within.is_file() and selection.purpose is None:
        return None
    pattern = re.escape(only)
    if selection.purpose is not None:
        pattern = rf"^data\.narrowgate\.purposes\.{re.escape(selection.purpose)}_test\..*{pattern}"
    done = _opa_test(selection, "--run", pattern)
    try:
        documents: list[dict[str, Any]] = json.loads(done.stdout)
    except ValueError:
        return RegoReport(error=(done.stderr or done.stdout).strip())
    tests = tuple(_test(each) for each in documents)
    return RegoReport(tests=tests) if tests or not (only or selection.purpose) else None


@dataclass(frozen=True)
class RegoCoverage:
    """What the Rego tests run of the policies."""

    lines: tuple[LineCoverage, ...] = ()
    heads: frozenset[tuple[str, int]] = frozenset()
    """File and line of the rules that some test makes hold."""

    def reaches(self, file: str, line: int) -> bool:
        """Whether some test makes the rule on a line hold."""
        return (file, line) in self.heads


def rego_coverage(selection: Selection) -> RegoCoverage:
    """What the Rego tests run; nothing where they cannot be run."""
    try:
        reported: dict[str, dict[str, Any]] = json.loads(_opa_test(selection, "--coverage").stdout)["files"]
    except (ValueError, KeyError):
        return RegoCoverage()
    policies = {file: each for file, each in sorted(reported.items()) if not file.endswith("_test.rego")}
    return RegoCoverage(
        lines=tuple(_lines(file, each) for file, each in policies.items()),
        heads=heads_run(policies),
    )


def heads_run(files: dict[str, dict[str, Any]]) -> frozenset[tuple[str, int]]:
    """File and line of the rules that held, in what OPA reports as covered.

    It counts a rule's head, at the left margin, as run once its body holds.
    """
    return frozenset(
        (file, each["start"]["row"])
        for file, document in files.items()
        for each in document.get("covered", [])
        if each["start"]["col"] == 1
    )


def _opa_test(selection: Selection, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run from inside the policies, so that OPA names files relative to them."""
    command = [str(find_opa()), "test", "--bundle", ".", "--format", "json", *arguments]
    return subprocess.run(
        command, cwd=selection.policies, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )


def _test(document: dict[str, Any]) -> RegoTest:
    at = document["location"]
    fault = (document.get("error") or {}).get("message", "")
    return RegoTest(
        name=f"{document['package'].removeprefix('data.')}.{document['name']}",
        file=at["file"],
        line=at["row"],
        passed=not (document.get("fail") or document.get("error") or document.get("skip")),
        message=fault or ("it is to be skipped (todo_)" if document.get("skip") else ""),
    )


def _lines(file: str, document: dict[str, Any]) -> LineCoverage:
    covered, missed = _rows(document.get("covered", [])), _rows(document.get("not_covered", []))
    left = sorted(missed - covered)
    return LineCoverage(file=file, covered=len(covered), of=len(covered | missed), not_covered=tuple(left))


def _rows(ranges: Ranges) -> set[int]:
    return {row for each in ranges for row in range(each["start"]["row"], each["end"]["row"] + 1)}
