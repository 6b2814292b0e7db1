"""Beginning a repository of policies."""

from __future__ import annotations

import shutil
from pathlib import Path

from narrowgate.errors import FileError, UsageError
from narrowgate.resources import shipped
from narrowgate.settings import FILE_NAME

FIRST_PURPOSE = "id_card_print"

_SETTINGS = """\
# Settings of Narrowgate (see: narrowgate --help). Secrets belong into the environment.
policies = "policies"
schemas = "schemas"
"""


def begin(folder: Path) -> None:
    """Fill ``folder`` with a small, tested repository: one purpose, all guardrails, the catalogue.

    Raises:
        UsageError: something is there already.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is not empty", "name a new folder")
    others = [path.name for path in (shipped("policies") / "purposes").iterdir() if path.name != FIRST_PURPOSE]
    try:
        shutil.copytree(shipped("policies"), folder / "policies", ignore=shutil.ignore_patterns(*others))
        shutil.copytree(shipped("schemas"), folder / "schemas")
        (folder / FILE_NAME).write_text(_SETTINGS, encoding="utf-8")
    except OSError as error:
        raise FileError(f"{folder} cannot be made: {error.strerror}", "name a folder that can be written") from error
