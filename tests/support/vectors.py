"""Reading vectors."""

from __future__ import annotations

from typing import Any

from narrowgate.model.yaml import load_yaml
from support.paths import ROOT


def vectors(name: str) -> Any:
    """The cases of ``tests/vectors/<name>.yaml``."""
    return load_yaml((ROOT / "tests" / "vectors" / f"{name}.yaml").read_text(encoding="utf-8"))
