"""Lint: what vetting lets pass, as it is safe, but an author will not have meant."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

from narrowgate.policy.binary import find_opa
from narrowgate.policy.bundle import PURPOSES, Bundle, Location
from narrowgate.policy.vetting.finding import Finding


def lint(bundle: Bundle, folder: Path | None) -> list[Finding]:
    """Everything worth a second look in a bundle that has passed vetting.

    Args:
        folder: where its files lie, if here; only then is their formatting looked at.
    """
    found = [finding for purpose in bundle.purposes for finding in _purpose(bundle, purpose)]
    found += _formatting(folder) if folder else []
    return sorted(found, key=lambda finding: (finding.at.file, finding.at.line))


def _purpose(bundle: Bundle, purpose: str) -> Iterator[Finding]:
    package = (*PURPOSES, purpose)
    rules = list(bundle.in_package(package))
    module = next(module for module in bundle.modules if module.package == package)
    names = {rule.name for _, rule in rules}
    if "release" not in names:
        yield Finding("no-release", Location(module.path, 1), "no record is ever released", "write: release if …")
    if "permit" not in names:
        yield Finding("no-permit", Location(module.path, 1), "no field is ever released", "write: permit.<field> := …")
    if not bundle.purpose_data.get(purpose, {}).get("agreements"):
        message, remedy = "no agreement is for this purpose, so it refuses", f"add one to purposes/{purpose}/data.yaml"
        yield Finding("no-agreement", Location(module.path, 1), message, remedy)
    for where, rule in rules:
        # True for a body of conditions; OPA gives an unconditional rule the body ``true``.
        conditional = [term.get("terms") for term in rule.node["body"]] != [{"type": "boolean", "value": True}]
        if rule.name in {"permit", "override"} and len(rule.head) == 3 and conditional:
            yield Finding(
                "condition-on-part",
                Location(where.path, where.line(rule)),
                f"when its condition fails, {rule.name}.{rule.head[1]} is an empty object and the field is withheld",
                f'put the condition on the whole action: {rule.name}.{rule.head[1]} := {{"action": …}} if …',
            )


def _formatting(folder: Path) -> Iterator[Finding]:
    printed = subprocess.run(
        [find_opa(), "fmt", "--list", folder], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    for line in printed.stdout.splitlines():
        path = Path(line.strip())
        at = Location(str(path.relative_to(folder)) if path.is_relative_to(folder) else line.strip(), 1)
        yield Finding("format", at, "the file is not formatted", "run: opa fmt --write on it")
