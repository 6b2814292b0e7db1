"""Where files are: those that ship with the product, and those of whoever runs it."""

from __future__ import annotations

import os
from pathlib import Path

_PACKAGE = Path(__file__).parent


def shipped(name: str) -> Path:
    """The shipped folder ``name``: beside the package in a wheel, at the top of a checkout.

    Args:
        name: ``policies``, ``schemas`` or ``examples``.
    """
    installed = _PACKAGE / "shipped" / name
    return installed if installed.is_dir() else _PACKAGE.parents[1] / name


def state_folder() -> Path:
    """Where what is kept between runs goes, as the XDG Base Directory Specification names it."""
    return of_the_user("XDG_STATE_HOME", ".local/state")


def of_the_user(variable: str, otherwise: str) -> Path:
    """A folder of the user's own: in the one that ``variable`` names, or in ``otherwise`` at home."""
    return Path(os.environ.get(variable) or Path.home() / otherwise) / "narrowgate"
