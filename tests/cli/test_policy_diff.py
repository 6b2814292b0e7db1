"""``narrowgate policy diff``."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import polars as pl
import pytest

from support.changed import CHANGES, more, rego
from support.cli import Outcome, files_in, in_a_terminal, narrowgate
from support.paths import EXAMPLES, POLICIES, SCHEMAS
from support.policies import copy_policies
from support.repository import Repository

DIFF = ("policy", "diff")
EXPORT = EXAMPLES / "id-cards" / "export.csv"
COVERT: dict[str, str | None] = {"guardrails/covert_posting.rego": None, "guardrails/covert_posting_test.rego": None}
NASTY = "a|b](x) <img src=x> @somebody `q` ```\n# _c_ [red]d[/]"
WILD = more(
    "uniform",
    f'override.surname := {{"action": "replace", "value": {json.dumps(NASTY)}}} if input.record.status == "active"',
)


def policies(tmp_path: Path, files: Mapping[str, str | None], name: str = "new") -> Path:
    return copy_policies(tmp_path / name, files)


def document(*arguments: object) -> Any:
    done = narrowgate(*DIFF, *arguments, "--json")
    found = json.loads(done.out)
    jsonschema.validate(found, json.loads((SCHEMAS / "diff.schema.json").read_text()))
    assert done.code == int(found["widens"] or bool(found["not_compared"]))
    return found


def test_nothing_changes(tmp_path: Path) -> None:
    done = narrowgate(*DIFF, POLICIES, policies(tmp_path, {})).require(0)
    assert done.out == "the same would leave\n"
    found = document(POLICIES, tmp_path / "new")
    assert (found["widens"], found["fields"], found["terms"]) == (False, [], [])


def test_more_and_less(tmp_path: Path) -> None:
    new = policies(tmp_path, CHANGES["a permit more"].files)
    wider = narrowgate(*DIFF, POLICIES, new).require(1).out.splitlines()
    assert wider[1].split() == "widens id_card_print date_of_birth withheld as the year cardco, oldco".split()
    assert wider[-1] == "more would leave"
    less = narrowgate(*DIFF, new, POLICIES).require(0).out.splitlines()
    assert less[1].split() == "narrows id_card_print date_of_birth as the year withheld cardco, oldco".split()
    assert less[-1] == "nothing more would leave"
    (change,) = document(POLICIES, new)["fields"]
    assert change["after"] == {"action": "generalise", "to": "year"}
    (rule,) = change["rules"]
    assert (rule["rule"], rule["file"]) == (
        "purposes.id_card_print.permit.date_of_birth",
        "purposes/id_card_print/id_card_print.rego",
    )
    text = (new / rule["file"]).read_text().splitlines()[rule["line"] - 1]
    assert text.startswith("permit.date_of_birth")


def test_terms(tmp_path: Path) -> None:
    found = document(POLICIES, policies(tmp_path, CHANGES["one row more"].files))
    assert [(t["term"], t["before"], t["after"], t["direction"]) for t in found["terms"]] == [
        ("rows at most", "2,000,000", "2,000,001", "widens")
    ]
    assert {where["what"]: where["values"] for line in found["fields"] for where in line["where"]} == {
        "rows": ["2,000,001"]
    }


def test_new_is_what_is_decided_by_today(tmp_path: Path) -> None:
    new = policies(tmp_path, CHANGES["a permit more"].files)
    assert "widens" in narrowgate(*DIFF, POLICIES, "--policies", new).require(1).out


def test_people_are_counted_by_hand(tmp_path: Path) -> None:
    rows = list(csv.DictReader(EXPORT.read_text(encoding="utf-8").splitlines()))
    hidden = {r["employee_number"] for r in rows if r["posting"] in {"covert", "undercover"}}
    left = {r["employee_number"] for r in rows if r["status"] == "leaver"}
    status = rego("id_card_print", ('"suspended"}', '"suspended", "leaver"}'))
    found = document(POLICIES, policies(tmp_path, COVERT | status), "--data", EXPORT)
    card = {
        tuple((where["what"], *where["values"]) for where in line["where"]): line["people"]
        for line in found["fields"]
        if line["purpose"] == "id_card_print" and "photo" in line["fields"]
    }
    postings = ("posting", "covert", "undercover", "no valid value")
    nobody_knows = {r["employee_number"] for r in rows if r["posting"] not in _POSTINGS}
    assert card == {
        (("status", "leaver"),): len({n for n in left if _of(rows, n)["status"] in _STATUSES}),
        (postings,): len({n for n in hidden | nobody_knows if _of(rows, n)["status"] in _STATUSES}),
    }
    printed = narrowgate(*DIFF, POLICIES, tmp_path / "new", "--data", EXPORT).require(1).out
    assert f"of {found['people_affected']} people in the export more would leave" in printed
    assert "pension: the export has no employment_type, by which records are judged: nobody is counted" in printed


_STATUSES = {"active", "suspended", "leaver"}
_POSTINGS = {"response", "neighbourhood", "investigation", "firearms", "headquarters", "covert", "undercover"}


def _of(rows: list[dict[str, str]], number: str) -> dict[str, str]:
    return next(row for row in rows if row["employee_number"] == number)


MADE = [
    # Three records of one person, one of whom left; one who is no number's; an invalid and a missing value.
    ("E1", "response", "leaver", "Ada"),
    ("E1", "response", "active", "Ada"),
    ("E1", "response", "leaver", "Ada"),
    (None, "response", "leaver", "Bo"),
    (None, "response", "leaver", "Bo"),
    ("E2", "Covert ", "leaver", "Cy"),
    ("E3", None, "leaver", "Di"),
    ("E4", "covert", "leaver", "Ed"),
    ("E5", "response", "Leaver", "Fi"),
    ("E6", "firearms", "leaver", "Gi"),
    ("E7", "response", "suspended", "Hu"),
]
WIDER = {"E1", "nobody 1", "nobody 2", "E6"}
"""Of whom more leaves once leavers are served."""


@pytest.mark.parametrize("format", ["csv", "parquet", "xlsx", "ndjson"])
def test_people_of_a_made_export(format: str, tmp_path: Path) -> None:
    frame = pl.DataFrame(
        MADE, dict.fromkeys(("employee_number", "posting", "status", "surname"), pl.String), orient="row"
    )
    path = tmp_path / f"made.{format}"
    write: Any = {"csv": frame.write_csv, "parquet": frame.write_parquet, "xlsx": frame.write_excel}.get(format)
    (write or frame.write_ndjson)(path)
    new = policies(tmp_path, {**CHANGES["a release wider"].files, **_leavers("uniform")})
    found = document(POLICIES, new, "--data", path)
    surname = next(line for line in found["fields"] if line["purpose"] == "uniform" and "surname" in line["fields"])
    assert surname["people"] == len(WIDER)
    assert found["people_affected"] == len(WIDER)
    shoes = next(line for line in found["fields"] if line["purpose"] == "uniform" and "shoe_size" in line["fields"])
    assert shoes["people"] == (len(WIDER) if shoes is surname else 0)


def _leavers(name: str) -> dict[str, str | None]:
    return rego(
        name, ('release if input.record.status == "active"', 'release if input.record.status in {"active", "leaver"}')
    )


def test_people_of_many_rows_are_each_counted_once(tmp_path: Path) -> None:
    """More than one chunk."""
    path = tmp_path / "many.csv"
    lines = (f"E{number % 90_000},response,{'leaver' if number % 3 else 'active'},Ada" for number in range(250_000))
    path.write_text("employee_number,posting,status,surname\n" + "\n".join(lines) + "\n")
    left = {number % 90_000 for number in range(250_000) if number % 3}
    found = document(POLICIES, policies(tmp_path, _leavers("uniform")), "--data", path)
    assert found["people_affected"] == len(left)


def test_what_only_the_old_policies_read_may_be_lacking(tmp_path: Path) -> None:
    """An export without a type of employment was refused, and is not any more."""
    path = tmp_path / "made.csv"
    path.write_text("employee_number,posting,status,surname\nE1,response,active,Ada\nE2,covert,active,Bo\n")
    new = policies(tmp_path, CHANGES["a withhold less, and a field that nothing reads"].files)
    found = document(POLICIES, new, "--data", path)
    (line,) = [line for line in found["fields"] if "surname" in line["fields"]]
    assert line["where"] == [{"what": "employment_type", "values": ["special constable", "no valid value"]}]
    assert (line["people"], found["people_affected"], found["not_counted"]) == (1, 1, [])


def test_people_by_a_source(tmp_path: Path) -> None:
    path = tmp_path / "made.csv"
    schemas = tmp_path / "schemas"
    shutil.copytree(SCHEMAS, schemas)
    (schemas / "sources" / "made.yaml").write_text(
        "title: Made up\nheaders:\n  No: employee_number\n  State: status\n  Name: surname\n"
        "values:\n  status: {A: active, L: leaver}\nconstants:\n  posting: response\n"
    )
    path.write_text("No,State,Name\nE1,A,Ada\nE2,L,Bo\n")
    new = policies(tmp_path, _leavers("uniform"))
    found = document(POLICIES, new, "--data", path, "--source", "made", "--schemas", schemas)
    assert found["people_affected"] == 1


def test_revisions_and_bundles(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "force")
    copy_policies(repository.folder / "policies")
    repository.commit("v1")
    rules = repository.folder / "policies" / "purposes" / "uniform" / "uniform.rego"
    rules.write_text(rules.read_text() + '\npermit.height_cm.action := "keep"\n')
    repository.commit("clash")
    rules.write_text(rules.read_text().replace('permit.height_cm.action := "keep"', 'permit.unit.action := "keep"'))
    repository.commit("v2")
    bundle, scratch = tmp_path / "v2.tar.gz", tmp_path / "scratch"
    scratch.mkdir()

    def run(*arguments: object) -> Outcome:
        policies = ("--policies", "policies")
        return narrowgate(*policies, *arguments, cwd=repository.folder, environment={"TMPDIR": str(scratch)})

    run("policy", "bundle", "-o", bundle).require(0)
    for new in (("v2",), (bundle,), ("v2:policies",), ()):
        printed = run(*DIFF, "v1", *new).require(1).out
        assert printed.splitlines()[1].split()[:4] == ["widens", "uniform", "unit", "withheld"]
    run(*DIFF, "v2", "v1").require(0)
    run(*DIFF, "v2", bundle).require(0)
    assert "v9 is neither" in run(*DIFF, "v9").require(2).err
    assert "-x is neither" in run(*DIFF, "--", "-x").require(2).err
    assert files_in(scratch) == set()
    assert not list(scratch.iterdir())


def test_policies_that_do_not_pass_are_told(tmp_path: Path) -> None:
    new = policies(tmp_path, more("uniform", 'permit.no_such_field.action := "keep"'))
    assert "purposes/uniform/uniform.rego" in narrowgate(*DIFF, POLICIES, new).require(3).err
    narrowgate(*DIFF, new, POLICIES).require(3)


def test_what_cannot_be_listed_fails(tmp_path: Path) -> None:
    rule = 'withhold contains "long" if count(input.record.surname) > 12'
    new = policies(tmp_path, more("uniform", rule))
    printed = narrowgate(*DIFF, POLICIES, new).require(1).out
    assert "uniform cannot be compared: purposes/uniform/uniform.rego:" in printed
    assert printed.endswith("it cannot be said that no more would leave\n")
    assert [each["purpose"] for each in document(POLICIES, new)["not_compared"]] == ["uniform"]


def test_usage(tmp_path: Path) -> None:
    assert "--engine" in narrowgate("--engine", "http://127.0.0.1:1", *DIFF, POLICIES).require(2).err
    assert "--json and --as" in narrowgate(*DIFF, POLICIES, POLICIES, "--json", "--as", "md").require(2).out
    narrowgate(*DIFF, POLICIES, POLICIES, "--data", tmp_path / "none.csv").require(0)
    new = policies(tmp_path, WILD)
    narrowgate(*DIFF, POLICIES, new, "--data", tmp_path / "none.csv").require(2)


def test_a_file_is_whole_or_not_there(tmp_path: Path) -> None:
    new, output = policies(tmp_path, CHANGES["a permit more"].files), tmp_path / "comment.md"
    done = narrowgate(*DIFF, POLICIES, new, "--as", "md", "-o", output).require(1)
    assert done.out == ""
    assert output.read_text() == narrowgate(*DIFF, POLICIES, new, "--as", "md").require(1).out
    output.unlink()
    narrowgate(*DIFF, POLICIES, tmp_path / "none", "-o", output).require(2)
    narrowgate(*DIFF, POLICIES, new, "-o", tmp_path / "no" / "folder.md").require(2)
    assert not output.exists()


def test_markdown_shows_what_was_written(tmp_path: Path) -> None:
    new = policies(tmp_path, WILD)
    lines = narrowgate(*DIFF, POLICIES, new, "--as", "md").require(0).out.splitlines()
    assert lines[0] == "## nothing more would leave"
    assert lines[2].startswith(f"`{new}` against `{POLICIES}`, ")
    assert lines[4] == "### Less would leave"
    # Between fences longer than any inside, on one line: nothing in it is a link, a tag or a name.
    shown = "```` " + " ".join(NASTY.split()) + " ````"
    assert lines[6] == f"- **`uniform`**: `surname` as it is → as {shown}, for `kitcorp`"
    assert len(lines) == 7


def test_a_narrow_terminal_gets_sentences(tmp_path: Path) -> None:
    new = policies(tmp_path, COVERT | WILD)
    printed = in_a_terminal(80, *DIFF, POLICIES, new, "--data", EXPORT).require(1).out
    lines = re.sub(r"\x1b\[[0-9;]*m", "", printed).replace("\r", "").split("\n")
    # What is told in one line at the end is not cut.
    assert max(map(len, lines[: lines.index("more would leave") - 2])) <= 80
    said = " ".join(" ".join(lines).split())
    assert "widens vetting: employee_number, forename, middle_names, surname," in said
    assert "withheld → as it is, for vetright, where posting covert, undercover, no valid value; 18 people" in said
    assert "[red]d[/]" in said
    assert "\x1b[1;31mwidens" in printed
