"""The ways to prove who one is: one module for each, found by being here.

Each has a function ``way``, which makes it, or gives None where the settings do not have it.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module

from narrowgate.gateway.access.ways.interface import Means, Way


def ways(means: Means) -> list[Way]:
    """Every way that the settings have, in the order of the modules' names."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__) if module.name != "interface")
    made = (import_module(f"{__name__}.{name}").way(means) for name in names)
    return [each for each in made if each is not None]
