"""Mutants of data: of agreements and suppliers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import yaml

from mutation.mutant import Mutant

_FORMATS = ("csv", "tsv", "json", "ndjson", "parquet", "xlsx", "xlsb")
_KINDS = ("vetting provider", "payroll bureau", "card printer")
"""Two that rules and invariants go by, and one that they do not."""


def mutants_of_agreements(file: str, source: str, suppliers: list[str]) -> Iterator[Mutant]:
    """Each agreement with one term looser, or for one supplier more."""
    for block in re.finditer(r"^  - .*\n(?:    .*\n)*", source, re.MULTILINE):
        line = source.count("\n", 0, block.start()) + 1
        agreement = yaml.safe_load(block[0])[0]
        for change, looser in _looser(block[0], agreement, suppliers):
            text = source[: block.start()] + looser + source[block.end() :]
            yield Mutant(file, line, f"{agreement['id']}: {change}", text)


def _looser(block: str, agreement: dict[str, Any], suppliers: list[str]) -> Iterator[tuple[str, str]]:
    yield "from a day earlier", _with(block, "from", _later(agreement["from"], -1))
    yield "until a day later", _with(block, "until", _later(agreement["until"], 1))
    for name in ("max_rows", "retention_days"):
        yield f"{name} += 1", _with(block, name, str(agreement[name] + 1))
    for name in _FORMATS:
        if name not in agreement["formats"]:
            yield f"formats += {name}", _with(block, "formats", f"[{', '.join([*agreement['formats'], name])}]")
    share = agreement.get("max_bad_share", 0.01)
    yield "max_bad_share += 0.01", _with(block, "max_bad_share", str(round(share + 0.01, 2)))
    for name, looser in (("on_leak", "withhold"), ("on_hidden", "leave_out")):
        if agreement.get(name, "refuse" if name == "on_hidden" else "withhold") != looser:
            yield f"{name}: {looser}", _with(block, name, looser)
    for name in ("csv", "max_people"):
        if name in agreement:
            yield f"without {name}", re.sub(rf"^    {name}: .*\n", "", block, flags=re.MULTILINE)
    for name in suppliers:
        if name != agreement["supplier"]:
            yield f"for {name} too", block + _with(_with(block, "id", "ANOTHER"), "supplier", name)


def _later(day: date, days: int) -> str:
    return (day + timedelta(days)).isoformat()


def _with(block: str, name: str, value: str) -> str:
    """An agreement with another value of ``name``."""
    changed, count = re.subn(rf"(?<=[ -] {name}: ).*", value, block, count=1)
    return changed if count else f"{block}    {name}: {value}\n"


def mutants_of_suppliers(file: str, source: str) -> Iterator[Mutant]:
    """Each supplier of another kind, or in another country."""
    for match in re.finditer(r"^(\w+): \{.*kind: ([^,]+), country: (\w+)\}$", source, re.MULTILINE):
        line = source.count("\n", 0, match.start()) + 1
        kinds = [(2, kind) for kind in _KINDS if kind != match[2]]
        for group, value in [*kinds, (3, "US")]:
            text = source[: match.start(group)] + value + source[match.end(group) :]
            yield Mutant(file, line, f"{match[1]}: {match[group]} is {value}", text)
