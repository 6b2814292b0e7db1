"""``watch.yaml``."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrowgate.errors import InputError, SourceError
from narrowgate.model.watching import Pair, Watching
from narrowgate.service import Gate
from narrowgate.watch.rules import FILE_NAME, read_rules, require_usable
from support.console import blocks
from support.paths import ROOT


def test_what_is_documented_can_be_used(tmp_path: Path, gate: Gate) -> None:
    (text,) = blocks(ROOT / "docs" / "gateway" / "watching.md", "yaml")
    (tmp_path / FILE_NAME).write_text(text)
    rules = read_rules(tmp_path)
    require_usable(rules, gate)
    usual = Watching()
    assert (rules.settle, rules.interval, rules.keep_done) == (usual.settle, usual.interval, usual.keep_done)
    pair = rules.pair("cardco", "id_card_print")
    assert (pair.read_as, pair.write_as, pair.dialect["encoding"]) == ("csv", "xlsx", "cp1252")


def test_there_need_be_none(tmp_path: Path) -> None:
    assert read_rules(tmp_path) == Watching()
    assert Watching().pair("cardco", "payroll") == Pair(supplier="cardco", purpose="payroll")


def test_faults_have_a_line(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text("settle: 1\ninterval: -1\n")
    with pytest.raises(SourceError, match=r"watch\.yaml:2: interval"):
        read_rules(tmp_path)


@pytest.mark.parametrize("said", [{"source": "nothing"}, {"write_as": "xml"}, {"quote": "''"}])
def test_what_is_named_must_be_there(gate: Gate, said: dict[str, str]) -> None:
    pair = Pair(supplier="cardco", purpose="id_card_print").model_copy(update=said)
    with pytest.raises(InputError):
        require_usable(Watching(pairs=(pair,)), gate)
