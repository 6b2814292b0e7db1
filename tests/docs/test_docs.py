"""What the documentation says is so."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from support.cli import narrowgate
from support.console import Edit, Step, blocks, console, matches, script
from support.paths import EXAMPLES, POLICIES, ROOT

DOCUMENTS = sorted(
    path.relative_to(ROOT)
    for pattern in ("*.md", "docs/**/*.md", "examples/**/*.md", "tests/**/*.md")
    for path in ROOT.glob(pattern)
)
README = ROOT / "README.md"


def test_there_are_documents() -> None:
    names = {str(path) for path in DOCUMENTS}
    assert {"README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "examples/id-cards/README.md"} <= names


@pytest.mark.parametrize("document", [d for d in DOCUMENTS if blocks(ROOT / d, "console")], ids=str)
def test_sessions(document: Path, tmp_path: Path) -> None:
    """Each document's sessions run in order, in a folder that holds the examples; those of examples with a ledger."""
    shutil.copytree(EXAMPLES, tmp_path / "examples")
    with console(tmp_path) as session:
        if "examples" in document.parts:
            session.run(Step("narrowgate ledger init", "...\n"))
        for each in script(ROOT / document):
            if isinstance(each, Edit):
                session.edit(each)
            else:
                session.run(each)


@pytest.mark.parametrize("script", sorted(EXAMPLES.glob("*/run")), ids=lambda path: path.parent.name)
def test_examples_run(script: Path, tmp_path: Path) -> None:
    with console(tmp_path) as session:
        session.run(Step(f"TMPDIR='{tmp_path}' '{script}'", "...\n... files are in ...\n"))


def test_every_example_has_a_readme_and_a_script() -> None:
    for folder in EXAMPLES.iterdir():
        assert (folder / "README.md").is_file()
        assert (folder / "run").is_file()


def test_sessions_are_compared() -> None:
    assert matches("a b ... d\n...\nend\n", "a  b c c d\nx\ny\nend\n")
    assert matches("one\n", "one   \n")
    assert not matches("one\n", "one\ntwo\n")
    assert not matches("a ... d\n", "a b c\n")
    assert not matches("", "something\n")


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", (ROOT / document).read_text(encoding="utf-8")):
        if not target.startswith(("https://", "#")):
            assert (ROOT / document).parent.joinpath(target.partition("#")[0]).exists(), target


def test_the_purpose_in_the_readme_is_one(tmp_path: Path) -> None:
    """Written down as the README says, and nothing else changed."""
    policies = tmp_path / "policies"
    shutil.copytree(POLICIES, policies)
    purpose = policies / "purposes" / "parking_permits"
    purpose.mkdir()
    (rego,), (agreements, cases) = blocks(README, "rego"), blocks(README, "yaml")
    (purpose / "parking_permits.rego").write_text(rego)
    (purpose / "data.yaml").write_text(agreements)
    (purpose / "cases.yaml").write_text(cases)
    narrowgate("policy", "lint", policies).require(0)
    assert ", 0 not" in narrowgate("policy", "test", policies).require(0).out
    done = narrowgate(
        *("--policies", policies, "filter", EXAMPLES / "id-cards" / "export.csv", "-o", tmp_path / "out.csv"),
        *("--supplier", "kitcorp", "--purpose", "parking_permits", "--on", "2026-06-01"),
        environment={"NARROWGATE_PSEUDONYM_SECRET": "0123456789abcdef" * 4},
    ).require(0)
    assert "employee_number as a pseudonym permitted by the purpose" in " ".join(done.out.split())
    assert (tmp_path / "out.csv").read_text().startswith("employee_number,surname,joined_on\n")
