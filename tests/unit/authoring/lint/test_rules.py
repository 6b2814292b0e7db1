"""Each rule of lint finds fault with the lines that the vectors say, and with no others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from functools import cache
from typing import Any

import pytest

from narrowgate.authoring.lint.interface import Found, Look, lint_rules
from support.gates import DAY, private_gate
from support.paths import POLICIES, ROOT
from support.policies import HEADER, copy_policies
from support.vectors import vectors

CASES: list[dict[str, Any]] = vectors("lint")
_WITHIN = 60
# What leaves is asked of OPA, over all situations: purposes that have nothing to do with it would only take time.
_ASKING = {"unused-permit", "unused-override", "situations-not-listed", "field-for-nobody"}


def _files(number: int, case: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The files of the purpose that a case is."""
    name = f"case_{number}"
    header = HEADER.format(purpose=name)
    header = header.replace('"retention_days": 30}', str(case.get("meta", '"retention_days": 30}')))
    header = header.replace('"Made up"', f'"{case.get("meta_title", "Made up")}"')
    if "title" in case:
        header = header.replace("# METADATA\n", f"# METADATA\n# title: {case['title']}\n")
    yield f"purposes/{name}/{name}.rego", header + case.get("purpose", "").strip("\n") + "\n"
    yield f"purposes/{name}/data.yaml", case.get("agreement") or _agreement(number, case)
    for file, text in case.get("files", {}).items():
        yield f"purposes/{name}/{file}", text


def _agreement(number: int, case: dict[str, Any]) -> str:
    return (
        f"agreements:\n  - id: {case.get('id', f'DSA-2099-{number:03}')}\n    supplier: cardco\n"
        f"    from: {case.get('from', '2026-01-01')}\n    until: {case.get('until', '2027-12-31')}\n"
        f"    formats: [{', '.join(case.get('formats', ['csv']))}]\n    max_rows: 9\n    retention_days: 30\n"
    )


def _policies_of(case: dict[str, Any]) -> str:
    """In which policies a case is."""
    return "apart" if case.get("apart") else "asking" if case["rule"] in _ASKING else "others"


Looks = dict[str, Look]


@pytest.fixture(scope="module")
def looks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Looks]:
    """Policies that hold the cases."""
    with ExitStack() as stack:
        made = {}
        for which in ("apart", "asking", "others"):
            cases = [(n, case) for n, case in enumerate(CASES) if _policies_of(case) == which]
            changes = dict(file for number, case in cases for file in _files(number, case))
            suppliers = (POLICIES / "suppliers" / "data.yaml").read_text(encoding="utf-8")
            suppliers += "".join(f"{case['suppliers']}\n" for _, case in cases if "suppliers" in case)
            folder = tmp_path_factory.mktemp("lint") / "policies"
            copy_policies(folder, changes | {"suppliers/data.yaml": suppliers})
            made[which] = Look(stack.enter_context(private_gate(folder)), folder, DAY, _WITHIN)
        yield made


@cache
def _found(look: Look, rule: str) -> tuple[Found, ...]:
    return tuple(lint_rules()[rule].check(look))


def _quotes(look: Look, found: Iterable[Found], below: str) -> list[str]:
    return sorted(look.quote(each.at) for each in found if each.at.file.startswith(below))


@pytest.mark.parametrize(
    ("number", "case"), list(enumerate(CASES)), ids=[f"{case['rule']}: {case['name']}" for case in CASES]
)
def test_vectors(number: int, case: dict[str, Any], looks: Looks) -> None:
    look = looks[_policies_of(case)]
    found = _found(look, case["rule"])
    if case.get("everywhere"):
        quotes = _quotes(look, found, "")
        assert set(case["findings"]) <= set(quotes)
        assert case.get("none_at") not in quotes
        if "none_at" in case:
            assert any(case["none_at"] in line for line in _all_lines(look))
    else:
        assert _quotes(look, found, f"purposes/case_{number}/") == sorted(case["findings"])
    for each in found:
        assert each.message
        assert each.remedy
        assert "; " not in each.message or case["rule"] in {"format", "unusable-cases"}


def _all_lines(look: Look) -> list[str]:
    paths = [POLICIES / "suppliers" / "data.yaml", look.gate.schemas / "personnel.schema.json"]
    return [line for path in paths for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("rule", lint_rules())
def test_every_rule_has_a_case_in_which_it_fires_and_one_in_which_it_does_not(rule: str) -> None:
    of_rule = [case for case in CASES if case["rule"] == rule]
    assert any(case["findings"] for case in of_rule)
    assert any(not case["findings"] for case in of_rule)


@pytest.mark.parametrize("rule", lint_rules().values(), ids=lambda rule: rule.name)
def test_every_rule_is_documented(rule: Any) -> None:
    (row,) = [
        line
        for line in (ROOT / "docs" / "policies" / "lint.md").read_text(encoding="utf-8").splitlines()
        if line.startswith(f"| `{rule.name}` |")
    ]
    assert f"| {rule.severity} |" in row
    assert rule.check.__doc__


def test_every_case_is_of_a_rule_that_there_is() -> None:
    assert {case["rule"] for case in CASES} == set(lint_rules())
