"""``narrowgate init``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from narrowgate.cli import options

_MADE = """\
made {folder}
  policies/     one purpose with its agreement and tests, the guardrails, the invariants
  schemas/      the catalogue of fields, and how HR systems call them
  ci/check      what CI runs, here as on any CI; .github/ runs it on GitHub
  README.md     what is where, and the commands to know
next: cd {folder} && narrowgate policy test
then: narrowgate policy new PURPOSE"""


def init_command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder.", show_default=False)],
    on: Annotated[
        str | None,
        typer.Option(
            "--on", help="The first agreement is in force in the year of this day. Default: today.", metavar="DATE"
        ),
    ] = None,
) -> None:
    """Begin a repository of policies: the guardrails, one purpose with its tests, the catalogue, CI, editors.

    [dim]narrowgate init my-force && cd my-force && narrowgate policy test[/]

    Exit codes: 0 made, 2 something is there already or cannot be written, 3 there is no OPA to try it with.
    """
    day = options.day(on)
    from narrowgate.authoring.begin.repository import begin
    from narrowgate.settings import Settings

    begin(folder, day, lambda policies, schemas: options.open_gate(Settings(policies=policies, schemas=schemas)))
    typer.echo(_MADE.format(folder=folder))
