"""The pages: a module each, found by being here.

Each has a ``router``. One that stands in the navigation has an ``ENTRY``, too.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from types import ModuleType


@cache
def modules() -> tuple[ModuleType, ...]:
    """Every page's module, in the order of their names."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return tuple(import_module(f"{__name__}.{name}") for name in names)
