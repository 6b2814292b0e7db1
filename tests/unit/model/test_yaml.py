"""YAML that is written."""

from __future__ import annotations

import pytest

from narrowgate.model.yaml import dump_yaml, load_yaml

TEXTS = "1234e567 12345678 00001234 0x12 1e5 -1E+5 true True on no ~ null 2026-01-01 1.5 .5 1_000 0o7 1:30 = << * & % @"


@pytest.mark.parametrize("text", [*TEXTS.split(), "", " ", "a: b", "a #b", "ü", "two\nlines"])
def test_a_text_is_read_again_as_a_text(text: str) -> None:
    document = {text: text, "list": [text, text], "others": [1, 1.5, 1e300, True, None]}
    for flow in (False, True, None):
        assert load_yaml(dump_yaml(document, flow=flow)) == document
