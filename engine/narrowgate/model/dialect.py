"""What somebody tells of how a file is written, besides what its source tells."""

from __future__ import annotations

from collections.abc import Mapping

from narrowgate.errors import UsageError

_TAB = {"tab": "\t", "\\t": "\t"}
_NONE = "none"
"""For a quote: quotes are ordinary characters."""


def told_dialect(given: Mapping[str, str | int | None], mark: str = "") -> dict[str, str | int | None]:
    """``given``, by the names of a ``Dialect``, as that takes it. What is None is not told.

    Args:
        mark: what stands before the names where they are given, ``--`` on a command line.

    Raises:
        UsageError: a delimiter or quote is not one character.
    """
    told: dict[str, str | int | None] = {name: value for name, value in given.items() if value is not None}
    if "delimiter" in told:
        told["delimiter"] = _character("delimiter", _TAB.get(str(told["delimiter"]), str(told["delimiter"])), mark)
    if "quote" in told:
        told["quote"] = None if told["quote"] == _NONE else _character("quote", str(told["quote"]), mark)
    return told


def _character(name: str, value: str, mark: str) -> str:
    if len(value) != 1:
        raise UsageError(f"{mark}{name} is not one character", f"write one character, or tab, or {mark}quote {_NONE}")
    return value
