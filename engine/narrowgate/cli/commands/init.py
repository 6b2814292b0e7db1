"""``narrowgate init``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def init_command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder.", show_default=False)],
) -> None:
    """Begin a repository of policies: the guardrails, one purpose with its tests, the catalogue, the settings.

    [dim]narrowgate init my-force && cd my-force && narrowgate policy test[/]
    """
    from narrowgate.authoring.init import begin

    begin(folder)
    typer.echo(f"made {folder}")
    typer.echo(f"next: cd {folder} && narrowgate policy test")
