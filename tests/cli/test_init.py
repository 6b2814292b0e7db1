"""``narrowgate init`` makes a repository that works at once."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from narrowgate.model.catalogue import load_catalogue
from narrowgate.model.yaml import load_yaml
from support.cli import files_in, narrowgate
from support.officers import officers, write_records
from support.paths import SCHEMAS

CARDS = ("--supplier", "cardco", "--purpose", "id_card_print", "--on", "2026-06-01")


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository that has just begun."""
    parent = tmp_path_factory.mktemp("init")
    done = narrowgate("init", "my-force", "--on", "2026-06-01", cwd=parent).require(0)
    assert "next: cd my-force && narrowgate policy test" in done.out
    return parent / "my-force"


def test_it_passes_its_own_tests_lint_and_proofs(repository: Path) -> None:
    done = narrowgate("policy", "test", "--json", cwd=repository).require(0)
    report = json.loads(done.out)
    assert report["passed"] == 4
    assert report["situations"] == 33
    assert len(report["rego"]["tests"]) > 20
    narrowgate("policy", "test", "--fail-under", "100", cwd=repository).require(0)
    narrowgate("policy", "lint", "--on", "2026-06-01", cwd=repository).require(0)
    narrowgate("policy", "verify", cwd=repository).require(0)


def test_it_releases_what_its_purpose_permits(repository: Path, tmp_path: Path) -> None:
    export = write_records(tmp_path / "staff.csv", officers(2))
    narrowgate("filter", export, "-o", tmp_path / "cards.csv", *CARDS, cwd=repository).require(0)
    header = (tmp_path / "cards.csv").read_text().splitlines()[0]
    assert set(header.split(",")) == {"warrant_number", "forename", "surname", "rank"}


def test_it_knows_only_who_and_what_is_there(repository: Path) -> None:
    policies = repository / "policies"
    assert {path.name for path in (policies / "purposes").iterdir()} == {"id_card_print"}
    assert set(load_yaml((policies / "suppliers/data.yaml").read_text())) == {"cardco"}
    texts = [path.read_text() for path in policies.rglob("*") if path.is_file()]
    for stranger in ("oldco", "vetright", "DSA-2025"):
        assert not [text for text in texts if stranger in text]


def test_its_fixtures_hold_every_field(repository: Path) -> None:
    fixtures = load_yaml((repository / "policies/fixtures.yaml").read_text())
    assert list(fixtures["records"]["sergeant"]) == list(load_catalogue(SCHEMAS).fields)


def test_a_field_of_the_forces_own_can_be_permitted_and_read(repository: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(repository, tmp_path / "my-force")
    catalogue = copy / "schemas/personnel.schema.json"
    document = json.loads(catalogue.read_text())
    document["properties"]["shift"] = {
        "title": "Shift",
        "type": "string",
        "enum": ["day", "night"],
        "x-category": "employment",
        "x-sensitivity": "ordinary",
        "x-dpv": "pd:EmploymentHistory",
    }
    catalogue.write_text(json.dumps(document))
    policy = copy / "policies/purposes/id_card_print/id_card_print.rego"
    rules = 'permit.shift.action := "keep"\n\nwithhold contains "night shift" if input.record.shift == "night"\n'
    policy.write_text(f"{policy.read_text()}\n{rules}")
    export = tmp_path / "staff.csv"
    export.write_text("shift,rank,status,posting\nday,Sergeant,active,response\nnight,Constable,active,response\n")
    narrowgate("policy", "lint", "--on", "2026-06-01", cwd=copy).require(0)
    narrowgate("filter", export, "-o", tmp_path / "cards.csv", *CARDS, cwd=copy).require(0)
    assert (tmp_path / "cards.csv").read_text() == "shift,rank\nday,Sergeant\n"
    policy.write_text(policy.read_text().replace("input.record.shift", "input.record.shfit"))
    done = narrowgate("filter", export, "-o", tmp_path / "cards.csv", *CARDS, cwd=copy).require(3)
    assert "did you mean shift?" in done.err


def test_editors_complete_what_authors_write(repository: Path) -> None:
    """Each schema that the editor's settings name is there, names something, and that keeps to it."""
    settings = json.loads((repository / ".vscode/settings.json").read_text())
    for name, patterns in settings["yaml.schemas"].items():
        schema = json.loads((repository / name).read_text())
        described = [path for pattern in patterns for path in repository.glob(pattern)]
        assert described, name
        for path in described:
            jsonschema.validate(load_yaml(path.read_text()), schema)
    for path in (repository / "policies").rglob("*.yaml"):
        first = path.read_text().splitlines()[0]
        if "$schema=" in first:
            assert (path.parent / first.partition("$schema=")[2]).is_file(), path


def test_what_leaves_is_not_committed(repository: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(repository, tmp_path / "my-force")
    git(copy, "init", "--quiet")
    ignored = ("staff.csv", "x/cards.zip", "cards.csv.receipt.json", "ledger.db", "ledger.db.checkpoints")
    asked = git(copy, "check-ignore", *ignored, "README.md", "policies/fixtures.yaml", "ci/check")
    assert asked.stdout.split() == list(ignored)


def test_ci_stops_what_widens_until_somebody_has_looked(repository: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(repository, tmp_path / "my-force")
    git(copy, "init", "--quiet", "--initial-branch=main")
    git(copy, "add", ".")
    git(copy, "commit", "--quiet", "-m", "policies: begin")
    assert check(copy, "main").returncode == 0
    policy = copy / "policies/purposes/id_card_print/id_card_print.rego"
    policy.write_text(policy.read_text().replace("release if", 'permit.title.action := "keep"\n\nrelease if'))
    done = check(copy)
    assert done.returncode == 1
    assert "title" in done.stdout
    for path in (policy.with_name("cases.yaml"), policy.with_name("id_card_print_test.rego")):
        text = path.read_text().replace(
            "          forename: keep\n", "          title: keep\n          forename: keep\n"
        )
        path.write_text(text.replace('\t\t"surname",\n', '\t\t"surname",\n\t\t"title",\n'))
    assert check(copy).returncode == 0
    done = check(copy, "main")
    assert done.returncode == 1
    assert "title" in done.stdout
    assert check(copy, "main", MORE_MAY_LEAVE="yes").returncode == 0
    assert check(copy, "elsewhere", MORE_MAY_LEAVE="yes").returncode == 2
    git(copy, "commit", "--quiet", "--all", "-m", "id_card_print: titles")
    assert check(copy, "main").returncode == 0


def git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    who = ("-c", "user.name=Una Eastlake", "-c", "user.email=una@force.example")
    return subprocess.run(["git", *who, *arguments], cwd=folder, capture_output=True, text=True, check=True)


def check(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ``ci/check`` as a CI would, with ``narrowgate`` on the path."""
    programs = folder.parent / "bin"
    programs.mkdir(exist_ok=True)
    (programs / "narrowgate").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m narrowgate "$@"\n')
    (programs / "narrowgate").chmod(0o755)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("NARROWGATE_")}
    path = {"PATH": f"{programs}:{os.environ['PATH']}"}
    return subprocess.run(
        [folder / "ci/check", *arguments],
        cwd=folder.parent,
        env=inherited | path | {"ON": "2026-06-01"} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("what", ["a file in it", "a file of that name"])
def test_nothing_is_written_where_something_is(what: str, tmp_path: Path) -> None:
    folder = tmp_path / "my-force"
    if what == "a file in it":
        folder.mkdir()
        (folder / "notes.txt").write_text("mine")
    else:
        folder.write_text("mine")
    before = files_in(tmp_path)
    done = narrowgate("init", "my-force", cwd=tmp_path).require(2)
    assert "→ name a new folder" in done.err
    assert files_in(tmp_path) == before


def test_an_empty_folder_will_do(tmp_path: Path) -> None:
    (tmp_path / "my-force").mkdir()
    narrowgate("init", "my-force", cwd=tmp_path).require(0)
    assert (tmp_path / "my-force/README.md").is_file()
    assert [path.name for path in tmp_path.iterdir()] == ["my-force"]


@pytest.mark.parametrize("opa", ["/bin/false", "nowhere"])
def test_an_error_leaves_nothing_behind(opa: str, tmp_path: Path) -> None:
    done = narrowgate("init", "a/my-force", cwd=tmp_path, environment={"NARROWGATE_OPA": opa}).require(3)
    assert "→ " in done.err
    assert not list(tmp_path.iterdir())


def test_the_first_agreement_is_in_force_today(tmp_path: Path) -> None:
    narrowgate("init", "my-force", cwd=tmp_path).require(0)
    done = narrowgate("explain", *CARDS[:4], cwd=tmp_path / "my-force").require(0)
    assert done.out.startswith("would be released")
