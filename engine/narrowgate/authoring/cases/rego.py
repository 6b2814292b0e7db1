"""Running the Rego tests beside the policies."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
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
        return RegoReport(error=(done.stderr or done.stdout).strip().replace(f"{selection.policies}/", ""))
    tests = tuple(_test(selection.policies, each) for each in documents)
    return RegoReport(tests=tests) if tests or not (only or selection.purpose) else None


def rego_coverage(selection: Selection) -> tuple[LineCoverage, ...]:
    """Which lines the Rego tests run, by file of the policies; none where they cannot be run."""
    try:
        files: dict[str, dict[str, Any]] = json.loads(_opa_test(selection, "--coverage").stdout)["files"]
    except (ValueError, KeyError):
        return ()
    return tuple(
        _lines(relative, each)
        for file, each in sorted(files.items())
        if not (relative := _relative(selection.policies, file)).endswith("_test.rego")
    )


def _opa_test(selection: Selection, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(find_opa()), "test", "--bundle", str(selection.policies), "--format", "json", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)


def _test(policies: Path, document: dict[str, Any]) -> RegoTest:
    at = document["location"]
    fault = (document.get("error") or {}).get("message", "")
    return RegoTest(
        name=f"{document['package'].removeprefix('data.')}.{document['name']}",
        file=_relative(policies, at["file"]),
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


def _relative(policies: Path, file: str) -> str:
    return Path(os.path.relpath(Path(file).absolute(), policies.absolute())).as_posix()
