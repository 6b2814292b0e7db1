"""What OPA itself says of the files: its formatter, and its strict check of tests."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import nullcontext
from difflib import SequenceMatcher
from pathlib import Path

from narrowgate.authoring.lint.interface import Found, Look, lint_rule
from narrowgate.model.wording import counted
from narrowgate.policy.binary import find_opa
from narrowgate.policy.bundle import Location
from narrowgate.policy.input_schema import renewed_schemas
from narrowgate.policy.vetting.finding import Finding
from narrowgate.resources import shipped


@lint_rule("format")
def formatting(look: Look) -> Iterator[Found]:
    """A file that ``opa fmt`` would write otherwise."""
    if look.folder is None:
        return
    for printed in _opa("fmt", "--list", str(look.folder)).splitlines():
        path = Path(printed.strip())
        if path.is_file():
            name = path.relative_to(look.folder) if path.is_relative_to(look.folder) else path
            yield _difference(path, str(name))


def _difference(path: Path, name: str) -> Found:
    """The first line that is written otherwise."""
    ours, theirs = path.read_text(encoding="utf-8").split("\n"), _opa("fmt", str(path)).split("\n")
    changes = [each for each in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes() if each[0] != "equal"]
    kind, start, _, first, _ = changes[0]
    what = "it leaves this line out" if kind == "delete" else f"it writes: {theirs[first].strip() or 'an empty line'}"
    more = f", and {counted(len(changes) - 1, 'other place')}" if len(changes) > 1 else ""
    line = min(start + 1, len(ours))
    return Found(Location(name, line), f"opa fmt would change this{more}: {what}", f"run: opa fmt --write {path}")


@lint_rule("strict-tests")
def strict_tests(look: Look) -> Iterator[Found]:
    """A test in Rego that does not pass OPA's strict check; policies that do not are never used."""
    if look.folder is None:
        return
    capabilities = shipped("policies") / "capabilities.json"
    with renewed_schemas(look.gate.schemas) or nullcontext(str(look.gate.schemas)) as fields:
        printed = _opa(
            *("check", "--strict", "--bundle", "--max-errors=100", "--schema", fields),
            *("--capabilities", str(capabilities), str(look.folder)),
        )
    for line in printed.splitlines():
        finding = Finding.parse(line.strip().removeprefix("1 error occurred: ").removeprefix(f"{look.folder}/"))
        if "rego_" in line and finding.at.line:
            yield Found(finding.at, finding.message.removeprefix("rego_"), "mend that line")


def _opa(*arguments: str) -> str:
    """What OPA prints."""
    done = subprocess.run(
        [find_opa(), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.stdout
