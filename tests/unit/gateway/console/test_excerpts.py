"""Lines of policies as pages show them."""

from __future__ import annotations

from narrowgate.gateway.console.excerpts import about, excerpts
from narrowgate.model.rule import RuleAt
from narrowgate.policy.bundle import GUARDRAILS, Module
from narrowgate.service import Gate

TEXT = """# METADATA
# title: Nothing leaves
# description: |
#   Not on Mondays,
#   and on no other day.
# schemas:
#   - input: schema.input
package narrowgate.guardrails.nothing

first := 1

second := {
	"a": 1,
} if {
	true
}

third := 3
"""
MODULE = Module("guardrails/nothing.rego", TEXT, {"package": {"path": [{"value": "data"}, {"value": "nothing"}]}})


def module(text: str) -> Module:
    return Module(MODULE.path, text, MODULE.tree)


def test_a_rule_is_shown_whole(gate: Gate) -> None:
    bundle = type(gate.engine.policies)((MODULE,), {}, {})
    rule = RuleAt(rule="x", file=MODULE.path, line=13)
    (shown,) = excerpts(bundle, [rule, rule, RuleAt(rule="x", file="elsewhere.rego", line=1)])
    assert shown.line == 13
    assert shown.lines[0] == (12, "second := {")
    assert shown.lines[1] == (13, '    "a": 1,')
    assert shown.lines[-1] == (16, "}")


def test_what_an_author_says() -> None:
    said = about(MODULE)
    assert said.title == "Nothing leaves"
    assert said.description == "Not on Mondays, and on no other day."


def test_an_author_who_says_nothing() -> None:
    for text in ("package narrowgate.guardrails.nothing\n", "# just a remark\npackage x\n", ""):
        assert about(module(text)).title == "Nothing"
        assert about(module(text)).description == ""


def test_every_guardrail_has_a_title(gate: Gate) -> None:
    found = [about(each) for each in gate.engine.policies.modules if each.package[:2] == GUARDRAILS]
    assert "Covert officers never leave" in {each.title for each in found}
    assert all(each.title for each in found)
