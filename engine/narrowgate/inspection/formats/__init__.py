"""The kinds of files that are looked into: one module each, found by being here."""

from __future__ import annotations

import dataclasses
import pkgutil
from functools import cache
from importlib import import_module

from narrowgate.inspection.interface import Inspector


@cache
def inspectors() -> tuple[Inspector, ...]:
    """Every inspector, in the order in which they are to be tried."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))
    found = [dataclasses.replace(import_module(f"{__name__}.{name}").INSPECTOR, name=name) for name in names]
    return tuple(sorted(found, key=lambda each: (each.order, each.name)))
