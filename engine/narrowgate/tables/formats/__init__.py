"""The formats there are: one module each, found by being here."""

from __future__ import annotations

import dataclasses
import pkgutil
from functools import cache
from importlib import import_module
from pathlib import Path

from narrowgate.errors import UsageError
from narrowgate.tables.interface import Format

GZIP = ".gz"


@cache
def formats() -> dict[str, Format]:
    """Every format by name."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))
    return {name: dataclasses.replace(import_module(f"{__name__}.{name}").FORMAT, name=name) for name in names}


def format_named(name: str) -> tuple[Format, bool]:
    """``csv`` or ``csv.gz`` as a format, and whether it is compressed.

    Raises:
        UsageError: there is no such format.
    """
    plain = name.removesuffix(GZIP)
    if plain not in formats():
        raise UsageError(
            f"there is no format {name}", f"formats are {', '.join(formats())}, each also with {GZIP} behind it"
        )
    return formats()[plain], name.endswith(GZIP)


def format_of(path: Path, option: str) -> tuple[Format, bool]:
    """The format that a file's name tells, and whether it is compressed.

    Raises:
        UsageError: the name tells none; the remedy is ``option``.
    """
    name = path.name.lower()
    compressed = name.endswith(GZIP)
    suffix = Path(name.removesuffix(GZIP)).suffix
    for each in formats().values():
        if suffix in each.suffixes:
            return each, compressed
    known = ", ".join(suffix for each in formats().values() for suffix in each.suffixes)
    raise UsageError(f"the name {path.name} does not tell its format", f"say {option}, or end it in one of {known}")
