"""``narrowgate client``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from narrowgate.cli import options
from narrowgate.errors import UsageError
from narrowgate.model.scope import Scope

if TYPE_CHECKING:
    from narrowgate.model.client import ClientReport, ShownClient

app = typer.Typer(
    help="Registered clients: who may ask the gateway for what, and how they prove who they are.", no_args_is_help=True
)

Name = Annotated[
    str, typer.Argument(metavar="NAME", help="The client's name: lower case, like hr-cardiff.", show_default=False)
]
File = Annotated[
    Path | None,
    typer.Option(
        "--clients",
        help="File of registered clients. Default: the setting gateway.clients.",
        metavar="FILE",
        rich_help_panel="Where things are",
    ),
]


@app.command("add")
def add_command(
    context: typer.Context,
    name: Name,
    scopes: Annotated[list[Scope] | None, typer.Option("--scope", help="What it may do; repeatable.")] = None,
    pairs: Annotated[
        list[str] | None,
        typer.Option("--for", help="What it may do it for; * stands for any; repeatable.", metavar="SUPPLIER:PURPOSE"),
    ] = None,
    subject: Annotated[
        str | None, typer.Option("--subject", help="Subject of the identity provider's tokens for it.", metavar="SUB")
    ] = None,
    certificates: Annotated[
        list[str] | None,
        typer.Option(
            "--certificate",
            help="Certificate that it shows to the proxy: sha256:FINGERPRINT, or its subject; repeatable.",
            metavar="TEXT",
        ),
    ] = None,
    rate: Annotated[
        int | None, typer.Option("--rate", min=1, help="Calls a minute. Default: the setting gateway.rate.")
    ] = None,
    clients: File = None,
) -> None:
    """Register a client. It can do nothing until it has a key, a subject, a certificate or a password.

    [dim]narrowgate client add hr-cardiff --scope exports --scope receipts --for cardco:id_card_print[/]
    """
    from pydantic import ValidationError

    from narrowgate.gateway.access.registering import added, change, usage_fault
    from narrowgate.gateway.access.registry import certificate_as_compared
    from narrowgate.model.client import Client

    path = _file(context, clients)
    try:
        made = Client(
            scopes=frozenset(scopes or ()),
            pairs=frozenset(pairs or ()),
            subject=subject,
            certificates=tuple(certificates or ()),
            rate=rate,
        )
    except ValidationError as error:
        raise usage_fault(error) from None
    for each in made.certificates:
        certificate_as_compared(each)
    change(path, lambda before: added(before, name, made))
    typer.echo(f"registered {name} in {path}")
    if not (made.subject or made.certificates):
        typer.echo(f"next: narrowgate client key {name}")


@app.command("key")
def key_command(
    context: typer.Context,
    name: Name,
    until: Annotated[
        str | None,
        typer.Option("--until", help="Last day on which it is good, YYYY-MM-DD. Default: no last day.", metavar="DATE"),
    ] = None,
    clients: File = None,
    as_json: options.Json = False,
) -> None:
    """Make an API key for a client and print it. It is shown this once: the file keeps a hash.

    The client's other keys stay good, so that it can change over; then take them back: narrowgate client revoke.
    """
    from narrowgate.cli.render import print_document
    from narrowgate.gateway.access.api_keys import Key
    from narrowgate.gateway.access.registering import change, with_key
    from narrowgate.model.client import NewKey

    path, key = _file(context, clients), Key.new(name)
    last = None if until is None else options.parse_day("--until", until)
    change(path, lambda before: with_key(before, name, key, last))
    if as_json:
        print_document(NewKey(client=name, id=key.id, key=str(key), until=last))
        return
    typer.echo(str(key))
    options.announce(f"this is the only time that {name}'s key {key.id} is shown")


@app.command("password")
def password_command(
    context: typer.Context,
    name: Name,
    from_stdin: Annotated[
        bool, typer.Option("--stdin", help="Read it from the first line of standard input instead of asking.")
    ] = False,
    clients: File = None,
) -> None:
    """Give a person a password for the console, in place of the one that they had."""
    from narrowgate.gateway.access.registering import change, with_password

    path = _file(context, clients)
    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    elif sys.stdin.isatty():
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    else:
        raise UsageError("there is no terminal to ask for a password on", "give it with --stdin")
    change(path, lambda before: with_password(before, name, password))
    typer.echo(f"{name} signs in with the new password")


@app.command("list")
def list_command(context: typer.Context, clients: File = None, as_json: options.Json = False) -> None:
    """Show who is registered for what."""
    from narrowgate.cli.render import print_document
    from narrowgate.gateway.access.clients_file import read_clients
    from narrowgate.model.client import shown_clients

    report = shown_clients(read_clients(_file(context, clients)))
    if as_json:
        print_document(report)
    else:
        _print(report)


@app.command("remove")
def remove_command(context: typer.Context, name: Name, clients: File = None) -> None:
    """Strike a client off, with its keys and password. A gateway that runs goes by it within a second."""
    from narrowgate.gateway.access.registering import change, removed

    path = _file(context, clients)
    change(path, lambda before: removed(before, name))
    typer.echo(f"removed {name} from {path}")


@app.command("revoke")
def revoke_command(
    context: typer.Context,
    name: Name,
    key: Annotated[
        str | None, typer.Argument(metavar="[KEY]", help="Id of the key. Default: all of them.", show_default=False)
    ] = None,
    clients: File = None,
) -> None:
    """Take API keys of a client back. A gateway that runs goes by it within a second."""
    from narrowgate.gateway.access.registering import change, without_keys

    change(_file(context, clients), lambda before: without_keys(before, name, key))
    typer.echo(f"revoked {name}'s key {key}" if key else f"revoked every key of {name}'s")


def _file(context: typer.Context, given: Path | None) -> Path:
    path = given or options.settings_of(context).gateway.clients
    if path is None:
        raise UsageError(
            "it is not said which file the clients are registered in",
            "give it with --clients, or set clients in [gateway] of narrowgate.toml",
        )
    return path


def _print(report: ClientReport) -> None:
    from narrowgate.cli.render import console, table

    out = console()
    if not report.clients:
        out.print("nobody is registered")
        return
    shown = table("client", "may", "for", "proves itself by")
    for each in report.clients:
        shown.add_row(each.name, "\n".join(each.scopes), "\n".join(each.pairs), "\n".join(_proofs(each)))
    out.print(shown)


def _proofs(client: ShownClient) -> list[str]:
    keys = [f"key {key.id}" + (f" until {key.until}" if key.until else "") for key in client.keys]
    subject = [f"token of {client.subject}"] if client.subject else []
    certificates = [f"certificate {each}" for each in client.certificates]
    return [*keys, *subject, *certificates, *(["password"] if client.has_password else [])] or ["nothing yet"]
