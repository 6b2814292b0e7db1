"""How many situations there are, worked out anew from files: YAML, the catalogue, and expressions over Rego's text.

It knows comparisons of a field with constants that are written beside it, and nothing else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from narrowgate.model.yaml import load_yaml
from support.paths import SCHEMAS

_WINDOWS = 3


def sizes(policies: Path, purpose: str) -> Mapping[str, int]:
    """How many values each part of a situation has for ``purpose``."""
    agreements = _yaml(policies / f"purposes/{purpose}/data.yaml")["agreements"]
    of_all = [each for path in sorted(policies.glob("purposes/*/data.yaml")) for each in _yaml(path)["agreements"]]
    own = _code(policies / f"purposes/{purpose}/{purpose}.rego")
    guardrails = "\n".join(_code(path) for path in _modules(policies / "guardrails"))
    fields = json.loads((SCHEMAS / "personnel.schema.json").read_text())["properties"]
    read = {*re.findall(r"input\.record\.(\w+)", own + guardrails)}
    said = {field for invariant in _invariants(policies) for field in invariant.get("when", {}).get("record", {})}
    asked = re.findall(r'"(\w+)" in input\.request\.columns|leaves\("(\w+)"\)', own + guardrails)
    caps = {cap for each in agreements for cap in each.get("max_people", {}).values()}
    return {
        "suppliers": len(_yaml(policies / "suppliers/data.yaml")),
        "days": len(_days(_day(each[key]) for each in agreements for key in ("from", "until"))),
        "formats": len({_holders(name, of_all) for each in agreements for name in each["formats"]}) + 1,
        "row counts": len(_wholes(each["max_rows"] for each in agreements)) + 1,
        "sources": 1,
        "attributes": _attributes(own),
        "histories": len(_wholes(caps)) ** _WINDOWS if caps else 1,
        "sets of columns": 2 ** len({name for pair in asked for name in pair if name} - read),
        "records": _product(_values(field, fields[field], own) for field in read | said),
        "fields": len(fields),
    }


def _values(name: str, field: Mapping[str, Any], text: str) -> int:
    """How many values of a field are told apart."""
    if "enum" in field:
        return len(field["enum"])
    if field["type"] == "boolean":
        return 2
    constants = re.findall(rf'input\.record\.{name} [=!<>]+ "?([^"\s]+)"?', text)
    match field:
        case {"format": "date"}:
            return len(_days(map(_day, constants)))
        case {"type": "integer"}:
            return len(_wholes(map(int, constants)))
        case {"type": "number"}:
            # Each constant and bound, and one number between every two.
            return 2 * len({*map(float, constants), field["minimum"], field["maximum"]}) - 1
    return len({*constants}) + 1


def _days(days: Iterable[date]) -> set[date]:
    """Each day and the next, and the one before the first."""
    known = sorted({*days})
    return {day + timedelta(step) for day in known for step in (0, 1)} | {known[0] - timedelta(1)}


def _wholes(numbers: Iterable[int]) -> set[int]:
    known = sorted({*numbers})
    return {number + step for number in known for step in (0, 1)} | {known[0] - 1}


def _holders(name: str, agreements: Iterable[Mapping[str, Any]]) -> tuple[bool, ...]:
    """Formats that the same agreements allow are not told apart, whosever they are."""
    return tuple(name in each["formats"] for each in agreements)


def _attributes(text: str) -> int:
    """Each attribute may be left out."""
    found = re.search(r'"attributes": \{(.*?)\}', text, re.DOTALL)
    lists = re.findall(r"\[(.*?)\]", found[1]) if found else []
    return _product(len(values.split(",")) + 1 for values in lists)


def _product(numbers: Iterable[int]) -> int:
    product = 1
    for number in numbers:
        product *= number
    return product


def _invariants(policies: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = _yaml(policies / "invariants.yaml")["invariants"]
    return found


def _modules(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*.rego")) if not path.stem.endswith("_test")]


def _code(path: Path) -> str:
    """A module without its remarks."""
    return re.sub(r"#.*", "", path.read_text(encoding="utf-8"))


def _day(said: object) -> date:
    return said if isinstance(said, date) else date.fromisoformat(str(said))


def _yaml(path: Path) -> Any:
    return load_yaml(path.read_text(encoding="utf-8"))
