"""How a file is packed: by its name's last ending."""

from __future__ import annotations

from typing import Literal

Packing = Literal["", "gz", "zip"]
PACKINGS: tuple[Packing, ...] = ("gz", "zip")


def packed(format: str, packing: Packing) -> str:
    """``csv`` and ``gz`` as ``csv.gz``."""
    return f"{format}.{packing}" if packing else format


def split_packing(name: str) -> tuple[str, Packing]:
    """``csv.gz`` as ``csv`` and ``gz``; a name that is a packing alone has nothing before it."""
    for packing in PACKINGS:
        if name == packing:
            return "", packing
        if name.endswith(f".{packing}"):
            return name.removesuffix(f".{packing}"), packing
    return name, ""
