"""The commands there are."""

from __future__ import annotations

from typing import Annotated

import typer

from narrowgate import __version__
from narrowgate.cli.commands import client, opa, policy, receipt, witness
from narrowgate.cli.commands import ledger as ledger_commands
from narrowgate.cli.commands.attest import attest_command
from narrowgate.cli.commands.breach import breach_command
from narrowgate.cli.commands.check import check_command
from narrowgate.cli.commands.demo import demo_command
from narrowgate.cli.commands.explain import explain_command
from narrowgate.cli.commands.filter import filter_command
from narrowgate.cli.commands.init import init_command
from narrowgate.cli.commands.inspect import inspect_command
from narrowgate.cli.commands.obligations import obligations_command
from narrowgate.cli.commands.ropa import ropa_command
from narrowgate.cli.commands.serve import serve_command
from narrowgate.cli.commands.subject import subject_command
from narrowgate.cli.commands.watch import watch_command
from narrowgate.cli.options import Engine, LedgerAt, Policies, Schemas

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
    ledger: LedgerAt = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Settings may stand before the command's name or after it."""
    given = {"policies": policies, "schemas": schemas, "engine": engine, "ledger": ledger}
    context.obj = {name: value for name, value in given.items() if value is not None}


app.command("filter")(filter_command)
app.command("check")(check_command)
app.command("explain")(explain_command)
app.command("inspect")(inspect_command)
app.command("breach")(breach_command)
app.command("subject")(subject_command)
app.command("obligations")(obligations_command)
app.command("attest")(attest_command)
app.command("ropa")(ropa_command)
app.command("serve")(serve_command)
app.command("watch")(watch_command)
app.command("init")(init_command)
app.command("demo")(demo_command)
app.add_typer(ledger_commands.app, name="ledger")
app.add_typer(receipt.app, name="receipt")
app.add_typer(witness.app, name="witness")
app.add_typer(policy.app, name="policy")
app.add_typer(client.app, name="client")
app.add_typer(opa.app, name="opa")
