"""What policies may read of a record, kept in step with the catalogue.

``input.json`` is generated with the fields that the catalogue had then. A force adds fields of its own to its
catalogue, and policies may read them at once.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

FILE_NAME = "input.json"
# Models are not imported before OPA is launched.
_CATALOGUE = "personnel.schema.json"


def renewed_schemas(schemas: Path) -> tempfile.TemporaryDirectory[str] | None:
    """A folder with ``input.json`` as the catalogue in ``schemas`` has it now; None where it is so already.

    A catalogue that cannot be read is found out elsewhere.
    """
    try:
        schema, catalogue = (json.loads((schemas / name).read_bytes()) for name in (FILE_NAME, _CATALOGUE))
        fields = {name: {"type": field["type"]} for name, field in catalogue["properties"].items()}
        records: list[dict[str, Any]] = [schema["properties"]["record"], schema["properties"]["records"]["items"]]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    if all(record["properties"] == fields for record in records):
        return None
    for record in records:
        record["properties"] = fields
    folder = tempfile.TemporaryDirectory(prefix="narrowgate-schemas-")
    (Path(folder.name) / FILE_NAME).write_text(json.dumps(schema), encoding="utf-8")
    return folder
