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
    found = [inspector_of(module.name) for module in pkgutil.iter_modules(__path__)]
    return tuple(sorted(found, key=lambda each: (each.order, each.name)))


def inspector_of(kind: str) -> Inspector:
    """The inspector of one kind, without importing the others."""
    inspector: Inspector = import_module(f"{__name__}.{kind}").INSPECTOR
    return dataclasses.replace(inspector, name=kind)
