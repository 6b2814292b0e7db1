"""The commands there are."""

from __future__ import annotations

from typing import Annotated

import typer

from narrowgate import __version__
from narrowgate.cli.commands import opa, policy
from narrowgate.cli.commands.check import check_command
from narrowgate.cli.commands.demo import demo_command
from narrowgate.cli.commands.explain import explain_command
from narrowgate.cli.commands.filter import filter_command
from narrowgate.cli.commands.init import init_command
from narrowgate.cli.commands.inspect import inspect_command
from narrowgate.cli.commands.serve import serve_command
from narrowgate.cli.options import Engine, Policies, Schemas

app = typer.Typer(
    name="narrowgate",
    help="The narrow gate between HR systems and suppliers: only what a policy permits leaves, and it is recorded.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    epilog="Begin with: narrowgate demo",
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"narrowgate {__version__}")
        raise typer.Exit


@app.callback()
def common(
    context: typer.Context,
    policies: Policies = None,
    schemas: Schemas = None,
    engine: Engine = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Settings may stand before the command's name or after it."""
    given = {"policies": policies, "schemas": schemas, "engine": engine}
    context.obj = {name: value for name, value in given.items() if value is not None}


app.command("filter")(filter_command)
app.command("check")(check_command)
app.command("explain")(explain_command)
app.command("inspect")(inspect_command)
app.command("serve")(serve_command)
app.command("init")(init_command)
app.command("demo")(demo_command)
app.add_typer(policy.app, name="policy")
app.add_typer(opa.app, name="opa")
