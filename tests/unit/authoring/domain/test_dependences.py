"""Nothing that a rule goes by stays hidden: its situations are told apart, or it is said that they cannot be."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from narrowgate.authoring.domain.scope import Policies, Unbounded, domain_of
from narrowgate.service import Gate
from support.gates import private_gate
from support.policies import AGREEMENT, copy_policies
from support.situations import Situation, all_leaving, as_outcome, leaving
from support.vectors import vectors

CASES = vectors("dependences")
_TEXT = """\
package narrowgate.purposes.{purpose}

meta := {meta}

permit.rank.action := "keep"

{rules}"""


@dataclass(frozen=True)
class Bench:
    """The policies of all cases, each a purpose."""

    gate: Gate
    policies: Policies


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A gate over one purpose for each case."""
    changes: dict[str, str | None] = {}
    for number, case in enumerate(CASES):
        changes |= _purpose(f"made_up_{number}", case)
    folder: Path = copy_policies(tmp_path_factory.mktemp("dependences") / "policies", changes)
    with private_gate(folder) as gate:
        yield Bench(gate, Policies(gate.engine.policies))


def _purpose(name: str, case: dict[str, Any]) -> dict[str, str | None]:
    meta = {"title": "Made up", "lawful_basis": "public task", "retention_days": 30, **case.get("meta", {})}
    folder = f"purposes/{name}"
    text = _TEXT.format(purpose=name, meta=json.dumps(meta), rules=case["rules"])
    return {f"{folder}/{name}.rego": text, f"{folder}/data.yaml": AGREEMENT}


def _situation(purpose: str, said: dict[str, Any]) -> Situation:
    said = {"people_after" if key == "history" else key: value for key, value in said.items()}
    if "on" in said:
        said["on"] = date.fromisoformat(said["on"])
    return Situation(purpose, **said)


@pytest.mark.parametrize("number", range(len(CASES)), ids=[case["name"] for case in CASES])
def test_both_outcomes_are_among_the_situations(bench: Bench, number: int) -> None:
    case, purpose = CASES[number], f"made_up_{number}"
    released = leaving(bench.gate, _situation(purpose, case["released"]))
    withheld = leaving(bench.gate, _situation(purpose, case["withheld"]))
    assert released
    assert not withheld or case.get("alike")
    if case.get("unbounded"):
        with pytest.raises(Unbounded) as raised:
            domain_of([bench.policies], purpose, bench.gate.catalogue, {})
        assert all(each.at.file == f"purposes/{purpose}/{purpose}.rego" for each in raised.value.obstacles)
        return
    domain = domain_of([bench.policies], purpose, bench.gate.catalogue, {})
    assert {as_outcome(released), as_outcome(withheld)} <= all_leaving(bench.gate, domain)
