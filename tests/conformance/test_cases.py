"""Every shipped case gives the same result on a private and on a shared OPA."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from narrowgate.authoring.cases.files import select
from narrowgate.authoring.cases.run import Run, run_cases
from narrowgate.model.catalogue import Catalogue
from narrowgate.policy.client import Address
from narrowgate.policy.open import open_shared
from narrowgate.service import Gate
from support.opa import shared_opa
from support.paths import POLICIES, SCHEMAS


@pytest.fixture(scope="module")
def shared_gate(catalogue: Catalogue) -> Iterator[Gate]:
    """A gate whose OPA is somebody else's."""
    with shared_opa(POLICIES) as url:
        engine = open_shared(Address(url), SCHEMAS)(catalogue)
        yield Gate(engine, catalogue, SCHEMAS)
        engine.close()


def answered(run: Run) -> list[Any]:
    """Everything that was answered, in order."""
    answers = [run.answers[id(situation)] for tried in run.tried for situation in tried.trial.situations]
    return [(each.situation, each.decision, each.plan, each.refusal, each.verdicts, each.error) for each in answers]


def test_shipped_cases_pass_on_both_and_all_answers_are_the_same(gate: Gate, shared_gate: Gate) -> None:
    private, shared = (run_cases(each, select(POLICIES)) for each in (gate, shared_gate))
    assert [tried.result for tried in private.tried] == [tried.result for tried in shared.tried]
    assert [tried.result.name for tried in shared.tried if not tried.result.passed] == []
    assert len(private.tried) >= 2 * len(gate.engine.policies.purposes)
    assert answered(private) == answered(shared)
