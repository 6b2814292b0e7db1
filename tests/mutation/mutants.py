"""Every mutant of the shipped policies."""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml

from mutation.mutant import Mutant
from mutation.rules import Known, mutants_of_entry_points, mutants_of_rules
from mutation.terms import mutants_of_agreements, mutants_of_suppliers
from narrowgate.model.catalogue import load_catalogue
from support.paths import POLICIES, SCHEMAS


def mutants() -> list[Mutant]:
    """All, in the order of files, each of another name and with another text."""
    found: dict[tuple[str, str | None], Mutant] = {}
    for mutant in _mutants():
        found.setdefault((mutant.file, mutant.text), mutant)
    return list(found.values())


def _mutants() -> Iterator[Mutant]:
    suppliers = yaml.safe_load((POLICIES / "suppliers" / "data.yaml").read_text(encoding="utf-8"))
    kinds = tuple(dict.fromkeys(each["kind"] for each in suppliers.values()))
    for path in sorted(path for path in POLICIES.rglob("*") if path.suffix in {".rego", ".yaml"}):
        file, source = path.relative_to(POLICIES).as_posix(), path.read_text(encoding="utf-8")
        known = Known(load_catalogue(SCHEMAS), _attributes(source), kinds)
        if file == "narrowgate.rego":
            yield from mutants_of_entry_points(file, source)
        elif file == "suppliers/data.yaml":
            yield from mutants_of_suppliers(file, source)
        elif path.name == "data.yaml":
            yield from mutants_of_agreements(file, source, list(suppliers))
        elif path.suffix == ".rego" and not path.name.endswith("_test.rego"):
            if file.startswith("guardrails/"):
                yield Mutant(file, 1, "without the guardrail", None)
            yield from mutants_of_rules(file, source, known)


def _attributes(source: str) -> dict[str, list[str]]:
    """The attributes that a purpose declares."""
    declared = re.search(r'"attributes": \{(.*)\}', source)
    pairs = re.findall(r'"(\w+)": \[([^\]]*)\]', declared[1]) if declared else []
    return {name: re.findall(r'"([^"]*)"', values) for name, values in pairs}
