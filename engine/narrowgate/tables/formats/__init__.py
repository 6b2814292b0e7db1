"""The formats there are: one module each, found by being here."""

from __future__ import annotations

import dataclasses
import pkgutil
from functools import cache
from importlib import import_module
from pathlib import Path

from narrowgate.errors import UsageError
from narrowgate.tables.input import opened_archive, reading
from narrowgate.tables.interface import Format
from narrowgate.tables.packing import Packing, packed, split_packing

_IN_A_ZIP = "csv"
"""What a release called ``.zip`` and no more holds."""


@cache
def formats() -> dict[str, Format]:
    """Every format by name."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))
    return {name: dataclasses.replace(import_module(f"{__name__}.{name}").FORMAT, name=name) for name in names}


def format_named(name: str) -> tuple[Format, Packing]:
    """``csv`` or ``csv.gz`` as a format and a packing.

    Raises:
        UsageError: there is no such format.
    """
    plain, packing = split_packing(name)
    if packing == "zip" and not plain:
        plain = _IN_A_ZIP
    if plain not in formats():
        raise UsageError(
            f"there is no format {name}", f"formats are {', '.join(formats())}, each also with .gz or .zip behind it"
        )
    return formats()[plain], packing


def format_to_read(path: Path, told: str | None) -> tuple[Format, Packing]:
    """The format of an export: as it is told, or as its name says. What a ZIP holds is seen by its members' names.

    Raises:
        UsageError: neither tells it.
    """
    if told and told != "zip":
        return format_named(told)
    stem, packing = split_packing(told or path.name.lower())
    if packing != "zip" or Path(stem).suffix:
        return _format_of(path, "--from FORMAT")
    with reading(path), path.open("rb") as file:
        names = [member.name.lower() for member in opened_archive(path, file).members]
    held = [each for each in formats().values() if any(name.endswith(each.suffixes) for name in names)]
    if len(held) != 1:
        message = f"{path} holds {'tables of several formats' if held else 'no table'}"
        raise UsageError(message, "pack one table with its pictures, or say --from csv.zip for the format")
    return held[0], packing


def format_to_write(path: Path, told: str | None) -> tuple[Format, Packing]:
    """The format of a release: as it is told, or as its name says.

    Raises:
        UsageError: neither tells it, they differ, or such files are only read.
    """
    _, by_name = split_packing(path.name.lower())
    kind, packing = format_named(told) if told else _format_of(path, "--to FORMAT")
    if by_name and packing != by_name:
        raise UsageError(f"{path.name} is to be packed and {told} is not", f"say --to {packed(kind.name, by_name)}")
    if not kind.is_written:
        written = ", ".join(each.name for each in formats().values() if each.is_written)
        raise UsageError(f"{kind.name} is read and not written", f"write one of {written}")
    return kind, packing


def _format_of(path: Path, option: str) -> tuple[Format, Packing]:
    stem, packing = split_packing(path.name.lower())
    suffix = Path(stem).suffix
    if packing == "zip" and not suffix:
        return formats()[_IN_A_ZIP], packing
    for each in formats().values():
        if suffix in each.suffixes:
            return each, packing
    known = ", ".join(suffix for each in formats().values() for suffix in each.suffixes)
    raise UsageError(f"the name {path.name} does not tell its format", f"say {option}, or end it in one of {known}")
