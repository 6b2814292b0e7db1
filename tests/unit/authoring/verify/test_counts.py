"""The number of situations is what anybody may work out from the files."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from pathlib import Path

import pytest

from conftest import OpenGate
from narrowgate.authoring.verify.invariants import load_invariants
from narrowgate.authoring.verify.prove import verify
from support.counting import sizes
from support.policies import copy_policies, purpose

CAPPED = """\
agreements:
  - id: TEST-1
    supplier: kitcorp
    from: 2026-01-01
    until: 2026-01-01
    formats: [csv, tsv]
    max_rows: 100
    retention_days: 30
    max_people: {days_30: 500}
  - id: TEST-2
    supplier: cardco
    from: 2026-01-01
    until: 2027-12-31
    formats: [tsv, json]
    max_rows: 101
    retention_days: 30
"""
RULES = """\
permit.rank.action := "keep"

release if {
	input.record.joined_on < "2020-01-01"
	input.record.salary > 50000
	input.record.protected == false
}

withhold contains "called so" if input.record.surname == "Saltmarsh"

withhold contains "a card" if {
	"email" in input.request.columns
	input.record.vetting_level == "DV"
}
"""
ATTRIBUTES = """\
package narrowgate.purposes.made_up

meta := {
	"title": "Made up",
	"lawful_basis": "public task",
	"retention_days": 30,
	"attributes": {"run": ["monthly", "yearly"], "copy": ["first", "second", "third"]},
}

permit.rank := {"action": "keep"} if input.request.attributes.run == "yearly"

release if input.record.pay_point > 40
"""
BUNDLES: Mapping[str, Mapping[str, str | None]] = {
    "shipped": {},
    "agreements with caps": {"purposes/uniform/data.yaml": CAPPED},
    "a purpose with conditions": purpose("made_up", RULES),
    "a purpose with attributes": {**purpose("made_up", ""), "purposes/made_up/made_up.rego": ATTRIBUTES},
    "no guardrail goes by columns": {
        "guardrails/photo_and_address.rego": None,
        "guardrails/photo_and_address_test.rego": None,
        "invariants.yaml": "invariants: [{name: none, never: {fields: photo}, when: {record: {status: leaver}}}]\n",
    },
}


@pytest.mark.parametrize("name", BUNDLES)
def test_the_counts_agree(tmp_path: Path, open_gate: OpenGate, name: str) -> None:
    policies = copy_policies(tmp_path / "policies", BUNDLES[name])
    gate = open_gate(policies)
    bundle = gate.engine.policies
    report = verify(gate, load_invariants(policies / "invariants.yaml", bundle, gate.catalogue))
    assert not report.unproven
    expected = {each: sizes(policies, each) for each in bundle.purposes}
    assert {each.purpose: each.sizes for each in report.covered} == expected
    assert report.situations == sum(prod(each.values()) for each in expected.values())
