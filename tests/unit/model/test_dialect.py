"""What is told of how a file is written."""

from __future__ import annotations

import pytest

from narrowgate.errors import UsageError
from narrowgate.model.dialect import told_dialect


def test_what_is_not_given_is_not_told() -> None:
    assert told_dialect({"encoding": None, "sheet": "Staff", "header_rows": 2}) == {"sheet": "Staff", "header_rows": 2}


@pytest.mark.parametrize(("given", "told"), [("tab", "\t"), ("\\t", "\t"), ("\t", "\t"), (";", ";")])
def test_delimiters(given: str, told: str) -> None:
    assert told_dialect({"delimiter": given}) == {"delimiter": told}


def test_quotes() -> None:
    assert told_dialect({"quote": "none"}) == {"quote": None}
    assert told_dialect({"quote": "'"}) == {"quote": "'"}


@pytest.mark.parametrize("name", ["delimiter", "quote"])
@pytest.mark.parametrize("value", ["", "Kestrelby"])
def test_one_character_or_none(name: str, value: str) -> None:
    with pytest.raises(UsageError, match=f"--{name} is not one character") as caught:
        told_dialect({name: value}, "--")
    assert "--quote none" in caught.value.remedy
    assert "Kestrelby" not in f"{caught.value}{caught.value.remedy}"
