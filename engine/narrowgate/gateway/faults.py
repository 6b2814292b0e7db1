"""What is wrong with a call, told without quoting it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

_OWN_WORDS = {
    "value_error": "not one that is taken",
    "assertion_error": "not one that is taken",
    "union_tag_invalid": "of no kind that is known",
    "uuid_parsing": "not a UUID",
    "json_invalid": "not JSON",
    "extra_forbidden": "has what is not known there",
}
"""For faults whose usual words quote what was given."""


def told(faults: Sequence[Any], known: frozenset[str]) -> str:
    """Faults that pydantic found in a call, in one line.

    Args:
        known: the words of the API. What the caller named or gave may be about a person, so places are told by these
            alone.
    """
    return "; ".join(dict.fromkeys(_told(fault, known) for fault in faults))


def _told(fault: dict[str, Any], known: frozenset[str]) -> str:
    place = ".".join(str(part) for part in _place(fault["loc"], known))
    return f"{place}: {_OWN_WORDS.get(fault['type'], fault['msg'])}"


def _place(parts: Iterable[str | int], known: frozenset[str]) -> Iterator[str | int]:
    """The way to a value, for as long as it goes by words of ours."""
    for part in parts:
        if isinstance(part, str) and part not in known:
            return
        yield part


def words(description: dict[str, Any]) -> frozenset[str]:
    """Every name that an OpenAPI document gives to a parameter, a header or a property."""
    found = {"query", "path", "header", "cookie", "body"}
    todo: list[Any] = [description]
    while todo:
        part = todo.pop()
        if isinstance(part, dict):
            found.update(part.get("properties", ()))
            if "in" in part and isinstance(part.get("name"), str):
                found.add(part["name"])
        todo += part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    return frozenset(found)
