from __future__ import annotations

from pathlib import Path

import pytest

from narrowgate.authoring.cases.files import CaseFile, load_case_files, select
from narrowgate.authoring.cases.source import Source
from narrowgate.errors import SourceError, UsageError
from narrowgate.model.case import Cases
from narrowgate.model.catalogue import Catalogue
from support.paths import POLICIES

FIXTURES = """\
on: 2026-06-01
records:
  pc: {surname: Kestrelby, posting: response, status: active}
requests:
  agreed: {supplier: cardco, purpose: id_card_print}
"""


def loaded(folder: Path, catalogue: Catalogue, cases: str, fixtures: str = FIXTURES) -> CaseFile:
    """A file of cases beside nothing but fixtures."""
    (folder / "narrowgate.rego").write_text("package narrowgate\n")
    (folder / "fixtures.yaml").write_text(fixtures)
    (folder / "cases.yaml").write_text(cases)
    (file,) = load_case_files(select(folder), catalogue)
    return file


def test_a_file_has_what_the_fixtures_define_and_adds_to_it(tmp_path: Path, catalogue: Catalogue) -> None:
    file = loaded(
        tmp_path, catalogue, "records: {wpc: {like: pc, surname: Larkmead}}\nrequests: {b: {supplier: oldco}}\n"
    )
    assert file.records["wpc"] == {"surname": "Larkmead", "posting": "response", "status": "active"}
    assert set(file.records) == {"pc", "wpc"}
    assert set(file.requests) == {"agreed", "b"}
    assert str(file.on) == "2026-06-01"
    assert file.purpose is None


def test_null_takes_a_field_away_and_likeness_is_handed_on(tmp_path: Path, catalogue: Catalogue) -> None:
    cases = "  a: {like: b, rank: Sergeant}\n  b: {like: pc, posting: null}\n  c: {surname: null, rank: Inspector}\n"
    file = loaded(tmp_path, catalogue, f"records:\n{cases}")
    assert file.records["a"] == {"surname": "Kestrelby", "status": "active", "rank": "Sergeant"}
    assert file.records["c"] == {"rank": "Inspector"}


@pytest.mark.parametrize(
    ("cases", "message", "remedy"),
    [
        ("records:\n  pc: {surname: Larkmead}\n", ":2: pc is defined already, on line 3 of fixtures",
         "another name"),
        ("requests:\n  agreed: {supplier: oldco}\n", ":2: agreed is defined already, on line 5", "another name"),
        ("records:\n  a: {like: b}\n  b: {like: a}\n", "is like itself in the end", "write one of them out"),
        ("records:\n  a: {like: pcc}\n", ":2: there is no record pcc, in “a: {like: pcc}”", "did you mean pc?"),
        ("records:\n  a: {surnane: x}\n", ":2: there is no field surnane", "did you mean surname?"),
        ("records:\n  a: {surname: [x]}\n", ":2: ", "see docs/policies/cases.md"),
        ("cases: 1\n", ":1: cases: input should be a valid tuple", "write a list: [ … ]"),
        ("- a\n", "input should be a valid dictionary", "see docs/policies/cases.md"),
        ("cases:\n  - name: x\n    expect: {}\n", ":2: request: field required", "see docs/policies/cases.md"),
        ("requests:\n  x: {suplier: a}\n", ":2: there is no key suplier", "did you mean supplier?"),
        ("requests:\n  x: {supplier: a, history: {day_1: 4}}\n", ":2: there is no key day_1", "did you mean days_1?"),
        ("cases:\n  - {name: x, request: agreed, expect: {limits: {on_leek: refuse}}}\n", "key on_leek",
         "did you mean on_leak?"),
        ("tables:\n  - {name: x, expect: [], supplers: [cardco]}\n", "key supplers", "did you mean suppliers?"),
        ("a: 1\na: 2\n", ":2: a key is there twice", "mend that line"),
        ("? [a]\n: 2\n", ":1: a key is a list or a mapping", "mend that line"),
        ("records:\n  1: {surname: x}\n", ":2: ", "see docs/policies/cases.md"),
    ],
)  # fmt: skip
def test_faults_name_the_line_and_what_to_write(
    tmp_path: Path, catalogue: Catalogue, cases: str, message: str, remedy: str
) -> None:
    with pytest.raises(SourceError) as caught:
        loaded(tmp_path, catalogue, cases)
    assert message in caught.value.message
    assert str(tmp_path / "cases.yaml") in caught.value.message
    assert remedy in caught.value.remedy


def test_faults_of_fixtures_are_told_of_the_fixtures(tmp_path: Path, catalogue: Catalogue) -> None:
    with pytest.raises(SourceError, match=r"fixtures\.yaml:2: there is no field surnane"):
        loaded(tmp_path, catalogue, "cases: []\n", "records:\n  pc: {surnane: x}\n")


def test_an_empty_file_is_one_without_cases(tmp_path: Path, catalogue: Catalogue) -> None:
    assert loaded(tmp_path, catalogue, "").cases == Cases()


def test_lines_are_those_of_keys_and_items(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("a: &one\n  b:\n    - c\n    - d: 1\n\ne: *one\n")
    source = Source(path, "x.yaml")
    assert [source.line(place) for place in ((), ("a",), ("a", "b"), ("a", "b", 1), ("a", "b", 1, "d"), ("e",))] == [
        1, 1, 2, 4, 4, 6,
    ]  # fmt: skip
    assert source.line(("a", "nothing", "of the kind")) == 1
    assert source.node(("a", "b", 5)) is None
    assert source.at(("a", "b", 1, "d")) == 1


def test_selecting_policies_a_purpose_or_a_file() -> None:
    whole = select(POLICIES)
    assert (whole.policies, whole.purpose) == (POLICIES, None)
    assert len(whole.files()) == 10
    for path in (POLICIES / "purposes/uniform", POLICIES / "purposes/uniform/cases.yaml"):
        one = select(path)
        assert (one.policies, one.purpose) == (POLICIES, "uniform")
        assert one.files() == [POLICIES / "purposes/uniform/cases.yaml"]
    assert select(POLICIES / "cases.yaml").files() == [POLICIES / "cases.yaml"]
    assert len(select(POLICIES / "purposes").files()) == 9


def test_a_file_of_cases_in_no_policies_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cases.yaml").write_text("")
    with pytest.raises(UsageError, match="lies in no folder of policies"):
        select(tmp_path / "cases.yaml")
