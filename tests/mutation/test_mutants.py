"""Whatever single change lets more out of the shipped policies, their cases, tests and invariants notice.

``pytest -s`` prints every mutant and its verdict; so does ``python -m mutation``. A file of them lies in the run's
temporary folder.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mutation.mutant import Mutant
from mutation.mutants import mutants
from mutation.summary import summary
from mutation.trial import Trials, trials

_GROUPS = 16
ALL = mutants()


@pytest.fixture(scope="module")
def ready() -> Iterator[Trials]:
    with trials() as made:
        yield made


@pytest.mark.parametrize("group", range(_GROUPS))
def test_whatever_lets_more_out_is_caught(group: int, ready: Trials, tmp_path: Path) -> None:
    verdicts = [ready.verdict(mutant) for mutant in ALL[group::_GROUPS]]
    listed = "\n".join(map(str, verdicts))
    (tmp_path / "mutants.txt").write_text(f"{listed}\n{summary(verdicts)}\n")
    print(f"\n{listed}\n{summary(verdicts)}")
    assert not [verdict.mutant.name for verdict in verdicts if verdict.survives]


def test_what_is_not_changed_is_not_caught(ready: Trials) -> None:
    """Else everything would be, and a test of mutants would say nothing."""
    for file in ("purposes/payroll/payroll.rego", "guardrails/covert_posting.rego", "suppliers/data.yaml"):
        verdict = ready.verdict(Mutant.unchanged(file))
        assert (verdict.caught_by, verdict.widens) == (None, False)


def test_every_way_of_letting_more_out_is_tried() -> None:
    assert len({(mutant.file, mutant.text) for mutant in ALL}) == len(ALL)
    names = {mutant.name for mutant in ALL}
    attribute = 'input.request.attributes.run == "annual statements"'
    missing = {
        "guardrails/covert_posting.rego:1 without the guardrail",
        "guardrails/covert_posting.rego:7 withhold: input.record.posting -= undercover",
        "guardrails/photo_and_address.rego:8 drop.photo: without it",
        "purposes/payroll/payroll.rego:43 permit.home_address: more",
        "purposes/foi_publication/foi_publication.rego:25 release: input.record.status += suspended",
        "purposes/foi_publication/foi_publication.rego:27 withhold: without it",
        "purposes/foi_publication/foi_publication.rego:23 permit.salary: as generalise band 2500",
        "purposes/foi_publication/foi_publication.rego:10 meta: without publication",
        "purposes/occupational_health/occupational_health.rego:10 meta: without article_9_condition",
        "purposes/training/training.rego:30 override.surname: without it",
        "purposes/training/training.rego:30 override.surname: as mask 2",
        "purposes/staff_survey/staff_survey.rego:16 permit.employee_number: as keep",
        f"purposes/pension/pension.rego:37 permit.home_address: true for {attribute}",
        "purposes/pension/pension.rego:10 meta: attributes: += something else",
        "purposes/payroll/data.yaml:2 DSA-2025-021: until a day later",
        "purposes/payroll/data.yaml:2 DSA-2025-021: max_rows += 1",
        "purposes/payroll/data.yaml:2 DSA-2025-021: formats += xlsb",
        "purposes/foi_publication/data.yaml:2 DSA-2025-050: without csv",
        "suppliers/data.yaml:2 cardco: card printer is vetting provider",
    } - names
    assert not missing
    assert sum(mutant.file == "narrowgate.rego" for mutant in ALL) > 20
