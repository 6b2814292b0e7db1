"""One value of a YAML text is changed, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from narrowgate.authoring.cases.source import Source
from narrowgate.authoring.cases.update.edit import CannotEdit, flow, set_rows, set_value
from narrowgate.model.keys import Place
from narrowgate.model.yaml import load_yaml

TEXT = """\
# before
a:
  columns: &c   {x: keep}  # in flow
  withheld:   # in block
    p: [q]

  # between
z: 1   # after
rows:
  # of rows
  - {k: v, leaves: {x: keep}}  # first
  - k: w
    leaves: &l
      x: keep
      y: mask

# end
same: *l
"""


@pytest.fixture
def source(tmp_path: Path) -> Source:
    return Source(tmp_path / "x.yaml", "x.yaml", TEXT)


@pytest.mark.parametrize(
    ("place", "value", "before", "after"),
    [
        (("z",), 2, "z: 1   # after", "z: 2   # after"),
        (("a", "columns"), {"x": "drop"}, "columns: &c   {x: keep}  #", "columns: &c {x: drop}  #"),
        (("a", "withheld"), {"p": [], "r": ["s, t"]}, "withheld:   # in block\n    p: [q]\n",
         "withheld:\n    p: []\n    r: ['s, t']\n"),
        (("a", "withheld"), {}, "withheld:   # in block\n    p: [q]\n", "withheld: {}\n"),
        (("rows", 0, "k"), "on", "{k: v, ", "{k: 'on', "),
        (("rows", 1, "leaves"), {"x": {"action": "mask", "keep_first": 1}}, "&l\n      x: keep\n      y: mask\n",
         "&l\n      x: {action: mask, keep_first: 1}\n"),
    ],
)  # fmt: skip
def test_a_value(source: Source, place: Place, value: Any, before: str, after: str) -> None:
    assert before in TEXT
    text = set_value(source, place, value)
    assert text == TEXT.replace(before, after)
    assert Source(source.path, "x.yaml", text).at(place) == value


@pytest.mark.parametrize(
    ("number", "rows", "before", "after"),
    [
        (0, [{"k": "new"}], "{k: v, leaves: {x: keep}}  # first", "{k: new}  # first"),
        (0, [{"k": "a"}, {"k": "b"}], "{k: v, leaves: {x: keep}}", "{k: a}\n  - {k: b}"),
        (1, [{"k": "a", "leaves": {"x": "drop"}}], "k: w\n    leaves: &l\n      x: keep\n      y: mask\n",
         "k: a\n    leaves: &l\n      x: drop\n"),
        (None, [{"k": "c"}], "y: mask\n", "y: mask\n  - {k: c}\n"),
    ],
)  # fmt: skip
def test_rows(source: Source, number: int | None, rows: list[dict[str, Any]], before: str, after: str) -> None:
    assert set_rows(source, ("rows",), number, rows) == TEXT.replace(before, after)


def test_rows_of_a_list_on_one_line(tmp_path: Path) -> None:
    source = Source(tmp_path / "x.yaml", "x.yaml", "tables:\n  - expect: []  # none\n    name: x\n")
    text = set_rows(source, ("tables", 0, "expect"), None, [{"a": 1}, {"b": 2}])
    assert load_yaml(text) == {"tables": [{"expect": [{"a": 1}, {"b": 2}], "name": "x"}]}
    assert "# none" in text


def test_what_is_shared_is_left_alone(source: Source) -> None:
    with pytest.raises(CannotEdit):
        set_value(source, ("same",), {})
    with pytest.raises(CannotEdit):
        set_rows(source, ("rows",), 1, [{"k": "no leaves, and so nowhere for their anchor"}])
    with pytest.raises(CannotEdit):
        set_value(source, ("nothing",), 1)


@pytest.mark.parametrize(
    "value", ["on", "2026-01-01", "a: b", "007", "é", "", "null", 0.01, True, None, ["x", {"y": 1}]]
)
def test_what_is_written_reads_as_it_was_meant(value: Any) -> None:
    assert load_yaml(flow({"k": value})) == {"k": value}
