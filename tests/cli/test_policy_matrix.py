"""``narrowgate policy matrix``."""

from __future__ import annotations

import csv
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import pytest

from support.cli import files_in, in_a_terminal, narrowgate
from support.paths import SCHEMAS
from support.policies import copy_policies, purpose

ON = ("--on", "2026-06-01")
MATRIX = ("policy", "matrix", *ON)


def test_a_table_of_purposes_and_fields() -> None:
    lines = narrowgate(*MATRIX).require(0).out.splitlines()
    assert lines[0] == "what leaves on 2026-06-01, by field and purpose"
    (surname,) = [line.split() for line in lines if line.startswith("surname ")]
    assert surname == ["surname", "keep", "keep", "keep", "keep", "keep,", "mask", "1…", "[1]", "keep", "keep"]
    assert '[1] for records where posting == "firearms"' in lines
    assert "[2] only if run is annual statements" in lines
    assert lines[-1] == "nobody receives 23 other fields; --all shows them"
    assert not any(line.startswith("login") for line in lines)
    assert any(line.startswith("login") for line in narrowgate(*MATRIX, "--all").require(0).out.splitlines())


def test_a_narrow_terminal_gets_it_in_parts() -> None:
    printed = in_a_terminal(80, *MATRIX).require(0).out
    assert "\x1b[32mkeep" in printed
    lines = re.sub(r"\x1b\[[0-9;]*m", "", printed).replace("\r", "").split("\n")
    assert max(map(len, lines)) <= 80
    assert sum(line.startswith("field ") for line in lines) == 3
    # Every cell of the wide table is in one of the parts.
    wide = narrowgate(*MATRIX).require(0).out
    assert sum(line.count("keep") for line in lines) == wide.count("keep")


def test_one_supplier_purpose_or_field() -> None:
    lines = narrowgate(*MATRIX, "--supplier", "cardco").require(0).out.splitlines()
    assert [line.split() for line in lines if line.startswith("photo")] == [["photo", "image", "600"]]
    assert "cardco" in lines[3].split()
    shown = narrowgate(*MATRIX, "--purpose", "vetting", "-f", "vetting_level", "-f", "photo", "--all").require(0).out
    rows = [line.split() for line in shown.splitlines() if line.startswith(("photo", "vetting_level"))]
    assert rows == [["vetting_level", "keep"], ["photo"]]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("--supplier", "cardko"), "there is no supplier cardko"),
        (("--purpose", "payrol"), "there is no purpose payrol"),
        (("--field", "surnam"), "there is no field surnam"),
        (("--on", "tomorrow"), "--on tomorrow is not a day"),
    ],
)
def test_a_name_that_is_not_there(given: tuple[str, ...], message: str) -> None:
    assert message in narrowgate("policy", "matrix", *given).require(2).err


def test_a_day_without_agreements() -> None:
    done = narrowgate("policy", "matrix", "--on", "2031-01-01", "--purpose", "payroll").require(0)
    assert "payroll: no agreement is in force, so nobody receives anything" in done.out


def test_a_refusal_is_shown(tmp_path: Path) -> None:
    rules = (
        'permit.surname.action := "keep"\n\nrefuse contains "not without a run" if not input.request.attributes.run\n'
        '\nrelease if input.record.status == "active"\n'
    )
    files = purpose("made_up", rules)
    name = "purposes/made_up/made_up.rego"
    files[name] = str(files[name]).replace('days": 30}', 'days": 30, "attributes": {"run": ["x"]}}')
    policies = copy_policies(tmp_path / "policies", files)
    done = narrowgate(*MATRIX, policies, "-p", "made_up").require(0)
    assert "made_up: cardco is refused: not without a run" in done.out
    assert "[1] only if run is x" in done.out


def test_machines_get_a_document() -> None:
    report = json.loads(narrowgate(*MATRIX, "--json").require(0).out)
    jsonschema.validate(report, json.loads((SCHEMAS / "matrix.schema.json").read_text()))
    cells = {(cell["purpose"], cell["field"]): cell for cell in report["cells"]}
    (form,) = cells["id_card_print", "photo"]["forms"]
    assert form["action"] == {"action": "image", "max_px": 600, "format": "jpeg"}
    assert form["rules"][0]["file"] == "purposes/id_card_print/id_card_print.rego"
    assert form["suppliers"] == ["cardco"]


def test_csv_has_a_line_for_each_field(tmp_path: Path) -> None:
    narrowgate(*MATRIX, "--as", "csv", "-o", tmp_path / "matrix.csv").require(0)
    assert files_in(tmp_path) == {"matrix.csv"}
    rows = {row["field"]: row for row in csv.DictReader(io.StringIO((tmp_path / "matrix.csv").read_text()))}
    assert len(rows) == 42
    assert rows["pension_number"]["pension"] == "as it is"
    assert rows["home_address"]["pension"] == "as it is (only if run is annual statements)"
    assert rows["surname"]["training"] == (
        'as it is; masked but for the first 1 (for records where posting == "firearms")'
    )


def test_csv_runs_no_formulas(tmp_path: Path) -> None:
    schemas = tmp_path / "schemas"
    text = (SCHEMAS / "personnel.schema.json").read_text()
    schemas.mkdir()
    for path in SCHEMAS.glob("*.json"):
        (schemas / path.name).write_text(path.read_text())
    (schemas / "personnel.schema.json").write_text(text.replace('"title": "Surname"', '"title": "=1+1"'))
    done = narrowgate(*MATRIX, "--schemas", schemas, "--as", "csv", "-f", "surname").require(0)
    assert "surname,'=1+1," in done.out


def test_markdown_is_a_table() -> None:
    lines = narrowgate(*MATRIX, "--as", "md").require(0).out.splitlines()
    table = [line for line in lines if line.startswith("|")]
    assert {line.replace("\\|", "").count("|") for line in table} == {11}
    assert len(table) == 42 + 3
    assert '* \\[1\\] for records where posting == "firearms"' in lines


class _Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.links: set[str] = set()
        self.ids: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in {"meta", "br", "wbr"}:
            self.open.append(tag)
        named = dict(attrs)
        assert not [name for name in named if name.startswith("on")]
        self.links |= {named[name] or "" for name in ("href", "src") if name in named}
        self.ids |= {named["id"] or ""} if "id" in named else set()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_html_is_a_page_of_its_own(tmp_path: Path) -> None:
    narrowgate(*MATRIX, "--as", "html", "-o", tmp_path / "matrix.html").require(0)
    text = (tmp_path / "matrix.html").read_text()
    page = _Page(text)
    assert not page.open
    assert "script" not in page.tags
    assert page.links == {"#note-1", "#note-2"}
    assert {"note-1", "note-2", "title"} <= page.ids
    assert page.tags.count("tr") > 42
    assert "prefers-color-scheme: dark" in text
    assert "url(" not in text
    assert "@import" not in text
    assert '<html lang="en-GB">' in text
    assert "purposes/id_card_print/id_card_print.rego:" in text


def test_html_quotes_what_policies_say(tmp_path: Path) -> None:
    rules = (
        'permit.unit := {"action": "replace", "value": "<script>alert(1)</script>"}\n\n'
        'release if input.record.status == "active"\n'
    )
    policies = copy_policies(tmp_path / "policies", purpose("made_up", rules))
    text = narrowgate(*MATRIX, policies, "--as", "html").require(0).out
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_an_output_that_cannot_be_written(tmp_path: Path) -> None:
    narrowgate(*MATRIX, "-o", tmp_path / "nowhere" / "matrix.txt").require(2)
    assert files_in(tmp_path) == set()
