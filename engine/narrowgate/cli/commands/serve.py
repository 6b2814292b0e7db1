"""``narrowgate serve``."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from narrowgate.cli import options
from narrowgate.cli.kept import keep_gate
from narrowgate.errors import UsageError
from narrowgate.scratch import scratch


def serve_command(
    context: typer.Context,
    host: Annotated[
        str | None,
        typer.Option(
            "--host",
            help="Address to listen on; a loopback one, unless clients are registered. Default: 127.0.0.1.",
            metavar="ADDRESS",
        ),
    ] = None,
    port: Annotated[
        int | None, typer.Option("--port", min=0, max=65535, help="Port; 0 for any that is free. Default: 8480.")
    ] = None,
    policies: options.Policies = None,
    schemas: options.Schemas = None,
    engine: options.Engine = None,
    ledger: options.LedgerAt = None,
) -> None:
    r"""Answer HTTP: POST an export to /v1/exports and get the release.

    Without registered clients (setting gateway.clients) it listens on loopback only, and asks nobody who they are.

    [dim]curl --data-binary @staff.csv 'http://127.0.0.1:8480/v1/exports?supplier=cardco&purpose=id_card_print&from=csv'[/]
    """
    settings = options.settings_of(context, policies, schemas, engine, ledger)
    given = {"host": host, "port": port}
    serving = settings.gateway.model_copy(update={name: value for name, value in given.items() if value is not None})
    try:
        import uvicorn

        from narrowgate.gateway.access.access import Access
        from narrowgate.gateway.access.addresses import is_loopback
        from narrowgate.gateway.app import create_app
        from narrowgate.gateway.gatehouse import Gatehouse
        from narrowgate.gateway.observing.logs import log_to
        from narrowgate.gateway.server import Server
    except ModuleNotFoundError as error:
        raise UsageError(f"the gateway needs {error.name}", "run: pip install 'narrowgate[gateway]'") from None
    access, is_here = Access.of(serving), is_loopback(serving.host)
    if access.is_off:
        _require_here(serving.host, is_here)
    elif not (is_here or access.proxies):
        options.announce("keys and exports come unencrypted: have a proxy end TLS, and name it in gateway.proxies")
    with scratch(serving.spool), keep_gate(settings, proving=serving.reload_tests) as keeper:
        house = Gatehouse(keeper, serving)
        app = create_app(house, access)
        log_to(sys.stderr, serving.log_format, serving.log_level)
        config = uvicorn.Config(
            app,
            host=serving.host,
            port=serving.port,
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
        )
        Server(config, house, serving.stopping).run()


def _require_here(host: str, is_here: bool) -> None:
    """Nobody is asked who they are, so nobody from elsewhere may reach it."""
    if not is_here:
        raise UsageError(
            f"{host} is not a loopback address, and nobody would be asked who they are",
            "register clients, narrowgate client add, and name their file in the setting gateway.clients",
        )
    options.announce("ACCESS CONTROL IS OFF: every program on this machine may do everything through the gateway")
