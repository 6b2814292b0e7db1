"""A purpose gets into the policies whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrowgate.authoring.new_purpose.answering import draft_purpose
from narrowgate.authoring.new_purpose.draft import Draft
from narrowgate.authoring.new_purpose.questions import QUESTIONS
from narrowgate.authoring.new_purpose.repository import Repository, read_repository
from narrowgate.authoring.new_purpose.staging import staged
from narrowgate.errors import FileError, SourceError
from narrowgate.model.catalogue import Catalogue
from narrowgate.model.yaml import load_yaml
from support.policies import copy_policies
from support.purposes import KITCORP, answers

KEYS = {question.option: question.key for question in QUESTIONS}


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    return copy_policies(
        tmp_path / "policies", {"suppliers/data.yaml": "# Who.\noldco: {name: O, kind: k, country: GB}"}
    )


def prepared(policies: Path, catalogue: Catalogue) -> tuple[Draft, Repository]:
    """A draft for a supplier that is new."""
    repository = read_repository(policies, catalogue)
    said = {KEYS[name]: value if isinstance(value, tuple) else (value,) for name, value in answers(KITCORP).items()}
    return draft_purpose("parking_permits", repository, said, None), repository


def test_nothing_changes_before_it_is_published(policies: Path, catalogue: Catalogue) -> None:
    before = _contents(policies)
    with staged(*prepared(policies, catalogue)) as stage:
        assert (stage.folder / "parking_permits.rego").is_file()
        assert _contents(policies) == before
        scratch = stage.policies
    assert not scratch.exists()
    assert _contents(policies) == before


def test_it_is_published_whole(policies: Path, catalogue: Catalogue) -> None:
    with staged(*prepared(policies, catalogue)) as stage:
        changed = stage.publish()
    made = policies / "purposes/parking_permits"
    assert {path.name for path in changed} == {*(path.name for path in made.iterdir()), "data.yaml"}
    text = (policies / "suppliers/data.yaml").read_text()
    assert text.startswith("# Who.\noldco: {name: O, kind: k, country: GB}\nkitcorp: {")
    assert set(load_yaml(text)) == {"oldco", "kitcorp"}
    assert not [path for path in (policies / "purposes").iterdir() if path.name.startswith(".")]


def test_what_somebody_else_made_meanwhile_stays(policies: Path, catalogue: Catalogue) -> None:
    with staged(*prepared(policies, catalogue)) as stage:
        theirs = policies / "purposes/parking_permits/theirs.rego"
        theirs.parent.mkdir()
        theirs.write_text("package x\n")
        before = _contents(policies)
        with pytest.raises(FileError, match="parking_permits cannot be made"):
            stage.publish()
        assert _contents(policies) == before


@pytest.mark.parametrize("text", ["oldco:\n  name: O\n  kind: k\n  country: GB\n...\n", "{}\n"])
def test_suppliers_that_no_line_can_be_added_to(text: str, policies: Path, catalogue: Catalogue) -> None:
    (policies / "suppliers/data.yaml").write_text(text)
    with pytest.raises(SourceError) as raised, staged(*prepared(policies, catalogue)):
        pass
    assert str(policies / "suppliers/data.yaml") in raised.value.message
    assert "kitcorp: {name: Kitcorp Uniforms, kind: uniform supplier, country: GB}" in raised.value.remedy


def test_the_first_supplier_of_all(policies: Path, catalogue: Catalogue) -> None:
    (policies / "suppliers/data.yaml").unlink()
    with staged(*prepared(policies, catalogue)) as stage:
        stage.publish()
    assert set(load_yaml((policies / "suppliers/data.yaml").read_text())) == {"kitcorp"}


def _contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
