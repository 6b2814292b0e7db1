"""The keys that a document may have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import BaseModel

Place = Sequence[str | int]
"""The way to a part of a document: keys and numbers."""


def known_keys(model: type[BaseModel], place: Place) -> list[str]:
    """The keys that a document of ``model`` may have at ``place``, told by its JSON Schema."""
    schema = model.model_json_schema(by_alias=True)
    todo = list(_plainly(schema, schema))
    for part in place:
        below = [found for each in todo if (found := _step(each, part))]
        todo = [plain for each in below or todo for plain in _plainly(schema, each)]
    return [key for each in todo for key in each.get("properties", {})]


def _plainly(schema: dict[str, Any], part: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """``part`` with its references followed, and each alternative of it."""
    if "$ref" in part:
        part = schema["$defs"][part["$ref"].rpartition("/")[2]]
    if "anyOf" in part:
        for each in part["anyOf"]:
            yield from _plainly(schema, each)
    else:
        yield part


def _step(part: dict[str, Any], key: str | int) -> dict[str, Any] | None:
    below = part.get("items") if isinstance(key, int) else part.get("properties", {}).get(key)
    more = part.get("additionalProperties")
    return below or (more if isinstance(more, dict) and not isinstance(key, int) else None)
