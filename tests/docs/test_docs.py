"""What the documentation says is so."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from narrowgate.model.agreement import PurposeData
from narrowgate.model.yaml import load_yaml
from support.console import Edit, Step, blocks, console, matches, script
from support.paths import EXAMPLES, ROOT

DOCUMENTS = sorted(
    path.relative_to(ROOT)
    for pattern in ("*.md", "docs/**/*.md", "examples/**/*.md", "tests/**/*.md")
    for path in ROOT.glob(pattern)
)


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


SCRIPTS = sorted(EXAMPLES.glob("*/run"))
SERVING = [script for script in SCRIPTS if "exec narrowgate serve" in script.read_text(encoding="utf-8")]


@pytest.mark.parametrize(
    "script", [script for script in SCRIPTS if script not in SERVING], ids=lambda path: path.parent.name
)
def test_examples_run(script: Path, tmp_path: Path) -> None:
    with console(tmp_path) as session:
        session.run(Step(f"TMPDIR='{tmp_path}' '{script}'", "...\n... files are in ...\n"))


@pytest.mark.parametrize("script", SERVING, ids=lambda path: path.parent.name)
def test_examples_serve(script: Path, tmp_path: Path) -> None:
    """Until they are told to end, with something in their ledger."""
    environment = os.environ | {
        "TMPDIR": str(tmp_path),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    command = [str(script), "--port", "0"]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as run:
        try:
            assert run.stderr is not None
            address = next(found[0] for line in run.stderr if (found := re.search(r"http://127.0.0.1:[0-9]+", line)))
            listed = requests.get(f"{address}/v1/releases", timeout=30).json()
            assert {each["kind"] for each in listed["entries"]} == {"release", "refusal"}
            assert requests.get(f"{address}/console", timeout=30).status_code == 200
            run.send_signal(signal.SIGTERM)
            run.communicate(timeout=60)
            assert run.returncode == 0
        finally:
            run.kill()


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
        if not target.startswith(("https://", "http://127.0.0.1", "#")):
            assert (ROOT / document).parent.joinpath(target.partition("#")[0]).exists(), target


def test_the_agreement_in_the_reference_is_one() -> None:
    (text,) = blocks(ROOT / "docs/policies/reference.md", "yaml")
    (agreement,) = PurposeData.model_validate(load_yaml(text)).agreements
    assert (agreement.id, agreement.supplier) == ("DSA-2026-021", "kitcorp")


def test_edits_are_made(tmp_path: Path) -> None:
    document, file = tmp_path / "page.md", tmp_path / "a.txt"
    document.write_text(
        "```text > a.txt\none\ntwo\n```\n\n```sh\nnot run\n```\n\n```text >> a.txt\nthree\n```\n\n"
        "```diff a.txt\n one\n-two\n+2\n```\n\n```console\n$ cat \\\n  a.txt\none\n```\n"
    )
    *edits, step = script(document)
    for edit in edits:
        assert isinstance(edit, Edit)
        edit.make(tmp_path)
    assert file.read_text() == "one\n2\nthree\n"
    assert step == Step("cat \\\n  a.txt", "one\n")
    with pytest.raises(AssertionError, match="holds this 0 times"):
        Edit("diff", "a.txt", "-two\n").make(tmp_path)
