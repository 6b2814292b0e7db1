"""Policies may read the fields that the catalogue has now."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from narrowgate.policy.input_schema import renewed_schemas
from support.paths import SCHEMAS


def test_the_shipped_one_is_in_step() -> None:
    assert renewed_schemas(SCHEMAS) is None


def test_fields_that_come_and_go(tmp_path: Path) -> None:
    schemas = shutil.copytree(SCHEMAS, tmp_path / "schemas")
    catalogue = json.loads((schemas / "personnel.schema.json").read_text())
    del catalogue["properties"]["rank"]
    catalogue["properties"]["shift"] = {"type": "string"}
    (schemas / "personnel.schema.json").write_text(json.dumps(catalogue))
    renewed = renewed_schemas(schemas)
    assert renewed is not None
    with renewed as folder:
        document = json.loads((Path(folder) / "input.json").read_text())
    for record in (document["properties"]["record"], document["properties"]["records"]["items"]):
        assert "rank" not in record["properties"]
        assert record["properties"]["shift"] == {"type": "string"}
        assert record["additionalProperties"] is False
    shipped = json.loads((SCHEMAS / "input.json").read_text())
    assert document["properties"]["request"] == shipped["properties"]["request"]


@pytest.mark.parametrize("text", ["", "[]", '{"properties": {"rank": 7}}', '{"properties": []}'])
def test_a_catalogue_that_is_none_is_found_out_elsewhere(text: str, tmp_path: Path) -> None:
    schemas = shutil.copytree(SCHEMAS, tmp_path / "schemas")
    (schemas / "personnel.schema.json").write_text(text)
    assert renewed_schemas(schemas) is None
