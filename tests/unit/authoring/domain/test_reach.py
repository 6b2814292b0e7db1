"""Which rules a purpose's situations are told apart by."""

from __future__ import annotations

from pathlib import Path

import pytest

from conftest import OpenGate
from narrowgate.authoring.domain.scope import Policies, Unbounded, domain_of
from support.policies import copy_policies, purpose


def test_what_cannot_be_followed_in_one_purpose_keeps_no_other_from_being_proven(
    open_gate: OpenGate, tmp_path: Path
) -> None:
    rules = 'permit.rank := {"action": "keep"} if startswith(input.request.format, "c")\n'
    gate = open_gate(copy_policies(tmp_path / "p", purpose("unfathomable", rules)))
    policies = Policies(gate.engine.policies)
    with pytest.raises(Unbounded, match=r"purposes/unfathomable/unfathomable.rego:\d+: startswith is asked about"):
        domain_of([policies], "unfathomable", gate.catalogue, {})
    # The guardrail on photos and addresses reads the permits of the purpose that is asked for, and of no other.
    assert domain_of([policies], "uniform", gate.catalogue, {}).situations > 0
